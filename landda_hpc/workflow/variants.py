"""Noah 3.3 and 2.7.1 under the same weather in six climates, and each group of their differences alone."""

from typing import NamedTuple

import numpy as np

from landda_hpc.coupling.land_columns import land_columns
from landda_hpc.domain.dataset import read_domain
from landda_hpc.domain.points import Band
from landda_hpc.errors import ColumnError
from landda_hpc.forcing.weather import WeatherForcing
from landda_hpc.noah.column import STATUS
from landda_hpc.noah.driver import LandModel, Options
from landda_hpc.noah.processes import DESCRIPTIONS
from landda_hpc.noah.start import cold_start
from landda_hpc.parallel.communicator import SerialCommunicator
from landda_hpc.workflow.budget import close_budget, water_storage

DOMAIN = "2.5deg"
LAYERS = (0.1, 0.3, 0.6, 1.0)
TIME_STEP = 3600.0
FIRST_YEAR = 2001
DOTS_PER_INCH = 110
#: Climates and the places where they are found, degrees north and east.
CLIMATES = {"snow, West Siberia": (61.25, 68.75), "desert, Sahara": (21.25, 11.25),
            "tropical forest, Amazon": (-3.75, -61.25), "crop, Iowa": (41.25, -93.75),
            "tundra, Taymyr": (68.75, 98.75), "monsoon, central India": (21.25, 78.75)}


class Group(NamedTuple):
    """Differences that belong together and what they do."""

    processes: tuple
    reason: str


GROUPS = {
    "soil and vegetation parameters": Group(
        ("soil_parameters", "vegetation_parameters"),
        "a drainage slope of 1 instead of 0.1 drains the soil and leaves less water for dry seasons; other stress thresholds "
        "and wilting points keep tundra wetter; leaf area does not follow the greenness"),
    "surface layer and air humidity": Group(
        ("surface_layer", "air_humidity", "surface_humidity"),
        "a friction velocity of at least 0.07 m s-1 exchanges two to three times more heat with stable air: nights and winters "
        "are warmer, snow sublimes and melts earlier"),
    "radiation and emissivity": Group(
        ("net_radiation", "emissivity"),
        "black ground emits more than it gains from the sky, most in deserts, whose emissivity is 0.9 in 3.3; over snow the "
        "longwave of the sky is absorbed whole and 0.95 of a black body's emitted"),
    "snow": Group(
        ("least_pack", "snow_conductivity", "fresh_snow", "snow_cover", "snow_albedo", "snow_roughness", "latent_heat",
         "snow_balance", "warm_snow", "precipitation_phase"),
        "fresh snow is not brighter than the maximum of the class and all of it may be covered, half the conductivity, "
        "sublimation at the heat of vaporisation, and thin snow on warm ground vanishes with its water"),
    "soil water and heat": Group(
        ("soil_evaporation", "soil_conductivity", "soil_heat", "water_passes", "frozen_diffusivity", "infiltration",
         "rain_heat"),
        "frozen ground evaporates from its liquid water alone and stays wetter; it conducts water as at a moisture of 0.2, "
        "which dries tundra in spring"),
}
BASE, WHOLE = "Noah 3.3", "Noah 2.7.1"
#: Quantities that are compared: title, unit.
QUANTITIES = {"latent_heat_flux": ("latent heat flux", "W m-2"), "sensible_heat_flux": ("sensible heat flux", "W m-2"),
              "skin_temperature": ("skin temperature", "K"), "snow_water_equivalent": ("snow", "kg m-2"),
              "soil_water": ("soil water, 2 m", "kg m-2"), "runoff": ("runoff", "mm day-1")}
_TOTALS = ("latent_heat_flux", "sensible_heat_flux", "skin_temperature", "snow_water_equivalent", "soil_moisture",
           "surface_runoff", "drainage")


