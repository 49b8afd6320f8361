"""``landda evaluate``."""

import sys

import click

#: Tables that are printed; the others are in files only.
PRINTED = ("truth", "truth_daily", "triple_collocation", "triple_collocation_errors", "filter", "analyses")


def period_options(function):
    """Add the options of the evaluation of a twin experiment to a command."""
    for option in (
            click.option("--minimum-triplets", type=click.IntRange(min=3), default=30, show_default=True,
                         help="Triplets that a cell needs for triple collocation."),
            click.option("--end", type=click.DateTime(), help="Of a twin experiment: leave out what comes later."),
            click.option("--start", type=click.DateTime(), help="Of a twin experiment: leave out what comes before, such as "
                                                                "the first weeks of the assimilation.")):
        function = option(function)
    return function


@click.command(epilog="Examples: landda evaluate runs/globe --reference le.nc --reference E_2004_GLEAM_v4.2a_MO.nc; "
                      "landda evaluate runs/twin --start 2022-04-01")
@click.argument("run", type=click.Path())
@click.option("--reference", "references", multiple=True, type=click.Path(exists=True, dir_okay=False),
              help="Monthly FLUXCOM heat fluxes or GLEAM evaporation, or a GLDAS Noah file of soil moisture.")
@click.option("-o", "--output", type=click.Path(file_okay=False), help="Folder of tables and figures; that of RUN by default.")
@period_options
def command(run, references, output, start, end, minimum_triplets):
    """Compare RUN, on a domain, with global reference products: tables by latitude band and figures.

    Without a reference, RUN is the folder of a twin experiment: its experiments are scored against the truth and by triple
    collocation, and the filter is checked.
    """
    if references:
        from landda_hpc.workflow.evaluate import evaluate_run

        click.echo(evaluate_run(run, references, output))
        return
    from landda_hpc.workflow.twin_folder import is_twin

    if not is_twin(run):
        raise click.UsageError(f"{run} is not the folder of a twin experiment, which has a folder CTL. Give a --reference to "
                               "compare a run with.")
    _evaluate_twin(run, output, start, end, minimum_triplets)


def _evaluate_twin(run, output, start, end, minimum_triplets):
    from landda_hpc.workflow.evaluation import evaluate_twin, write_evaluation
    from landda_hpc.workflow.verdict import sentences

    evaluation = evaluate_twin(run, start, end, minimum_triplets, click.echo)
    paths = write_evaluation(evaluation, output, " ".join(["landda", *sys.argv[1:]]))
    for table in evaluation.tables:
        if table.name in PRINTED:
            click.echo(f"\n{table.text()}")
    for heading, text in sentences(evaluation):
        click.echo(f"\n{heading}\n  {text}")
    click.echo(f"\n{len(paths)} files in {paths[0].parent}")
