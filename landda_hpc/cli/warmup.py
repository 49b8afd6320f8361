"""``landda warmup``."""

import click


@click.command(epilog="Examples: landda warmup globe.yaml --to /shared/kernels | "
                      "srun --ntasks-per-node=1 landda warmup --from /shared/kernels")
@click.argument("configs", nargs=-1, type=click.Path(exists=True, dir_okay=False))
@click.option("--from", "source", type=click.Path(), help="Copy what fits from this cache folder first.")
@click.option("--to", "target", type=click.Path(file_okay=False), help="Cache folder, in place of LANDDA_CACHE_DIR.")
def command(configs, source, target):
    """Compile the kernels that the runs of CONFIGS call, so that their ranks find them; once on each node.

    Set LANDDA_CACHE_DIR of the run to the same folder. It may be read-only then.
    """
    import os
    import time

    if target:
        os.environ["LANDDA_CACHE_DIR"] = target
    from landda_hpc.workflow.warmup import compile_for, content, copy_kernels

    start = time.perf_counter()
    n_copied = copy_kernels(source) if source else 0
    for config in configs:
        compile_for(config)
    folder, n_files, n_bytes = content()
    click.echo(f"{folder}: {n_files} files, {n_bytes / 2**20:.0f} MiB, {n_copied} copied, {time.perf_counter() - start:.1f} s")