class VariantYears(NamedTuple):
    """Monthly means of every set of processes.

    Attributes
    ----------
    monthly : dict of str to dict of str to ndarray (12, n_climates)
        By the name of the set (:data:`BASE`, :data:`WHOLE` and :data:`GROUPS`) and the quantity.
    budgets : dict of str to WaterBudget
        Of the sets.
    energy : dict of str to dict of str to ndarray (n_climates,)
        Of the sets, means over all steps [W m-2]: ``residual`` of the whole balance, which emission that is linear within a
        step leaves, and ``leak``, heat that melted more snow than there was.
    """

    monthly: dict
    budgets: dict
    energy: dict

    @property
    def groups(self):
        """Names of the groups that were changed alone."""
        return [name for name in self.monthly if name not in (BASE, WHOLE)]

    def change(self, name, quantity):
        """Return the annual mean of a set minus that of Noah 3.3 ``(n_climates,)``."""
        return (self.monthly[name][quantity] - self.monthly[BASE][quantity]).mean(axis=0)


def compare_variants(years, spin_up, seed, output, echo):
    """Run the comparison, print its numbers and draw it into a file.

    Raises
    ------
    BudgetError
        When water of a set is not accounted for.
    """
    from landda_hpc.plots.variants import plot_variants

    found = run_variants(years, spin_up, seed)
    for text in texts(found):
        echo(text)
    reasons = {name: GROUPS[name].reason for name in found.groups}
    plot_variants(found, CLIMATES, QUANTITIES, (BASE, WHOLE), reasons).savefig(output, dpi=DOTS_PER_INCH)
    echo(f"written: {output}")


def run_variants(years=1, spin_up=1, seed=1, groups=tuple(GROUPS)):
    """Return the :class:`VariantYears` of all climates.

    Parameters
    ----------
    years, spin_up : int
        Compared and before.
    seed : int
        Of the weather.
    groups : sequence of str
        Of :data:`GROUPS`, those that are changed alone.
    """
    own, latitude, longitude = _places()
    sets = {BASE: (), WHOLE: tuple(DESCRIPTIONS)} | {name: GROUPS[name].processes for name in groups}
    runs = {name: _Run(own, longitude, as_271) for name, as_271 in sets.items()}
    weather = WeatherForcing(latitude, longitude, own["elevation"], own["climate_air_temperature"],
                             own["climate_precipitation"], seed, TIME_STEP)
    for month in range(12 * (spin_up + years)):
        first = np.datetime64(FIRST_YEAR - 1970, "Y").astype("datetime64[M]") + month
        for time in np.arange(first.astype("datetime64[h]"), (first + 1).astype("datetime64[h]")):
            air = weather.at(time.astype("datetime64[s]"))
            for run in runs.values():
                run.step(air, time.astype("datetime64[s]"))
        for run in runs.values():
            run.end_month(month, keep=month >= 12 * spin_up)
    budgets = {name: run.budget() for name, run in runs.items()}
    for name, budget in budgets.items():
        budget.check(runs[name].n_steps, np.float64)
    return VariantYears({name: run.means(years) for name, run in runs.items()}, budgets,
                        {name: run.energy() for name, run in runs.items()})


def texts(found):
    """Return the numbers of the comparison as lines: what changed in the annual mean, and the largest group."""
    lines = []
    for climate, name in enumerate(CLIMATES):
        lines.append(name)
        for quantity, (title, unit) in QUANTITIES.items():
            parts = {group: float(found.change(group, quantity)[climate]) for group in found.groups}
            whole = float(found.change(WHOLE, quantity)[climate])
            shown = "; ".join(f"{group} {value:+.3g}" for group, value in
                              sorted(parts.items(), key=lambda item: -abs(item[1]))[:3] if value)
            base = float(found.monthly[BASE][quantity][:, climate].mean())
            lines.append(f"  {title:20s} {base:9.3f} {unit:9s} {whole:+9.3f}  {shown}")
    lines += ["", *(f"{name}: {GROUPS[name].reason}" for name in found.groups), ""]
    for name, budget in found.budgets.items():
        lines.append(f"water of {name}: residual {budget.residual:.2e} kg m-2, leaks "
                     f"{budget.snow_leak + budget.soil_leak:.3f} kg m-2 of {budget.precipitation:.0f} kg m-2")
    # Each step closes what it solves to the tolerance of the kernel, or the run stops with ColumnError.
    for name, energy in found.energy.items():
        lines.append(f"energy of {name}: every step closes; emission that is linear within a step leaves "
                     f"{energy['residual'].min():+.3f} to {energy['residual'].max():+.3f} W m-2, melting without snow "
                     f"{np.abs(energy['leak']).max():.2e} W m-2")
    return lines


