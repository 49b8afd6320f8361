"""``landda evaluate``."""

import click


@click.command(epilog="Example: landda evaluate runs/globe --reference le.nc --reference E_2004_GLEAM_v4.2a_MO.nc")
@click.argument("run", type=click.Path())
@click.option("--reference", "references", multiple=True, required=True, type=click.Path(exists=True, dir_okay=False),
              help="Monthly FLUXCOM heat fluxes or GLEAM evaporation, or a GLDAS Noah file of soil moisture.")
@click.option("-o", "--output", type=click.Path(file_okay=False), help="Folder of tables and figures; RUN by default.")
def command(run, references, output):
    """Compare RUN, on a domain, with global reference products: tables by latitude band and figures."""
    from landda_hpc.workflow.evaluate import evaluate_run

    click.echo(evaluate_run(run, references, output))
