"""``landda plot``."""

import click


@click.command(epilog="Examples: landda plot runs/sample | landda plot runs/sample --point 2 -o loam.png")
@click.argument("run", type=click.Path())
@click.option("--point", type=int, help="Number of the point; all by default.")
@click.option("-o", "--output", type=click.Path(), help="File of the figure; <run>/<point>.png by default.")
@click.option("--scores", is_flag=True, help="Print the scores against observations too.")
def command(run, point, output, scores):
    """Draw the points of RUN, a run folder or its history file, against what was observed."""
    from landda_hpc.workflow.figures import draw_run, score_text

    for path in draw_run(run, point, output):
        click.echo(path)
    if scores:
        click.echo(score_text(run))
