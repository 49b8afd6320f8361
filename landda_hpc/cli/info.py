"""``landda info``."""

import click


@click.command(epilog="Example: landda info runs/sample/history.nc")
@click.argument("file", type=click.Path())
def command(file):
    """Tell what is in FILE: a history, a restart, a replay file or a tower record."""
    from landda_hpc.workflow.inspect import describe_file

    click.echo(describe_file(file))
