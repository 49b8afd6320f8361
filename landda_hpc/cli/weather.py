"""``landda weather``."""

import click


@click.command(epilog="Examples: landda weather 5deg | landda weather europe.nc --years 10 --tower mine.csv -o check")
@click.argument("domain")
@click.option("--years", default=20, show_default=True)
@click.option("--seed", default=1, show_default=True, help="Of the weather, as forcing.seed of a run.")
@click.option("--tower", "towers", multiple=True, type=click.Path(exists=True, dir_okay=False),
              help="Record to compare with the nearest point; may be repeated.")
@click.option("-o", "--output", default="weather_check", show_default=True, type=click.Path(file_okay=False),
              help="Folder of the tables and the figure.")
def command(domain, years, seed, towers, output):
    """Check the weather that is made from the climate of DOMAIN (5deg, 2.5deg or a file); exit 1 if a month's mean is off."""
    from landda_hpc.workflow.weather import check_weather

    passed = check_weather(domain, years, seed, output, towers, click.echo)
    raise click.exceptions.Exit(0 if passed else 1)
