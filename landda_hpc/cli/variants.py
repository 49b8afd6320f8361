"""``landda variants``."""

import click


@click.command(epilog="Examples: landda variants | landda variants --years 3 --spin-up 5 -o figures/noah271.png")
@click.option("--years", default=1, show_default=True, type=click.IntRange(1, 20), help="Years that are compared.")
@click.option("--spin-up", default=1, show_default=True, type=click.IntRange(0, 50), help="Years before them.")
@click.option("--seed", default=1, show_default=True, help="Of the weather.")
@click.option("-o", "--output", default="variants.png", show_default=True, type=click.Path(dir_okay=False),
              help="File of the figure.")
def command(years, spin_up, seed, output):
    """Run Noah 3.3 and 2.7.1 side by side in six climates; print and draw what differs, and which processes make it.

    The weather is made from the climate of the shipped domain. Each group of processes is also changed alone, so kernels
    are compiled several times at the first call. Exit 1 if a budget does not close.
    """
    from landda_hpc.workflow.variants import compare_variants

    compare_variants(years, spin_up, seed, output, click.echo)
