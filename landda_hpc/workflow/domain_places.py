"""The points of a domain: bands of equal cost, parameters from its maps, weather from its climate."""

from functools import partial
from pathlib import Path

import numpy as np

from landda_hpc.domain.cost import predicted_cost
from landda_hpc.domain.dataset import SHIPPED, read_domain
from landda_hpc.domain.points import split_by_cost
from landda_hpc.domain.variation import varied, vary_parameters
from landda_hpc.errors import ConfigError, InputError
from landda_hpc.forcing.cyclic import CyclicForcing
from landda_hpc.forcing.weather import WeatherForcing
from landda_hpc.forcing.weather_errors import WeatherErrors, displaced
from landda_hpc.noah.parameters import Seasons, in_single, monthly_value, static_parameters
from landda_hpc.noah.parameters_271 import apply_variant, soil_classes
from landda_hpc.parallel import on_root
from landda_hpc.workflow.outputs import DEFAULT_OF_DOMAIN
from landda_hpc.workflow.places import Places
from landda_hpc.workflow.run_files import run_folder

GREENNESS = ("green_vegetation_fraction", "green_vegetation_fraction_min", "green_vegetation_fraction_max")
DEEP_TEMPERATURE_DEPTH = 3.0  # m, where the soil starts with the deep temperature alone
CLIMATE = ("climate_air_temperature", "climate_precipitation")
#: Fields that :func:`first_values` takes from a domain, where it has them.
COLD_START = ("climate_air_temperature",)


def configured_domain(section, base):
    """Return the :class:`Domain` of a section ``domain``, cut to its region; file names are relative to the folder ``base``."""
    if section is None:
        raise ConfigError("The configuration has no domain, expected a section domain.")
    domain = read_domain(section.file if section.file in SHIPPED else Path(base) / section.file)
    return domain if section.region is None else domain.within(*section.region)


def domain_places(config, base, communicator):
    """Return the :class:`~landda_hpc.workflow.places.Places` of this rank for a configuration with a domain.

    The root reads the file and gives each rank its part: thousands of ranks neither read it all nor have room for it.
    """
    domain = on_root(communicator, lambda: _checked_domain(config, base))
    if communicator.is_root:
        bands = split_by_cost(predicted_cost(domain, _months(config.run.start, config.run.end)), communicator.size)
        shared = bands, domain.points, domain.digest()
    else:
        shared = None
    bands, points, digest = communicator.broadcast(shared)
    own = communicator.scatter_objects(lambda rank: domain.take(np.arange(bands[rank].start, bands[rank].stop)))
    own.fields.update({name: in_single(own.fields[name]) for name in CLIMATE if name in own.fields})
    return _places(own, points, bands[communicator.rank], digest, config, base, communicator)


def moved_places(places, bands, new_bands, config, base, communicator):
    """Return the :class:`~landda_hpc.workflow.places.Places` of this rank after points of a domain changed hands.

    Parameters
    ----------
    places : Places
        Of this rank before, with its :attr:`own` domain.
    bands, new_bands : list of Band
        Of all ranks.
    config, base, communicator
        As for :func:`domain_places`.
    """
    def move(values):
        return communicator.move_points(values, bands, new_bands, np.ndim(values) - 1)

    own = places.own._replace(cell=move(places.own.cell),
                              fields={name: move(values) for name, values in sorted(places.own.fields.items())})
    moved = _places(own, places.points, new_bands[communicator.rank], places.identity["domain"], config, base, communicator)
    if places.weather is not None:
        moved.weather.take_month(*places.weather.month(move))
    return moved


def _places(own, points, band, digest, config, base, communicator):
    """Return the places of the points of a band, whose domain is ``own``."""
    section = config.domain
    parameters, seasons = _parameters(own, config)
    start = config.run.start - np.timedelta64(config.spin_up.ensemble, "s")
    offline = config.atmosphere is None or config.spin_up.ensemble > 0
    example = weather = None
    if not offline:
        forcing, notes = None, []
    elif config.forcing.kind == "files":
        from landda_hpc.forcing.gridded.set_up import open_file_forcing

        forcing, notes = open_file_forcing(config.forcing, base, own, communicator, _period(config, start),
                                           config.run.time_step)
    else:
        weather, forcing, notes = weather_of(own, config)
        # Of one point: the weather prepares a whole month of all its points before the first step.
        example = partial(weather_of(own.take(np.arange(min(own.n_total, 1))), config)[1].at, start)
    if config.forcing.cycle is not None:
        forcing = CyclicForcing(forcing, *config.forcing.cycle)
        notes.append(f"weather of the years {config.forcing.cycle[0]} to {config.forcing.cycle[1]} repeated")
    if config.atmosphere is not None:
        notes = [*(f"before {config.run.start}: {note}" for note in notes), f"from {config.run.start} on of the atmosphere"]
        elevation = own.fields["elevation"] if config.atmosphere.lapse else None
        forcing = _exchange(points, band, config, parameters, communicator, forcing, elevation)
    # Of the fields a run keeps those that a cold start looks at.
    begin_with = own._replace(fields={name: own.fields[name] for name in COLD_START if name in own.fields})
    return Places(points, band, parameters, seasons, forcing, start, config.run.end,
                  lambda: first_values(begin_with, parameters, start, section.soil_moisture), notes, [own.path],
                  DEFAULT_OF_DOMAIN, {"domain": digest}, own.fields["land_cover"], example, None,
                  own if config.parallel.rebalance else None, weather)


