"""Values inside one Noah step that later processes overwrite: the stages of the step run one by one on tiles."""

import numpy as np

from landda_hpc.noah import soil_heat
from landda_hpc.noah.column import _surface_layer, count_ice
from landda_hpc.noah.processes import NOAH33
from landda_hpc.noah.tiles import energy, exchange, heat, ice, rows, snowpack, transfer, water
from landda_hpc.noah.tiles.rows import WIDTH
from landda_hpc.verification.reference import FORCING

#: Reference names of what the snow stage leaves, and of the conductivity after the first ground heat flux.
_AFTER_SNOWFALL = {"sncond": "snow_conductivity", "sndens_new": "snow_density", "snowh_new": "snow_depth",
                   "sneqv_new": "snow_water_equivalent"}
_BEFORE_PENMAN = {"sncovr_mid": "snow_cover_fraction", "df1": "top_conductivity"}
_LAYERED = ("tdfcnd", "wdf", "wcnd", "frh2o")


def stage_values(runner, weather, time_step, precision):
    """Return values inside one step, by dataset name, ``(n_points[, n_layers])``; the runner's state is not changed."""
    model, layers = runner.model, tuple(range(runner.model.n_layers))
    n_points = model.n_points
    single = [*_AFTER_SNOWFALL, *_BEFORE_PENMAN]
    found = {f"intermediate/{name}": np.zeros(n_points) for name in single}
    found |= {f"intermediate/{name}": np.zeros((n_points, model.n_layers)) for name in _LAYERED}
    planes = model.planes.reshape(len(model.planes), n_points)
    state_rows = model._state_rows
    parameters = runner.parameters.planes.astype(precision)
    for first in range(0, n_points, WIDTH):
        columns = np.minimum(np.arange(first, first + WIDTH), n_points - 1)
        S = np.zeros(rows.N_ROWS * WIDTH, precision)
        transfer.load_columns(S, state_rows, planes, first, n_points)
        transfer.load_columns(S, runner.parameters.row_offsets, parameters, first, n_points)
        for name, row in FORCING.items():
            S[rows.OFFSETS[row]:rows.OFFSETS[row] + WIDTH] = weather[name][columns]
        transfer.water_to_metres(S)
        width = min(WIDTH, n_points - first)
        _layered_values(S.copy(), layers, found, first, width)
        exchange.prepare_forcing(S, NOAH33)
        settings = model.settings(time_step)
        _surface_layer(S, settings, *model._tables)
        buffers = [(S.copy(), False), (S.copy(), True)] if count_ice(S) else [(S, False)]
        for buffer, is_ice in buffers:
            _run_stages(buffer, layers, settings.time_step, is_ice, found, first, width)
    return found


def _row(S, name, width):
    return S[rows.OFFSETS[name]:rows.OFFSETS[name] + width].astype(np.float64)


def _run_stages(S, layers, time_step, is_ice, found, first, width):
    if is_ice:
        ice.make_ice_ground(S, layers)
        energy.geometry(S, layers)
        ice.raise_pack(S, NOAH33)
        snowpack.receive_precipitation(S, time_step, NOAH33)
        ice.settle_fresh_snow(S, NOAH33)
        _keep(S, _AFTER_SNOWFALL, is_ice, found, first, width)
        ice.ice_properties(S, time_step, NOAH33)
    else:
        energy.geometry(S, layers)
        energy.override_urban(S, NOAH33)
        snowpack.receive_precipitation(S, time_step, NOAH33)
        _keep(S, _AFTER_SNOWFALL, is_ice, found, first, width)
        snowpack.surface_properties(S, time_step, NOAH33)
        energy.shaded_conductivity(S, NOAH33)
        energy.first_ground_heat(S, NOAH33)
    _keep(S, _BEFORE_PENMAN, is_ice, found, first, width)


def _keep(S, names, is_ice, found, first, width):
    wanted = (_row(S, "surface_kind", width) != 0.0) == is_ice
    for name, row in names.items():
        target = found[f"intermediate/{name}"][first:first + width]
        target[wanted] = _row(S, row, width)[wanted]


def _layered_values(S, layers, found, first, width):
    """Set conductivities and free water of the state before the step, from the parameters as stored."""
    land = _row(S, "surface_kind", width) == 0.0
    energy.geometry(S, layers)
    rain_rows = ("surface_water", "canopy_evaporation")
    for name in rain_rows:
        S[rows.OFFSETS[name]:rows.OFFSETS[name] + WIDTH] = 0.0
    water._divide_rain(S, layers, S.dtype.type(1800.0), NOAH33)
    water._conduct(S, layers, NOAH33)
    for layer in layers:
        row = layer * WIDTH
        S[rows.mean_temperature:rows.mean_temperature + WIDTH] = S[rows.soil_temperature + row:
                                                                   rows.soil_temperature + row + WIDTH]
        S[rows.freezing_layer:rows.freezing_layer + WIDTH] = 1.0
        heat.free_water(S, row)
        layer_rows = {"wdf": rows.diffusivity + row, "wcnd": rows.hydraulic_conductivity + row,
                      "frh2o": rows.free_water}
        for name, offset in layer_rows.items():
            found[f"intermediate/{name}"][first:first + width, layer] = np.where(land, S[offset:offset + width], 0.0)
        for w in range(width):
            if land[w]:
                found["intermediate/tdfcnd"][first + w, layer] = soil_heat.thermal_conductivity(
                    S[rows.soil_moisture + row + w], S[rows.liquid_soil_moisture + row + w], S[rows.porosity + w],
                    S[rows.quartz + w], NOAH33)
