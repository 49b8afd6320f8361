"""One Noah step for many columns: the order of the processes, tile by tile.

The order is that of the Noah 3.3 column step (SFLX) inside the driver of NASA LIS; every item uses the values left by the
items before it.
"""

import math
from typing import NamedTuple

import numba
import numpy as np

from landda_hpc.jit import driver_kernel
from landda_hpc.noah import ice as ice_kinds
from landda_hpc.noah.processes import Processes
from landda_hpc.noah.tiles import closing, energy, exchange, heat, ice, rows, snowpack, transfer, water
from landda_hpc.noah.tiles.rows import WIDTH

#: Codes of the status that a step returns per column, worst first.
STATUS = {1: "a value is not finite", 2: "temperature outside 150 to 400 K", 3: "soil moisture outside 0 to porosity",
          4: "liquid soil moisture above the total", 5: "a store of water is negative",
          6: "the water balance of the step does not close", 7: "the energy balance of the step does not close"}


MOISTURE_ROUNDING = 1.0e-6  # m3 m-3, of ice contents that are differences


class Settings(NamedTuple):
    """What all columns of a step share.

    ``time_step`` [s]; ``forced_exchange`` tells that some points have exchange coefficients of their own;
    ``older_scheme`` chooses the older surface layer; ``roughness_dependent`` makes the Zilitinkevich coefficient depend
    on roughness (Chen and Zhang 2009); ``as_271`` tells the processes that follow Noah 2.7.1; ``water_tolerance`` [m] and
    ``energy_tolerance`` [W m-2, relative to the largest term] bound the balance residuals.
    """

    time_step: float
    forced_exchange: bool
    older_scheme: bool
    roughness_dependent: bool
    largest_stability: float
    water_tolerance: float
    energy_tolerance: float
    as_271: Processes


@driver_kernel
def _surface_layer(S, settings, momentum_table, heat_table):
    if settings.forced_exchange:
        exchange.guess_forced(S)
    if settings.as_271.surface_layer:
        exchange.wind_at_one_height(S)
        exchange.older_surface_layer(S, False, settings.as_271)
    elif settings.older_scheme:
        exchange.older_surface_layer(S, settings.roughness_dependent, settings.as_271)
    else:
        exchange.myj_surface_layer(S, momentum_table, heat_table, settings.largest_stability,
                                   settings.roughness_dependent)
    if settings.forced_exchange:
        exchange.keep_forced(S)


@driver_kernel
def step_land(S, layers, time_step, as_271):
    """Advance the land columns of a tile by one step."""
    energy.geometry(S, layers)
    energy.override_urban(S, as_271)
    snowpack.receive_precipitation(S, time_step, as_271)
    snowpack.surface_properties(S, time_step, as_271)
    energy.shaded_conductivity(S, as_271)
    energy.first_ground_heat(S, as_271)
    energy.penman(S, False, as_271)
    energy.canopy_resistance(S, layers, as_271)
    energy.evaporate(S, layers, time_step, as_271)
    energy.deliver_water(S, as_271)
    snowy = transfer.any_set(S, rows.has_snow)
    if snowy:
        snowpack.sublimate(S, as_271)
        snowpack.balance_surface(S, time_step, as_271)
    water.move_water(S, layers, time_step, as_271)
    energy.force_soil_heat(S, as_271)
    heat.conduct_heat(S, layers, time_step, as_271)
    energy.skin_from_soil(S, as_271)
    snowpack.compact(S, time_step)
    closing.close_step(S, layers, time_step, as_271)
    if as_271.warm_snow:
        snowpack.remove_warm_snow(S)


@driver_kernel
def step_ice(S, layers, time_step, as_271):
    """Advance the glacier and sea-ice columns of a tile by one step."""
    ice.make_ice_ground(S, layers)
    energy.geometry(S, layers)
    ice.raise_pack(S, as_271)
    snowpack.receive_precipitation(S, time_step, as_271)
    ice.settle_fresh_snow(S, as_271)
    ice.ice_properties(S, time_step, as_271)
    energy.penman(S, True, as_271)
    ice.balance_ice(S, time_step, as_271)
    ice.conduct_ice_heat(S, layers, time_step)
    ice.compact_ice(S, time_step)
    ice.close_ice(S, layers, time_step)


