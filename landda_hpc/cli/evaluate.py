"""``landda evaluate``."""

import sys

import click

#: Tables that are printed; the others are in files only.
PRINTED = ("truth", "truth_daily", "triple_collocation", "triple_collocation_errors", "filter", "analyses")


def period_options(function):
    """Add the options of the evaluation of experiments to a command."""
    for option in (
            click.option("--minimum-triplets", type=click.IntRange(min=3), default=30, show_default=True,
                         help="Triplets that a cell needs for triple collocation."),
            click.option("--end", type=click.DateTime(), help="Leave out what comes later."),
            click.option("--start", type=click.DateTime(), help="Leave out what comes before, such as the first weeks of the "
                                                                "assimilation; a reference of a single run takes neither.")):
        function = option(function)
    return function


class RunUnlessNamed(click.Group):
    """Takes the arguments for those of ``run`` if they begin with no subcommand."""

    def parse_args(self, context, args):
        if args and args[0] not in (*self.commands, *context.help_option_names):
            args = ["run", *args]
        return super().parse_args(context, args)


@click.group(cls=RunUnlessNamed, subcommand_metavar="RUN | series FILES...",
             epilog="Examples: landda evaluate runs/globe --reference le.nc --reference E_2004_GLEAM_v4.2a_MO.nc; "
                    "landda evaluate runs/twin --start 2022-04-01; landda evaluate series archive/*.nc *.stm -o evaluation")
def command():
    """Compare a run with reference products, score a twin experiment, or compare retrievals, models and stations.

    The options of a RUN are told by `landda evaluate run --help`.
    """


@command.command(epilog="Examples: landda evaluate runs/globe --reference le.nc --reference E_2004_GLEAM_v4.2a_MO.nc; "
                        "landda evaluate runs/twin --start 2022-04-01")
@click.argument("run", type=click.Path())
@click.option("--reference", "references", multiple=True, type=click.Path(exists=True, dir_okay=False),
              help="Monthly FLUXCOM heat fluxes or GLEAM evaporation, or a GLDAS Noah file of soil moisture.")
@click.option("-o", "--output", type=click.Path(file_okay=False), help="Folder of tables and figures; that of RUN by default.")
@period_options
def run(run, references, output, start, end, minimum_triplets):
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


@command.command(epilog="Example: landda evaluate series H119_0165.nc smap/0165.nc gldas/0165.nc SCAN*.stm -o evaluation")
@click.argument("files", nargs=-1, required=True, type=click.Path())
@click.option("-o", "--output", required=True, type=click.Path(file_okay=False), help="Folder of tables and figures.")
@click.option("--quality", type=click.Choice(["recommended", "retrieved"]), default="recommended", show_default=True,
              help="Retrievals that the provider recommends, or all that succeeded.")
@click.option("--reference", help="Product that the others are corrected to, by default the first of gldas, era5_land, era5, "
                                  "ecmwf and lis.")
@click.option("--places", help="Product at whose locations is compared; by default the coarsest retrieval.")
@click.option("--distance", type=click.FloatRange(min=0.0, min_open=True), default=30.0, show_default=True,
              help="From a place to the nearest location [km].")
@click.option("--window", type=click.FloatRange(min=0.0, min_open=True), default=12.0, show_default=True,
              help="Between values that are compared [h]; for a model or station no more than half its time step.")
@click.option("--minimum", type=click.IntRange(min=3), default=50, show_default=True, help="Pairs or triplets.")
@click.option("--minimum-month", type=click.IntRange(min=3), default=30, show_default=True,
              help="Pairs of a calendar month for a CDF of its own; otherwise those of the neighbouring months count too.")
def series(files, output, quality, reference, places, distance, window, minimum, minimum_month):
    """Compare the series of FILES: satellite retrievals, models and stations, of any format that `landda obs info` knows.

    At each place the nearest locations are brought together in time. ASCAT is matched to the reference by the CDF of calendar
    months, volumetric retrievals are shifted to its mean; triple collocation gives the share of error of every three products;
    stations are compared with all products near them. Tables as CSV, figures as PNG.
    """
    from landda_hpc.workflow.evaluate_series import evaluate_series
    from landda_hpc.workflow.series_places import Settings

    settings = Settings(distance, window * 3600.0, minimum, minimum_month)
    click.echo(evaluate_series(files, output, settings, quality == "retrieved", reference, places,
                               lambda line: click.echo(line, err=True)))


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
