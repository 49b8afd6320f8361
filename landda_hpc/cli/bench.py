"""``landda bench``."""

import click


@click.command(epilog="Examples: landda bench noah --mix cold --precision float32 --json | landda bench enkf | "
                      "landda bench weather --domain 5deg")
@click.argument("what", type=click.Choice(["noah", "enkf", "weather"]))
@click.option("--mix", "mixes", multiple=True, type=click.Choice(["warm", "mixed", "cold"]), help="Of noah; all by default.")
@click.option("--precision", "precisions", multiple=True, type=click.Choice(["float64", "float32"]),
              help="Of noah and enkf; both by default.")
@click.option("--columns", default=65536, show_default=True, help="Columns, members counted.")
@click.option("--members", default=20, show_default=True)
@click.option("--repeats", default=7, show_default=True)
@click.option("--threads", default=1, show_default=True, help="Of noah.")
@click.option("--domain", default="2.5deg", show_default=True, help="Of the weather.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
def command(what, mixes, precisions, columns, members, repeats, threads, domain, as_json):
    """Measure the land model (ns per column and step), the filter (us per analysed point) or the weather beside the model.

    The time of compilation is told apart.
    """
    import json

    if what != "noah" and (mixes or threads != 1):
        raise click.UsageError("--mix and --threads belong to noah.")
    precisions = precisions or ("float64", "float32")
    if what == "noah":
        from landda_hpc.workflow.bench import MIXES, bench_noah, bench_text as text

        results = bench_noah(mixes or tuple(MIXES), precisions, columns, members, repeats, threads)
    elif what == "enkf":
        from landda_hpc.workflow.bench_enkf import bench_enkf, bench_enkf_text as text

        results = bench_enkf(precisions, columns, members, repeats)
    else:
        from landda_hpc.workflow.bench_weather import bench_weather, weather_text as text

        results = bench_weather(domain)
    click.echo(json.dumps(results, indent=2) if as_json else text(results))
