"""``landda bench``."""

import click


@click.command(epilog="Examples: landda bench noah | landda bench noah --mix cold --precision float32 --json | "
                      "landda bench enkf")
@click.argument("what", type=click.Choice(["noah", "enkf"]))
@click.option("--mix", "mixes", multiple=True, type=click.Choice(["warm", "mixed", "cold"]),
              help="All by default; for noah.")
@click.option("--precision", "precisions", multiple=True, type=click.Choice(["float64", "float32"]),
              help="Both by default.")
@click.option("--columns", default=65536, show_default=True, help="Columns, members counted.")
@click.option("--members", default=20, show_default=True)
@click.option("--repeats", default=7, show_default=True)
@click.option("--threads", default=1, show_default=True, help="For noah.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
def command(what, mixes, precisions, columns, members, repeats, threads, as_json):
    """Measure the land model (nanoseconds per column and step) or the filter (microseconds per analysed point).

    The time of compilation is told apart.
    """
    import json

    precisions = precisions or ("float64", "float32")
    if what == "noah":
        from landda_hpc.workflow.bench import MIXES, bench_noah, bench_text as text

        results = bench_noah(mixes or tuple(MIXES), precisions, columns, members, repeats, threads)
    else:
        from landda_hpc.workflow.bench_enkf import bench_enkf, bench_enkf_text as text

        if mixes or threads != 1:
            raise click.UsageError("--mix and --threads belong to noah; the filter has one thread a rank and no mixes.")
        results = bench_enkf(precisions, columns, members, repeats)
    click.echo(json.dumps(results, indent=2) if as_json else text(results))
