"""The atmosphere that a configuration names."""

import functools
from pathlib import Path

from landda_hpc.domain.dataset import SHIPPED, read_domain
from landda_hpc.errors import ConfigError
from landda_hpc.workflow.domain_places import configured_domain, first_values


def open_atmosphere(config, base, communicator):
    """Return the :class:`~landda_hpc.coupling.atmosphere.Atmosphere` of a configuration; all ranks take part.

    Parameters
    ----------
    config : RunConfig
    base : Path
        Folder that file names of the configuration are relative to.
    communicator : Communicator
    """
    section = config.atmosphere
    if section.kind == "weather":
        return _weather(config, base, communicator)
    raise ConfigError(f"atmosphere.kind {section.kind} is not known.")


def _weather(config, base, communicator):
    from landda_hpc.coupling.weather_atmosphere import WeatherAtmosphere

    section, name = config.atmosphere, config.atmosphere.columns
    domain = (configured_domain(config.domain, base) if name is None
              else read_domain(name if name in SHIPPED else Path(base) / name))
    if domain.fields.get("climate_air_temperature") is None or domain.fields.get("climate_precipitation") is None:
        raise ConfigError(f"atmosphere.kind weather: {domain.path} has no climate_air_temperature or climate_precipitation, "
                          "which the weather is made from. `landda static` adds them to a domain of any resolution.")
    first = functools.partial(first_values, share=config.domain.soil_moisture)
    return WeatherAtmosphere(domain, first, communicator, config.forcing.seed, config.noah.layer_thickness,
                             section.mixed_layer, section.relaxation, config.noah.soil_table)
