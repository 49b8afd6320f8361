"""``landda bench``."""

import click


@click.command(epilog="Examples: landda bench noah | landda bench noah --mix cold --precision float32 --json")
@click.argument("what", type=click.Choice(["noah"]))
@click.option("--mix", "mixes", multiple=True, type=click.Choice(["warm", "mixed", "cold"]), help="All by default.")
@click.option("--precision", "precisions", multiple=True, type=click.Choice(["float64", "float32"]),
              help="Both by default.")
@click.option("--columns", default=65536, show_default=True, help="Columns, members counted.")
@click.option("--members", default=20, show_default=True)
@click.option("--repeats", default=7, show_default=True)
@click.option("--threads", default=1, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
def command(what, mixes, precisions, columns, members, repeats, threads, as_json):
    """Measure nanoseconds per column and step of the land model, compilation apart."""
    import json

    from landda_hpc.workflow.bench import MIXES, bench_noah, bench_text

    results = bench_noah(mixes or tuple(MIXES), precisions or ("float64", "float32"), columns, members, repeats, threads)
    click.echo(json.dumps(results, indent=2) if as_json else bench_text(results))
