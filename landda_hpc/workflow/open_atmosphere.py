"""The atmosphere that a configuration names."""

import functools
import json
from pathlib import Path

from landda_hpc.config.atmosphere import determining
from landda_hpc.coupling.exchange_files import FOLDER
from landda_hpc.domain.dataset import SHIPPED, read_domain
from landda_hpc.errors import ConfigError
from landda_hpc.parallel import together
from landda_hpc.workflow.domain_places import configured_domain, first_values, weather_of
from landda_hpc.workflow.run_files import run_folder

#: Keys of the section of files that say how latitudes and longitudes are read.
OF_GRIDS = ("format", "label", "interval", "interpolation", "flux_interpolation", "lapse", "orography_variable", "land_mask",
            "land_mask_variable", "max_gap", "duplicates")


def open_atmosphere(config, base, communicator):
    """Return the :class:`~landda_hpc.coupling.atmosphere.Atmosphere` of a configuration; all ranks take part.

    Parameters
    ----------
    config : RunConfig
    base : Path
        Folder that file names of the configuration are relative to.
    communicator : Communicator
    """
    kinds = {"weather": _weather, "files": _files, "command": _command, "python": _python}
    return kinds[config.atmosphere.kind](config, base, communicator)


def _weather(config, base, communicator):
    from landda_hpc.coupling.grid_names import grid_of, is_sphere
    from landda_hpc.coupling.sphere_domain import domain_on_sphere
    from landda_hpc.coupling.weather_atmosphere import WeatherAtmosphere

    section, name = config.atmosphere, config.atmosphere.columns
    if name is None or is_sphere(name):
        domain = configured_domain(config.domain, base)
    else:
        domain = read_domain(name if name in SHIPPED else Path(base) / name)
    if domain.fields.get("climate_air_temperature") is None or domain.fields.get("climate_precipitation") is None:
        raise ConfigError(f"atmosphere.kind weather: {domain.path} has no climate_air_temperature or climate_precipitation, "
                          "which the weather is made from. `landda static` adds them to a domain of any resolution.")
    if name is not None and is_sphere(name):
        domain = domain_on_sphere(domain, grid_of(name), communicator)
    first = functools.partial(first_values, share=config.domain.soil_moisture)
    forcing = config.forcing.model_dump(mode="json", include={"seed", "errors"})
    return WeatherAtmosphere(domain, first, lambda columns: weather_of(columns, config)[1], json.dumps(forcing), communicator,
                             config.noah.layer_thickness, section.mixed_layer, section.relaxation, config.noah.soil_table)


def _files(config, base, communicator):
    from landda_hpc.coupling.column_files import NamedField
    from landda_hpc.coupling.column_places import has_columns
    from landda_hpc.coupling.file_atmosphere import ColumnSource, FileAtmosphere, GridSource
    from landda_hpc.forcing.gridded.files import expand
    from landda_hpc.forcing.gridded.set_up import open_file_forcing

    section = config.atmosphere.source
    found = together(communicator, lambda: (paths := expand(section.files, base), has_columns(paths[0])))
    if found[1]:
        without_effect = [key for key in OF_GRIDS if getattr(section, key) != type(section).model_fields[key].default]
        if without_effect:
            raise ConfigError(f"atmosphere.source: {', '.join(without_effect)} belong to files on latitudes and longitudes, "
                              f"but {found[0][0]} is on columns. For lapse set atmosphere.lapse.")
        names = {field: NamedField(variable.name, variable.units) for field, variable in section.variables.items()}
        orography = None if section.orography is None else Path(base) / section.orography
        source = ColumnSource(found[0], names, communicator, orography)
    else:
        if config.atmosphere.lapse:
            raise ConfigError(f"atmosphere.lapse: {found[0][0]} is on latitudes and longitudes, whose values are interpolated "
                              "to the land points first. Set atmosphere.source.lapse and atmosphere.source.orography.")
        window = config.run.start, config.run.end

        def open_forcing(domain):
            return open_file_forcing(section, base, domain, communicator, window, config.run.time_step)[0]

        source = GridSource(open_forcing, configured_domain(config.domain, base), config.run.time_step, communicator)
    identity = determining(config.atmosphere.model_dump(mode="json"))["source"]
    return FileAtmosphere(source, communicator, {"source": json.dumps(identity, sort_keys=True)})


def _command(config, base, communicator):
    from landda_hpc.coupling.column_places import read_columns, read_limits
    from landda_hpc.coupling.command_atmosphere import CommandAtmosphere

    section = config.atmosphere
    path = Path(base) / section.columns
    columns, limits = together(communicator, lambda: (read_columns(path), read_limits(path)))
    folder = run_folder(config) / FOLDER / "command"
    return CommandAtmosphere(section.command, Path(base) / section.folder, folder, columns, section.time_out, communicator,
                             config.noah.layer_thickness, limits)


def _python(config, base, communicator):
    from landda_hpc.coupling.python_atmosphere import PythonAtmosphere, named_class

    section = config.atmosphere
    return PythonAtmosphere(named_class(section.object, Path(base) / section.folder), section.arguments, communicator)
