"""The points of towers: from the sites of a configuration to their weather, their parameters and their first state."""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from landda_hpc.config.run_config import RunConfig
from landda_hpc.domain.points import PointSet, split_evenly
from landda_hpc.errors import ConfigError
from landda_hpc.forcing.formats import read_tower
from landda_hpc.forcing.series import TowerForcing
from landda_hpc.forcing.start_state import estimate_start_state
from landda_hpc.forcing.tower import TowerRecord
from landda_hpc.noah import ice
from landda_hpc.noah.parameters import Seasons, apply_depths, apply_maps, apply_pedotransfer, monthly_value, static_parameters
from landda_hpc.noah.parameters_271 import apply_variant, soil_classes
from landda_hpc.noah.start import liquid_at
from landda_hpc.noah.texture import statsgo_class
from landda_hpc.workflow.outputs import DEFAULT
from landda_hpc.workflow.places import Places

SURFACES = {"land": ice.LAND, "glacier": ice.GLACIER, "land_ice": ice.LAND_ICE, "sea_ice": ice.SEA_ICE}
UNKNOWN_WATER = 0.6  # of the porosity, where nothing is known of the first soil moisture

#: Keys of a place and the fields of a record's site that they replace.
_SITE_FIELDS = {"latitude": "latitude", "longitude": "longitude", "elevation": "elevation",
                "land_cover_class": "land_cover", "soil_class": "soil_type", "slope_class": "slope_class",
                "deep_soil_temperature": "deep_soil_temperature", "greenness": "greenness",
                "reference_height_temperature": "temperature_height", "reference_height_wind": "wind_height"}


#: Keys of a place that replace parameters of the same name.
_SOIL_KEYS = ("porosity", "saturated_potential", "saturated_conductivity", "b_exponent", "quartz", "drainage_slope")
#: Keys of a place with a value by month, and the parameters that they replace.
_MONTHLY_KEYS = {"albedo": "background_albedo", "emissivity": "background_emissivity",
                 "leaf_area_index": "leaf_area_index", "roughness_length": "background_roughness_length"}
#: Keys of a place that no record has.
_OWN_KEYS = ("max_snow_albedo", "surface", "sand", "clay", "soil_depth", "root_depth", "greenness_range", *_SOIL_KEYS,
             *_MONTHLY_KEYS)


class Point(NamedTuple):
    """One point: name, weather record, properties by their keys of the configuration, and its first state."""

    name: str
    record: TowerRecord
    properties: dict
    initial: dict


def build_points(config: RunConfig, base):
    """Return the list of :class:`Point` of all sites and variants; files are relative to the folder ``base``."""
    points = []
    for number, site in enumerate(config.sites):
        record = _read(site, Path(base), number)
        name = site.name or record.site.name
        own = {key: getattr(record.site, field) for key, field in _SITE_FIELDS.items()}
        own |= dict.fromkeys(_OWN_KEYS) | {"surface": "land"}
        own |= _given(site)
        start = dict(record.site.initial_state or estimate_start_state(record, config.noah.layer_thickness))
        start |= site.initial.model_dump(exclude_none=True)
        points.append(Point(name, record, own, start))
        for variant in site.variants:
            points.append(Point(f"{name}, {variant.name}", record, own | _given(variant),
                                start | variant.initial.model_dump(exclude_none=True)))
    names = [point.name for point in points]
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        raise ConfigError(f"sites: the name {doubled[0]!r} stands for more than one point; names must differ.")
    return points


def tower_places(config, base, communicator):
    """Return the :class:`~landda_hpc.workflow.places.Places` of this rank for a configuration with sites."""
    towers = build_points(config, base)
    points = point_set(towers)
    band = split_evenly(points.n_total, communicator.size)[communicator.rank]
    land_parameters(towers, config.noah)  # every rank checks all points, so that all raise the same error
    records = [tower.record for tower in towers]
    forcing = TowerForcing(records, band, config.run.time_step, config.run.start, config.run.end)
    forcing.require_period(forcing.start, forcing.stop)
    own = towers[band.slice]
    parameters, seasons = land_parameters(own, config.noah)
    notes = list(dict.fromkeys(note for record in records for note in record.notes))
    if any(record.interval < config.run.time_step for record in records):
        notes.append("steps of several records: net_longwave counts the sum of their downward longwave, as LIS writes it")
    inputs = sorted({str(record.path) for record in records if Path(record.path).exists()})
    return Places(points, band, parameters, seasons, forcing, forcing.start, forcing.stop,
                  lambda: first_state(own, parameters, forcing.start), notes, inputs, DEFAULT,
                  {"land_points": ", ".join(points.names)}, beside=forcing.beside)


def _given(place):
    values = {key: getattr(place, key) for key in (*_SITE_FIELDS, *_OWN_KEYS)}
    if place.soil_class is None and place.sand is not None:
        values["soil_class"] = int(statsgo_class(place.sand, place.clay, 1.0 - place.sand - place.clay))
    return {key: value for key, value in values.items() if value is not None}