@driver_kernel
def merge_ice(S, T):
    """Copy the ice columns of the buffer ``T`` over those of ``S``."""
    for row in range(rows.N_ROWS):
        for w in range(WIDTH):
            is_ice = S[rows.surface_kind + w] != ice_kinds.LAND
            S[row * WIDTH + w] = T[row * WIDTH + w] if is_ice else S[row * WIDTH + w]


@driver_kernel
def count_ice(S):
    """Return how many columns of the tile are glacier or sea ice."""
    count = 0
    for w in range(WIDTH):
        count += 1 if S[rows.surface_kind + w] != ice_kinds.LAND else 0
    return count


@driver_kernel
def check_tile(S, layers, settings):
    """Set the status of each column: zero, or the code of the worst thing that went wrong."""
    for w in range(WIDTH):
        code = 0.0
        scale = abs(S[rows.downward_radiation + w]) + abs(S[rows.transfer + w] * S[rows.penman_scale + w]) + 1.0
        energy_fails = abs(S[rows.energy_closure + w]) > settings.energy_tolerance * scale
        code = 7.0 if energy_fails else code
        code = 6.0 if abs(S[rows.water_closure + w]) > settings.water_tolerance else code
        negative = (S[rows.snow_water_equivalent + w] < 0.0 or S[rows.snow_depth + w] < 0.0
                    or S[rows.canopy_water + w] < 0.0)
        code = 5.0 if negative else code
        skin = S[rows.skin_temperature + w]
        code = 2.0 if (skin < 150.0 or skin > 400.0) else code
        S[rows.status + w] = code
    for k in range(len(layers)):
        row = k * WIDTH
        for w in range(WIDTH):
            land = S[rows.surface_kind + w] == ice_kinds.LAND
            code = S[rows.status + w]
            total, liquid = S[rows.soil_moisture + row + w], S[rows.liquid_soil_moisture + row + w]
            temperature = S[rows.soil_temperature + row + w]
            code = 4.0 if (land and liquid - total > MOISTURE_ROUNDING) else code
            outside = total < 0.0 or total - S[rows.porosity + w] > MOISTURE_ROUNDING
            code = 3.0 if (land and outside) else code
            code = 2.0 if (temperature < 150.0 or temperature > 400.0) else code
            finite = math.isfinite(total) and math.isfinite(liquid) and math.isfinite(temperature)
            S[rows.status + w] = code if finite else 1.0
    for w in range(WIDTH):
        finite = (math.isfinite(S[rows.skin_temperature + w]) and math.isfinite(S[rows.latent_heat_flux + w])
                  and math.isfinite(S[rows.sensible_heat_flux + w]) and math.isfinite(S[rows.snow_depth + w])
                  and math.isfinite(S[rows.heat_exchange_coefficient + w])
                  and math.isfinite(S[rows.snow_water_equivalent + w]))
        S[rows.status + w] = S[rows.status + w] if finite else 1.0


@driver_kernel
def step_tile(S, T, layers, settings, momentum_table, heat_table):
    """Advance a loaded tile by one step; ``T`` is a second buffer for tiles with ice."""
    transfer.water_to_metres(S)
    exchange.prepare_forcing(S, settings.as_271)
    _surface_layer(S, settings, momentum_table, heat_table)
    n_ice = count_ice(S)
    if n_ice > 0:
        T[:] = S
        step_ice(T, layers, settings.time_step, settings.as_271)
    if n_ice < WIDTH:
        step_land(S, layers, settings.time_step, settings.as_271)
    if n_ice > 0:
        merge_ice(S, T)
    closing.surface_diagnostics(S, settings.as_271)
    closing.close_balances(S, layers, settings.time_step)
    transfer.water_to_mass(S)
    check_tile(S, layers, settings)


