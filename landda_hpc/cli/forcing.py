"""``landda forcing``."""

import click


@click.group(epilog="Example: landda forcing info met/*.nc")
def command():
    """Look into files of gridded meteorological forcing."""


@command.command(epilog="Examples: landda forcing info met/2001*.nc | landda forcing info era5.grib --format era5 | "
                        "landda forcing info --config exp.yaml")
@click.argument("files", nargs=-1, type=click.Path())
@click.option("--format", "format_name", type=click.Choice(["auto", "gldas", "era5", "era5_land", "cf"]), default="auto",
              show_default=True, help="As forcing.format of a configuration.")
@click.option("--config", "config", type=click.Path(), help="Take files, format and variables from this configuration.")
@click.option("-s", "--set", "changes", multiple=True, metavar="KEY=VALUE", help="Change a key of the configuration.")
def info(files, format_name, config, changes):
    """Tell what FILES, or folders of them, hold: fields, units, kinds, times, holes, grid; exit 1 if a run cannot take them."""
    from pathlib import Path

    from landda_hpc.forcing.gridded.describe import describe_forcing
    from landda_hpc.forcing.gridded.files import Choice, expand

    if config:
        from landda_hpc.config import load_config
        from landda_hpc.forcing.gridded.set_up import choice_of

        section = load_config(config, changes).forcing
        paths = expand(files or section.files, Path.cwd() if files else Path(config).parent)
        text, fine = describe_forcing(paths, choice_of(section), section.label, section.duplicates)
    elif files:
        text, fine = describe_forcing(expand(files, Path.cwd()), Choice(format_name))
    else:
        raise click.UsageError("Give files or --config.")
    click.echo(text)
    raise click.exceptions.Exit(0 if fine else 1)
