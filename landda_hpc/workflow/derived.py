"""Outputs of the LIS driver that are made of state, parameters and fluxes when a record is written (spec, chapter 8).

The driver defines them for one model step. Over a longer interval, states stand for its end, changes and amounts are those of
the whole interval, and ratios of fluxes are ratios of its means; for an interval of one step both are the same. Arrays are
``[layer,] point, member`` in float64.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from landda_hpc.errors import RestartError
from landda_hpc.io.restart import Field
from landda_hpc.noah import ice

LEAST_AVAILABILITY = 0.01
NO_CAPACITY = 1.0e-6  # m, of a root zone whose column counts as dry
LARGEST_AMOUNT = 10000.0  # kg m-2, above which a requirement of water has no meaning
HUMIDITY = "relative_humidity_at_lowest_temperature"
LOWEST = "lowest_temperature"


class Interval(NamedTuple):
    """What a derived output is made of.

    Attributes
    ----------
    model : LandModel
        After the last step of the interval.
    mean : callable
        Gives the mean of a row of the kernel over the interval.
    duration : float
        [s]
    layer_thickness : ndarray (n_layers,)
        As configured [m].
    memory : Memory
    """

    model: object
    mean: Callable
    duration: float
    layer_thickness: np.ndarray
    memory: object

    def state(self, name):
        """Return a state variable."""
        return _state(self.model, name)

    def parameter(self, name):
        """Return a parameter ``[layer,] point, 1``."""
        return self.model.parameters[name][..., None]

    def amount(self, row):
        """Return what a rate adds up to over the interval."""
        return self.mean(row) * self.duration


class Derived(NamedTuple):
    """One output: its formula, the rows whose means it needs, and what it is of the interval in the terms of CF."""

    compute: Callable
    rows: tuple = ()
    method: str = "point"


def _state(model, name):
    return np.asarray(getattr(model.state, name), np.float64)


def _soil_water(model):
    """Return the water of each layer [kg m-2]."""
    return 1000.0 * _state(model, "soil_moisture") * model.parameters["layer_thickness"][..., None]


def _net_water(model):
    """Return precipitation less evaporation and runoff in the last step [kg m-2 s-1]."""
    rows = {name: np.asarray(model.outputs[name], np.float64) for name in _NET_WATER_ROWS}
    return (rows["precipitation"] - rows["evaporation"]
            - 1000.0 * (rows["surface_runoff"] + rows["drainage"]))


def _rainfall(interval):
    return interval.mean("precipitation") - interval.mean("snowfall")


def _bowen_ratio(interval):
    sensible, latent = interval.mean("sensible_heat_flux"), interval.mean("latent_heat_flux")
    return np.where(latent > 0.0, sensible / np.where(latent > 0.0, latent, 1.0), 0.0)


def _evaporative_fraction(interval):
    latent = interval.mean("latent_heat_flux")
    both = latent + interval.mean("sensible_heat_flux")
    return np.where(both == 0.0, 1.0, np.abs(latent / np.where(both == 0.0, 1.0, both)))


def _liquid_ratio(interval):
    total, liquid = interval.state("soil_moisture"), interval.state("liquid_soil_moisture")
    return liquid / (liquid + total)


def _not_urban(interval, values):
    return np.where(interval.parameter("urban") > 0.5, np.nan, values)


def _relative_soil_moisture(interval):
    wilting = interval.parameter("wilting_point")
    available = (interval.state("soil_moisture") - wilting) / (interval.parameter("porosity") - wilting)
    return _not_urban(interval, np.clip(available, LEAST_AVAILABILITY, 1.0))


def _soil_wetness(interval):
    """Return the availability of the column; the last layer counts as thick as configured even where a map changes it."""
    wilting, thickness = interval.parameter("wilting_point"), interval.layer_thickness[:, None, None]
    available = ((interval.state("soil_moisture") - wilting) * thickness).sum(axis=0)
    capacity = (interval.parameter("porosity") - wilting) * interval.layer_thickness.sum()
    share = np.clip(available / np.where(capacity > 0.0, capacity, 1.0), LEAST_AVAILABILITY, 1.0)
    return _not_urban(interval, np.where(capacity > 0.0, share, LEAST_AVAILABILITY))


def _rooted(interval, least=0.0):
    """Return which layers have roots ``(n_layers, n_points, 1)``."""
    layer = np.arange(len(interval.layer_thickness))[:, None, None]
    return layer < np.maximum(interval.parameter("n_root_layers"), least)


def _column_water(interval):
    held = interval.parameter("porosity") - interval.parameter("wilting_point")
    capacity = (held * interval.parameter("layer_thickness") * _rooted(interval, 1.0)).sum(axis=0)
    counts = (capacity >= NO_CAPACITY) & (interval.parameter("surface_kind") == ice.LAND)
    return np.where(counts, _soil_water(interval.model).sum(axis=0), 0.0)


def _root_zone_water(interval):
    return (_soil_water(interval.model) * _rooted(interval)).sum(axis=0)


def _soil_water_index(interval):
    """Return the saturation of the root zone [%], NaN without roots."""
    thickness = interval.parameter("layer_thickness")
    capacity = 1000.0 * (interval.parameter("porosity") * thickness * _rooted(interval)).sum(axis=0)
    full = np.where(capacity > 0.0, capacity, np.nan)
    return 100.0 * _root_zone_water(interval) / full


def _requirement(interval):
    return interval.amount("potential_evaporation_rate")


def _actual(interval):
    requirement = _requirement(interval)
    return np.where(requirement <= 0.0, requirement, interval.amount("evaporation"))


def _satisfaction(interval):
    """Return how much of the requirement was met [%]; the saturation in per cent is held against a fraction, as LIS does."""
    requirement, actual = _requirement(interval), _actual(interval)
    known = (requirement > 0.0) & (requirement < LARGEST_AMOUNT) & (actual < LARGEST_AMOUNT)
    index = np.where(known, np.minimum(100.0 * actual / np.where(known, requirement, 1.0), 100.0), np.nan)
    index = np.where(requirement <= 0.0, np.where(requirement < 0.0, 100.0, 0.0), index)
    return np.where(_soil_water_index(interval) < interval.parameter("wilting_point"), 1.0, index)


def _surplus(interval):
    return 1000.0 * (interval.amount("surface_runoff") + interval.amount("drainage"))


def _cold_content_change(interval):
    return interval.amount("freezing_rain_heat") - interval.amount("snow_sublimation")


def _change(name):
    """Return the formula of the change of a store since the interval began."""
    return lambda interval: STORES[name](interval.model) - interval.memory.values[name]


def _surface_storage_change(interval):
    """Return the net water of the step before the interval less that of its last step."""
    return -_change("surface_storage_change")(interval)


#: Variable -> what has to be remembered of the moment when the interval began.
STORES = {"soil_water_change": lambda model: _soil_water(model).sum(axis=0),
          "snow_water_change": lambda model: _state(model, "snow_water_equivalent"),
          "canopy_water_change": lambda model: _state(model, "canopy_water"),
          "surface_storage_change": _net_water}
_NET_WATER_ROWS = ("precipitation", "evaporation", "surface_runoff", "drainage")
_HUMIDITY_ROWS = ("air_temperature", "humidity", "saturation_humidity")
_REQUIREMENT_ROWS = ("potential_evaporation_rate", "evaporation")

#: Name in :data:`landda_hpc.variables.DERIVED` -> how it is made.
FORMULAS = {
    "rainfall": Derived(_rainfall, ("precipitation", "snowfall"), "mean"),
    "bowen_ratio": Derived(_bowen_ratio, ("sensible_heat_flux", "latent_heat_flux"), "mean"),
    "evaporative_fraction": Derived(_evaporative_fraction, ("sensible_heat_flux", "latent_heat_flux"), "mean"),
    "soil_water": Derived(lambda interval: _soil_water(interval.model)),
    "liquid_soil_moisture_ratio": Derived(_liquid_ratio),
    "relative_soil_moisture": Derived(_relative_soil_moisture),
    "soil_wetness": Derived(_soil_wetness),
    "column_water": Derived(_column_water),
    "root_zone_water": Derived(_root_zone_water),
    "soil_water_index": Derived(_soil_water_index),
    "soil_water_change": Derived(_change("soil_water_change"), method="sum"),
    "snow_water_change": Derived(_change("snow_water_change"), method="sum"),
    "canopy_water_change": Derived(_change("canopy_water_change"), method="sum"),
    "surface_storage_change": Derived(_surface_storage_change, method="sum"),
    "surface_heat_change": Derived(lambda interval: np.zeros_like(interval.state("skin_temperature")), method="sum"),
    "cold_content_change": Derived(_cold_content_change, ("freezing_rain_heat", "snow_sublimation"), "sum"),
    "water_requirement": Derived(_requirement, _REQUIREMENT_ROWS, "sum"),
    "actual_evapotranspiration": Derived(_actual, _REQUIREMENT_ROWS, "sum"),
    "water_requirement_satisfaction": Derived(_satisfaction, _REQUIREMENT_ROWS, "mean"),
    "surplus_water": Derived(_surplus, ("surface_runoff", "drainage"), "sum"),
    HUMIDITY: Derived(lambda interval: interval.memory.values[HUMIDITY]),
}


class Memory:
    """What some outputs need from before the present step; part of a restart.

    Parameters
    ----------
    names : sequence of str
        Variables of the history.
    n_points, n_members : int

    Attributes
    ----------
    values : dict of str to ndarray of float64 (n_points, n_members)
        By the variables that need them, and the lowest air temperature so far [K].
    rows : tuple of str
        Rows of the kernel that each step must leave in the outputs of the model.
    """

    def __init__(self, names, n_points, n_members):
        self.values = {name: np.zeros((n_points, n_members)) for name in names if name in STORES or name == HUMIDITY}
        self.rows = _NET_WATER_ROWS if "surface_storage_change" in self.values else ()
        if HUMIDITY in self.values:
            self.values[LOWEST] = np.full((n_points, n_members), np.inf)
            self.rows += _HUMIDITY_ROWS

    def begin(self, model):
        """Remember the stores when an interval begins."""
        for name in self.values.keys() & STORES.keys():
            self.values[name][:] = STORES[name](model)

    def look(self, model):
        """Look at the step that has just been made."""
        if HUMIDITY in self.values:
            temperature, humidity, saturation = (model.outputs[name] for name in _HUMIDITY_ROWS)
            colder = temperature < self.values[LOWEST]
            self.values[LOWEST][colder] = temperature[colder]
            self.values[HUMIDITY][colder] = humidity[colder] / saturation[colder]

    def fields(self):
        """Return what a restart must hold."""
        return {f"output_{name}": Field(values, ("point", "member")) for name, values in self.values.items()}

    def restore(self, fields):
        """Take the values of a restart."""
        for name, values in self.values.items():
            if f"output_{name}" not in fields:
                raise RestartError(f"output.variables: the checkpoint has nothing for {name}, so it was not written by the run "
                                   "that is resumed; a resumed run writes the same variables.")
            values[:] = fields[f"output_{name}"].values