def _checked_domain(config, base):
    """Return the whole domain of a run, all its points fit for it."""
    domain = configured_domain(config.domain, base)
    if config.forcing.kind == "weather" and not set(CLIMATE) <= set(domain.fields):
        raise InputError(f"{domain.path} has no climate_air_temperature or climate_precipitation, which the weather is made "
                         "from. `landda static` adds them to a domain of any resolution.")
    if config.atmosphere is not None and config.atmosphere.lapse and "elevation" not in domain.fields:
        raise InputError(f"{domain.path} has no elevation, which atmosphere.lapse needs.")
    _parameters(domain, config)  # raises for classes that the tables do not know
    return domain


def weather_of(domain, config):
    """Return the weather of a domain's points, the same with its errors if there are to be some, and notes about it."""
    places, errors, seed = domain.grid.positions(domain.cell), config.forcing.errors, config.forcing.seed
    notes = [f"weather made from the monthly climate of the domain, seed {seed}"]
    disturbed_at = displaced(*places, errors.displacement, errors.seed) if errors else None
    weather = WeatherForcing(*places, domain.fields["elevation"], domain.fields["climate_air_temperature"],
                             domain.fields["climate_precipitation"], seed, config.run.time_step, disturbed_at)
    if errors is None:
        return weather, weather, notes
    given = {name: getattr(errors, name) for name in type(errors).model_fields if name != "displacement"}
    return weather, WeatherErrors(weather, *places, **given), [*notes, f"weather with errors, seed {errors.seed}"]


def _exchange(points, band, config, parameters, communicator, before, elevation):
    """Return the forcing of a band's points by the atmosphere of a coupled run, ``before`` until it begins."""
    from landda_hpc.coupling.exchange_files import ExchangePaths
    from landda_hpc.coupling.exchange_forcing import ExchangeForcing

    return ExchangeForcing(ExchangePaths(run_folder(config)), points, band, config.run.start, config.run.time_step, parameters,
                           communicator, before, elevation)


def _period(config, start):
    """Return start and end of the weather that a run needs."""
    cycle = config.forcing.cycle
    if cycle is None:
        return start, config.run.end if config.atmosphere is None else config.run.start
    return tuple(np.datetime64(f"{year:04d}-01-01T00:00:00", "s") for year in (cycle[0], cycle[1] + 1))


def _months(start, end):
    """Return the calendar months (0-11) that a period touches."""
    first, last = (int(time.astype("datetime64[M]").astype(np.int64)) for time in (start, end - np.timedelta64(1, "s")))
    return sorted({month % 12 for month in range(first, min(last, first + 11) + 1)})


def _parameters(domain, config):
    """Return :class:`~landda_hpc.noah.parameters.LandParameters` and Seasons of a domain's points."""
    fields, section, noah = domain.fields, config.domain, config.noah
    if domain.land_cover_scheme != noah.land_cover_scheme:
        raise ConfigError(f"noah.land_cover_scheme is {noah.land_cover_scheme}, but the classes of {domain.path} are those of "
                          f"{domain.land_cover_scheme}. Set noah.land_cover_scheme to {domain.land_cover_scheme}.")
    slope = fields.get("slope_class", np.full(domain.n_total, section.slope_class))
    latitude, longitude = domain.grid.positions(domain.cell)
    names = _PlaceNames(latitude, longitude)
    parameters = static_parameters(fields["land_cover"], soil_classes(fields["soil_class"], noah.as_271), slope,
                                   noah.layer_thickness, noah.land_cover_scheme, noah.soil_table, names=names)
    greenness = tuple(fields[name] for name in GREENNESS)
    if section.variation is not None:
        stds = section.variation.model_dump(exclude={"seed"})
        vary_parameters(parameters, domain.cell, section.variation.seed, stds)
        greenness = varied(greenness, domain.cell, section.variation.seed, stds["greenness"])
    parameters["deep_soil_temperature"][:] = fields["deep_soil_temperature"]
    parameters["maximum_snow_albedo"][:] = fields["max_snow_albedo"]
    parameters["reference_height_temperature"][:] = config.forcing.temperature_height
    parameters["reference_height_wind"][:] = config.forcing.wind_height
    mapped = section.albedo == "map" or "vegetation_parameters" in noah.as_271
    seasons = Seasons(fields["land_cover"], greenness[0], longitude, noah.land_cover_scheme, *greenness[1:],
                      {"background_albedo": fields["albedo"]} if mapped else None)
    apply_variant(parameters, seasons, noah.as_271)
    return parameters, seasons


class _PlaceNames:
    """Names of points made only when a message needs one."""

    def __init__(self, latitude, longitude):
        self._latitude, self._longitude = latitude, longitude

    def __getitem__(self, point):
        return f"{self._latitude[point]:g} N {self._longitude[point]:g} E"


def first_values(domain, parameters, start, share):
    """Return values of a cold start of the points of a domain, for :func:`landda_hpc.noah.start.cold_start`.

    The soil is between the month's air temperature and the deep one, its moisture a ``share`` of the porosity.
    """
    thickness = parameters["layer_thickness"]
    middles = np.cumsum(thickness, axis=0) - 0.5 * thickness
    climate = domain.fields.get("climate_air_temperature")
    air = (parameters["deep_soil_temperature"].copy() if climate is None
           else monthly_value(climate, start.astype("datetime64[D]")))
    depth = np.minimum(middles / DEEP_TEMPERATURE_DEPTH, 1.0)
    temperature = air + (parameters["deep_soil_temperature"] - air) * depth
    moisture = np.maximum(share * parameters["porosity"], 0.02)
    return {"soil_temperature": temperature, "skin_temperature": air,
            "soil_moisture": np.broadcast_to(moisture, thickness.shape).copy()}
