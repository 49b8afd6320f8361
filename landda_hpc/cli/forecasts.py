"""``landda forecasts``."""

import click

PRINTED_HOUR = "all"


def verification_options(function):
    """Add the options that say what forecasts are compared with, on which grid of pressure levels, and by which names."""
    for option in (
            click.option("--name", "names", multiple=True, metavar="KEY=NAME", callback=_named,
                         help="What a variable is called in NetCDF files, repeatable: KEY is t2m, q2m, d2m, psurf, T, Q, r, "
                              "rainf (rate), tp (sum since the start), cp or lsp. Usual names are known."),
            click.option("--profile-spacing", type=click.FloatRange(min=0.05), default=2.0, show_default=True,
                         help="Of the verification grid of pressure levels [degrees]."),
            click.option("--gauges", multiple=True, type=click.Path(exists=True),
                         help="Files or folders of daily precipitation of CPC."),
            click.option("--analysis", "analyses", multiple=True, type=click.Path(exists=True),
                         help="Files or folders of analyses of temperature and humidity to verify forecasts with: ERA5, IFS, "
                              "or those of a model.")):
        function = option(function)
    return function


def _named(context, parameter, values):
    from landda_hpc.references.forecast_netcdf import KEYS

    named = {}
    for value in values:
        key, equals, name = value.partition("=")
        if key not in KEYS or not name:
            raise click.BadParameter(f"{value!r} is not KEY=NAME with one of the keys {', '.join(KEYS)}.")
        named[key] = name
    return named


@click.command(epilog="Examples: landda forecasts CTL=runs/CTL/forecasts MT_ATSP=runs/MT_ATSP/forecasts --analysis era5 "
                      "--gauges cpc -o scores; landda forecasts CTL=ctl.nc SG_AT=sg_at.nc --analysis ifs.grib --spacing 1 "
                      "--name t2m=TREFHT")
@click.argument("experiments", nargs=-1, required=True, metavar="NAME=PATH ...")
@verification_options
@click.option("-o", "--output", default="forecast_scores", show_default=True, type=click.Path(file_okay=False),
              help="Folder of tables and figures.")
@click.option("--spacing", type=click.FloatRange(min=0.05), default=0.25, show_default=True,
              help="Of the verification grid of fields at 2 m [degrees].")
def command(experiments, analyses, gauges, output, spacing, profile_spacing, names):
    """Score analyses and forecasts of experiments: RMSD of temperature and humidity, frequency bias and threat of rain.

    The first experiment is the baseline; a name may be given several times to add paths. Differences are of pairs: what an
    experiment or the analyses lack is left out for all and counted.
    """
    from landda_hpc.parallel import world_communicator
    from landda_hpc.workflow.evaluate_forecasts import evaluate_forecasts

    named = {}
    for given in experiments:
        name, equals, path = given.partition("=")
        if not (name and equals and path):
            raise click.UsageError(f"{given!r} is not NAME=PATH, such as CTL=runs/CTL/forecasts.")
        named.setdefault(name, []).append(path)
    communicator = world_communicator()
    done = evaluate_forecasts(named, analyses, gauges, output, communicator, spacing=spacing, profile_spacing=profile_spacing,
                              named=names)
    if not communicator.is_root:
        return
    for table in done.tables:
        if table.columns[1:3] == ("surface", "start UTC") and "significant" not in table.columns:
            rows = [row for row in table.rows if row[2] == PRINTED_HOUR] or table.rows
            click.echo(f"\n{table._replace(rows=rows).text()}")
    for table in (table for table in done.tables if table.name == "precipitation_change"):
        click.echo(f"\n{table.text()}")
    for reason, count in done.scores.left_out.items():
        click.echo(f"\n{count} fields left out: {reason}")
    click.echo(f"\n{len(done.paths)} tables and figures in {output}")
