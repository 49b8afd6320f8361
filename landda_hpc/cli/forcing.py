"""``landda forcing``."""

import click


@click.group(epilog="Example: landda forcing info met/*.nc")
def command():
    """Look into files of gridded meteorological forcing."""


@command.command(epilog="Examples: landda forcing info met/2001*.nc | landda forcing info era5.grib --format era5 | "
                        "landda forcing info --config exp.yaml | landda forcing info cubed_sphere.nc")
@click.argument("files", nargs=-1, type=click.Path())
@click.option("--format", "format_name", type=click.Choice(["auto", "gldas", "era5", "era5_land", "cf"]), default="auto",
              show_default=True, help="Of files on latitudes and longitudes, as forcing.format of a configuration.")
@click.option("--config", "config", type=click.Path(), help="Take files, format and variables from this configuration.")
@click.option("-s", "--set", "changes", multiple=True, metavar="KEY=VALUE", help="Change a key of the configuration.")
def info(files, format_name, config, changes):
    """Tell what FILES, or folders of them, hold: fields, units, kinds, times, holes, grid; exit 1 if a run cannot take them.

    Files on columns, such as a cubed sphere (dimension ncol), are those of an atmosphere of kind files.
    """
    from pathlib import Path

    from landda_hpc.coupling.column_files import NamedField
    from landda_hpc.coupling.describe_columns import describe_columns, is_of_columns
    from landda_hpc.forcing.gridded.describe import describe_forcing
    from landda_hpc.forcing.gridded.files import Choice, expand

    section, choice = None, Choice(format_name)
    if config:
        from landda_hpc.config import load_config
        from landda_hpc.forcing.gridded.set_up import choice_of

        found = load_config(config, changes)
        section = found.forcing if found.atmosphere is None or found.atmosphere.source is None else found.atmosphere.source
        choice = choice_of(section)
    elif not files:
        raise click.UsageError("Give files or --config.")
    paths = expand(files or section.files, Path.cwd() if files else Path(config).parent)
    of_columns = [path for path in paths if is_of_columns(path)]
    told = []
    if of_columns:
        names = {} if section is None else {field: NamedField(one.name, one.units) for field, one in section.variables.items()}
        told.append(describe_columns(of_columns, names))
    others = [path for path in paths if path not in set(of_columns)]
    if others:
        told.append(describe_forcing(others, choice, *(() if section is None else (section.label, section.duplicates))))
    click.echo("\n".join(text for text, _ in told))
    raise click.exceptions.Exit(0 if all(fine for _, fine in told) else 1)
