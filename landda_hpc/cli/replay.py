"""``landda replay``."""

import click


@click.command(epilog="Example: landda replay runs/sample/failed/point0_member3.nc")
@click.argument("file", type=click.Path())
def command(file):
    """Run the failed step of a column again from FILE and print every value of it."""
    from landda_hpc.workflow.replay import replay_text

    click.echo(replay_text(file))