def _read(site, base, number):
    forcing = site.forcing
    path = base / forcing.file if forcing.file else None
    observations = base / forcing.observations if forcing.observations else None
    # A format whose files do not describe their site takes the description from the configuration.
    described = {field: getattr(site, key) for key, field in _SITE_FIELDS.items() if getattr(site, key) is not None}
    if site.name:
        described["name"] = site.name
    return read_tower(forcing.format, path, observations, max_gap=forcing.max_gap, labels=forcing.labels,
                      utc_offset=forcing.utc_offset, missing_precipitation=forcing.missing_precipitation,
                      site=described)


def point_set(points):
    """Return the :class:`PointSet` of a list of points; their cell ids are their numbers."""
    return PointSet(np.array([point.properties["latitude"] for point in points], float),
                    np.array([point.properties["longitude"] for point in points], float),
                    np.arange(len(points), dtype=np.int64), (1, len(points)), tuple(point.name for point in points))


def _array(points, key, kind):
    """Return a property of all points; None becomes NaN."""
    return np.array([point.properties[key] for point in points], kind)


def _months(points, key):
    """Return a monthly property of all points ``(12, n_points)``; None becomes NaN."""
    rows = [(np.nan,) * 12 if point.properties[key] is None else point.properties[key] for point in points]
    return np.array(rows, float).reshape(len(points), 12).T


def _greenness_range(points, greenness):
    """Return the annual extremes of the greenness ``(n_points,)``."""
    given = [point.properties["greenness_range"] for point in points]
    pairs = [(months.min(), months.max()) if own is None else own for own, months in zip(given, greenness.T)]
    return np.array(pairs, float).reshape(len(points), 2).T


def land_parameters(points, noah):
    """Return :class:`~landda_hpc.noah.parameters.LandParameters` and :class:`Seasons` of a list of points."""
    kind = np.array([SURFACES[point.properties["surface"]] for point in points], np.int64)
    cover = _array(points, "land_cover_class", np.int64)
    parameters = static_parameters(cover, soil_classes(_array(points, "soil_class", np.int64), noah.as_271),
                                   _array(points, "slope_class", np.int64), noah.layer_thickness,
                                   noah.land_cover_scheme, noah.soil_table, kind, [point.name for point in points])
    parameters["deep_soil_temperature"][:] = _array(points, "deep_soil_temperature", float)
    parameters["reference_height_temperature"][:] = _array(points, "reference_height_temperature", float)
    parameters["reference_height_wind"][:] = _array(points, "reference_height_wind", float)
    given = [point.properties["max_snow_albedo"] for point in points]
    albedo = parameters["maximum_snow_albedo"]
    albedo[:] = [table if own is None else own for own, table in zip(given, albedo)]
    apply_maps(parameters, **{key: _array(points, key, float) for key in _SOIL_KEYS})
    if noah.pedotransfer:
        apply_pedotransfer(parameters, _array(points, "sand", float), _array(points, "clay", float))
    apply_depths(parameters, _array(points, "soil_depth", float), _array(points, "root_depth", float))
    greenness = _months(points, "greenness")
    least, greatest = _greenness_range(points, greenness)
    seasons = Seasons(cover, greenness, _array(points, "longitude", float), noah.land_cover_scheme, least, greatest,
                      {name: _months(points, key) for key, name in _MONTHLY_KEYS.items()})
    apply_variant(parameters, seasons, noah.as_271)
    return parameters, seasons


def first_state(points, parameters, start):
    """Return the values of a cold start at a date for :func:`landda_hpc.noah.start.cold_start`."""
    n_layers = parameters.n_layers
    values = {}
    layered = {}
    for key in ("soil_temperature", "soil_moisture", "liquid_soil_moisture"):
        rows = [point.initial.get(key) for point in points]
        for point, row in zip(points, rows):
            if row is not None and len(row) != n_layers:
                raise ConfigError(f"{point.name}: the initial {key} has {len(row)} layers, noah.layer_thickness "
                                  f"{n_layers}. Give initial.{key} with {n_layers} values.")
        layered[key] = rows
    moisture = [row if row is not None else (UNKNOWN_WATER * porosity,) * n_layers
                for row, porosity in zip(layered["soil_moisture"], parameters["porosity"])]
    values["soil_moisture"] = np.array(moisture, float).reshape(-1, n_layers).T.copy()
    values["soil_temperature"] = np.array(layered["soil_temperature"], float).reshape(-1, n_layers).T.copy()
    if any(row is not None for row in layered["liquid_soil_moisture"]):
        liquid = liquid_at(values["soil_temperature"], values["soil_moisture"], parameters)
        for number, row in enumerate(layered["liquid_soil_moisture"]):
            if row is not None:
                liquid[:, number] = row
        values["liquid_soil_moisture"] = liquid
    values["skin_temperature"] = np.array([point.initial.get("skin_temperature", point.record.air_temperature[0])
                                           for point in points], float)
    for key in ("snow_water_equivalent", "snow_depth", "canopy_water"):
        values[key] = np.array([point.initial.get(key, 0.0) for point in points], float)
    for key, parameter in (("albedo", "background_albedo"), ("roughness_length", "background_roughness_length")):
        values[key] = np.array([_on_date(point.initial.get(key, own), start)
                                for point, own in zip(points, parameters[parameter])], float)
    return values


def _on_date(value, start):
    """Return a number, or twelve of them interpolated to the date of ``start`` (UTC)."""
    return value if np.ndim(value) == 0 else monthly_value(np.asarray(value, float), start.astype("datetime64[D]"))