def _step_columns(first_column, state, state_rows, forcing, beside, shortwave, longwave, precipitation, parameters,
                  parameter_rows, outputs, output_rows, totals, total_rows, sums, summed_rows, status, layers, settings,
                  momentum_table, heat_table, scratch):
    """Advance some columns by one step, as many as ``shortwave`` has.

    Parameters
    ----------
    first_column : int
        The first of them, that of the first member of a point.
    state : ndarray (n_state_planes, n_columns)
        Planes of the state, updated in place; column = point * n_members + member. A column that goes wrong keeps
        the state before the step.
    state_rows, parameter_rows, output_rows : ndarray of int64
        First offset in the scratch buffer of each plane.
    forcing : Forcing
        Of the points, ``(n_points,)``.
    beside : ndarray (3, n_points)
        Rows ``BESIDE_FORCING``: the number of forcing records in the step and the forced exchange coefficients.
    shortwave, longwave, precipitation : ndarray (n_advanced,)
        Radiation [W m-2] and precipitation [kg m-2 s-1] of each column that is advanced, replacing those of ``forcing``.
    parameters : ndarray (n_parameters, n_points)
    outputs : ndarray (n_outputs, n_columns)
        Receives the rows that ``output_rows`` asks for.
    totals : ndarray of float64 (n_totals, n_columns)
        The rows that ``total_rows`` asks for are added to it.
    sums : ndarray of float64 (n_sums, n_points)
        The rows that ``summed_rows`` asks for are added to it, over the members of each point.
    status : ndarray of uint8 (n_columns,)
        Receives a code of :data:`STATUS`, zero where all is well.
    layers : tuple of int
        ``(0, ..., n_layers - 1)``; a tuple, so that its length is known when the step is compiled.
    settings : Settings
    momentum_table, heat_table : ndarray
        Stability functions of the MYJ surface layer.
    scratch : ndarray (n_threads, 2, N_ROWS * WIDTH)
    """
    n_members = state.shape[1] // parameters.shape[1]
    n_columns = len(shortwave)
    stop = first_column + n_columns
    n_threads = scratch.shape[0]
    # A thread's share begins where a tile and a point begin together, so that no two threads add to one point.
    share = n_members // math.gcd(n_members, WIDTH)
    n_shares = ((n_columns + WIDTH - 1) // WIDTH + share - 1) // share
    for thread in numba.prange(n_threads):
        S, T = scratch[thread, 0], scratch[thread, 1]
        places, points = np.empty(WIDTH, np.int64), np.empty(WIDTH, np.int64)
        for tile in range(n_shares * thread // n_threads * share, n_shares * (thread + 1) // n_threads * share):
            if tile * WIDTH < n_columns:
                for w in range(WIDTH):
                    places[w] = min(tile * WIDTH + w, n_columns - 1)
                    points[w] = (first_column + places[w]) // n_members
                first = first_column + tile * WIDTH
                transfer.load_columns(S, state_rows, state, first, stop)
                transfer.load_points(S, parameter_rows, parameters, points)
                transfer.load_forcing(S, forcing, points)
                transfer.load_beside_forcing(S, beside, points, settings.forced_exchange)
                transfer.load_row(S, rows.shortwave_down, shortwave, places)
                transfer.load_row(S, rows.longwave_down, longwave, places)
                transfer.load_row(S, rows.precipitation, precipitation, places)
                step_tile(S, T, layers, settings, momentum_table, heat_table)
                width = min(WIDTH, stop - first)
                transfer.store_good_columns(S, state_rows, state, first, stop)
                transfer.store_columns(S, output_rows, outputs, first, stop)
                transfer.add_columns(S, total_rows, totals, first, stop)
                transfer.add_to_sums(S, summed_rows, sums, points, width)
                for w in range(width):
                    status[first + w] = S[rows.status + w]


step_columns = driver_kernel(_step_columns)
