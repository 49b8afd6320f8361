"""``landda bench``."""

import click


@click.command(epilog="Examples: landda bench noah --mix cold --precision float32 --json | landda bench weather")
@click.argument("what", type=click.Choice(["noah", "weather"]))
@click.option("--mix", "mixes", multiple=True, type=click.Choice(["warm", "mixed", "cold"]), help="All by default.")
@click.option("--precision", "precisions", multiple=True, type=click.Choice(["float64", "float32"]),
              help="Both by default.")
@click.option("--columns", default=65536, show_default=True, help="Columns, members counted.")
@click.option("--members", default=20, show_default=True)
@click.option("--repeats", default=7, show_default=True)
@click.option("--threads", default=1, show_default=True)
@click.option("--domain", default="2.5deg", show_default=True, help="Of the weather.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
def command(what, mixes, precisions, columns, members, repeats, threads, domain, as_json):
    """Measure nanoseconds per column and step of the land model, or of the weather beside it, compilation apart."""
    import json

    if what == "weather":
        from landda_hpc.workflow.bench_weather import bench_weather, weather_text

        results = bench_weather(domain)
        click.echo(json.dumps(results, indent=2) if as_json else weather_text(results))
        return
    from landda_hpc.workflow.bench import MIXES, bench_noah, bench_text

    results = bench_noah(mixes or tuple(MIXES), precisions or ("float64", "float32"), columns, members, repeats, threads)
    click.echo(json.dumps(results, indent=2) if as_json else bench_text(results))