def _places():
    """Return the fields of the points of the climates and their positions."""
    domain = read_domain(DOMAIN)
    latitude, longitude = domain.grid.positions(domain.cell)
    chosen = [int(np.argmin((latitude - north) ** 2 + (longitude - east) ** 2)) for north, east in CLIMATES.values()]
    return {name: values[..., chosen] for name, values in domain.fields.items()}, latitude[chosen], longitude[chosen]


class _Run:
    """One set of processes at all places."""

    def __init__(self, own, longitude, as_271):
        values = {name: own[name] for name in ("land_cover", "soil_class", "green_vegetation_fraction", "deep_soil_temperature",
                                               "green_vegetation_fraction_min", "green_vegetation_fraction_max")}
        values |= {"maximum_snow_albedo": own["max_snow_albedo"], "background_albedo": own["albedo"]}
        self.parameters, self.seasons = land_columns(values, longitude, LAYERS, as_271)
        self.parameters["reference_height_temperature"][:] = 2.0
        self.parameters["reference_height_wind"][:] = 10.0
        self.model = LandModel(self.parameters, 1, options=Options(as_271=as_271), totals=_TOTALS)
        start = np.datetime64(f"{FIRST_YEAR}-01-01T00:00:00")
        self.seasons.update(self.parameters, start)
        air, deep = own["climate_air_temperature"][0], own["deep_soil_temperature"]
        shares = np.array([0.0, 0.1, 0.3, 0.6])[:, None]
        moisture = np.maximum(0.6 * self.parameters["porosity"], 0.02)
        cold_start(self.model.state, self.parameters, {"soil_temperature": air + shares * (deep - air),
                                                       "skin_temperature": air, "soil_moisture": np.tile(moisture, (4, 1))})
        self.first_storage = water_storage(self.model.state, self.parameters["layer_thickness"])
        self.n_steps, self._in_month, self._months = 0, 0, []

    def step(self, air, time):
        self.seasons.update(self.parameters, time)
        by_member = [values[:, None] for values in (air.shortwave_down, air.longwave_down, air.precipitation)]
        if not self.model.advance(air, *by_member, TIME_STEP):
            point = int(np.argmax(self.model.status[:, 0] > 0))
            raise ColumnError(f"{STATUS[int(self.model.status[point, 0])]} at {list(CLIMATES)[point]}, {time}; processes as "
                              f"in Noah 2.7.1: {', '.join(self.model.options.as_271) or 'none'}.")
        self._in_month += 1

    def end_month(self, month, keep):
        mean = {name: values[..., 0] / self._in_month for name, values in self.model.totals.items()}
        if keep:
            thickness = self.parameters["layer_thickness"]
            self._months.append({
                "latent_heat_flux": mean["latent_heat_flux"], "sensible_heat_flux": mean["sensible_heat_flux"],
                "skin_temperature": mean["skin_temperature"],
                "snow_water_equivalent": mean["snow_water_equivalent"],
                "soil_water": 1000.0 * (mean["soil_moisture"] * thickness).sum(axis=0),
                "runoff": 86400.0 * 1000.0 * (mean["surface_runoff"] + mean["drainage"])})
        for values in self.model.totals.values():
            values[...] = 0.0
        self.n_steps, self._in_month = self.n_steps + self._in_month, 0

    def means(self, years):
        """Return the mean year, quantity -> ``(12, n_climates)``."""
        return {name: np.array([month[name] for month in self._months]).reshape(years, 12, -1).mean(axis=0)
                for name in QUANTITIES}

    def energy(self):
        """Return the residual and the leak of the energy ``(n_climates,)`` [W m-2]."""
        return {name: self.model.sums[f"energy_{name}"] / self.n_steps for name in ("residual", "leak")}

    def budget(self):
        """Return the :class:`~landda_hpc.workflow.budget.WaterBudget` of the run."""
        band = Band(0, len(CLIMATES), len(CLIMATES))
        storage = water_storage(self.model.state, self.parameters["layer_thickness"])
        none = np.zeros(len(CLIMATES))
        return close_budget(self.model.sums, self.first_storage, storage, none, none, TIME_STEP, 1, SerialCommunicator(), band)
