"""``landda plot``."""

import click

EXAMPLES = """Examples:

\b
    landda plot runs/globe                                   maps, zonal means and regional series of a run on a domain
    landda plot runs/globe --time 2001-06-03T06 --page maps  maps of another record
    landda plot runs/globe --mean --variable latent_heat_flux --variable soil_temperature:2
    landda plot runs/globe --region 35,72,-12,42             Europe only
    landda plot runs/globe --against runs/control            maps of the first minus the second
    landda plot domain.nc                                    maps of a domain (or 5deg, 2.5deg)
    landda plot runs/sample --point 2 -o loam.png            one tower of a run at towers
"""


@click.command(epilog=EXAMPLES)
@click.argument("run", type=click.Path())
@click.option("--variable", "variables", multiple=True, metavar="NAME",
              help="On a domain: what to draw, repeatable; surface_soil_moisture, root_zone_soil_moisture, a variable of the "
                   "history or one layer of it, NAME:1. By default soil moisture and an overview.")
@click.option("--time", help="On a domain: draw the record of this time, ISO in UTC; the last by default.")
@click.option("--mean", is_flag=True, help="On a domain: draw the mean over all records instead.")
@click.option("--region", "regions", multiple=True, metavar="S,N,W,E",
              help="On a domain: regions of the series, repeatable, by bounds in degrees or GLOB, NH, TROP, SH, EU, ASIA, "
                   "which are the default. The maps show a single one alone.")
@click.option("--page", "pages", multiple=True, type=click.Choice(["maps", "zonal", "regions", "increments", "exchange"]),
              help="On a domain: only these pages, repeatable.")
@click.option("--against", type=click.Path(), metavar="OTHER", help="On a domain: draw maps of RUN minus OTHER, a run on the "
              "same grid.")
@click.option("--point", type=int, help="At towers: number of the point; all by default.")
@click.option("-o", "--output", type=click.Path(), help="On a domain: folder of the figures, the run's by default. "
              "Else: file of the figure, <run>/<point>.png by default.")
@click.option("--scores", is_flag=True, help="At towers: print the scores against observations too.")
def command(run, point, output, scores, against, **choice):
    """Draw RUN: a run folder, a history file, or a domain file.

    A run on a domain gives maps of the mean and the spread of soil moisture, zonal means, and series of regions; a run at
    towers gives a page for each, against what was observed.
    """
    from landda_hpc.workflow.figures import draw, score_text

    draw(run, click.echo, point=point, output=output, against=against, with_scores=scores, **choice)
    if scores:
        click.echo(score_text(run))
