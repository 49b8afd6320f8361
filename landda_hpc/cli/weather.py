"""``landda weather``."""

import click


@click.command(epilog="Examples: landda weather 5deg | landda weather europe.nc --years 10 --tower mine.csv -o check | "
                      "landda weather 5deg --write-files era5 --from 2001-03-01 --to 2001-03-03 -o met")
@click.argument("domain")
@click.option("--years", default=20, show_default=True)
@click.option("--seed", default=1, show_default=True, help="Of the weather, as forcing.seed of a run.")
@click.option("--tower", "towers", multiple=True, type=click.Path(exists=True, dir_okay=False),
              help="Record to compare with the nearest point; may be repeated.")
@click.option("--write-files", "layout", type=click.Choice(["era5", "era5_land", "gldas"]),
              help="Write the weather as forcing files of this layout instead of checking it.")
@click.option("--from", "first", metavar="DATE", help="First time of the files.")
@click.option("--to", "last", metavar="DATE", help="Last time of the files.")
@click.option("-o", "--output", default="weather_check", show_default=True, type=click.Path(file_okay=False),
              help="Folder of the tables and the figure, or of the files.")
def command(domain, years, seed, towers, layout, first, last, output):
    """Check the weather that is made from the climate of DOMAIN (5deg, 2.5deg or a file); exit 1 if a month's mean is off."""
    if layout:
        _write(domain, seed, layout, first, last, output)
        return
    from landda_hpc.workflow.weather import check_weather

    passed = check_weather(domain, years, seed, output, towers, click.echo)
    raise click.exceptions.Exit(0 if passed else 1)


def _write(domain, seed, layout, first, last, folder):
    """Write forcing files."""
    if not (first and last):
        raise click.UsageError("--write-files needs --from and --to.")
    from landda_hpc.config.values import parse_time
    from landda_hpc.domain.dataset import read_domain
    from landda_hpc.workflow.export_weather import export_weather

    try:
        period = parse_time(first), parse_time(last)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    files = export_weather(read_domain(domain), seed, layout, *period, folder)
    click.echo(f"written: {len(files)} files to {folder}, {files[0].name} to {files[-1].name}, and orography.nc")
