"""``landda obs``."""

import click


@click.group()
def command():
    """Look into observation files."""


@command.command(epilog="Example: landda obs info data/*.nc --any-satellite")
@click.argument("files", nargs=-1, required=True, type=click.Path())
@click.option("--any-satellite", is_flag=True, help="Apply the quality control to all satellites; by default those that are "
                                                    "assimilated.")
def info(files, any_satellite):
    """Tell what FILES are, what they cover and what the quality control would keep of them."""
    from landda_hpc.observations.describe import describe_files

    text, n_bad = describe_files(files, any_satellite)
    click.echo(text)
    raise SystemExit(1 if n_bad else 0)
