"""``landda obs``."""

import click


@click.group(epilog="Examples: landda obs info FILE | landda obs ingest exp.yaml ARCHIVE | landda obs simulate RUN -o DIR")
def command():
    """Look into product files, put them on the grid of a run, simulate them."""


@command.command(epilog="Example: landda obs info data/*.nc --any-satellite")
@click.argument("files", nargs=-1, required=True, type=click.Path())
@click.option("--any-satellite", is_flag=True, help="Apply the quality control to all satellites; by default those that are "
                                                    "assimilated.")
def info(files, any_satellite):
    """Tell what FILES are, what they cover and what the quality control would keep of them."""
    from landda_hpc.observations.describe import describe_files

    text, n_bad = describe_files(files, any_satellite)
    click.echo(text)
    raise SystemExit(1 if n_bad else 0)


@command.command(epilog="Example: mpirun -n 2 landda obs ingest MT_ATSP.yaml archive/ascat archive/smap")
@click.argument("config", type=click.Path())
@click.argument("inputs", nargs=-1, required=True, type=click.Path())
@click.option("-s", "--set", "changes", multiple=True, metavar="KEY=VALUE", help="Change a key of the configuration.")
@click.option("--workers", type=click.IntRange(min=1), help="Processes of each rank that read files; all cores by default.")
@click.option("--quarantine", type=click.Path(file_okay=False), help="Move files that are broken to this folder.")
@click.option("--map/--no-map", "draw", default=True, help="Draw where observations are, into coverage.png.")
def ingest(config, inputs, changes, workers, quarantine, draw):
    """Turn product files, INPUTS or folders of them, into gridded observations of the domain and folder of CONFIG.

    What was done before is not done again. Files that cannot be used are listed with their reason in quarantine.csv; of
    versions of the same overpass the best counts, whatever the order in which they come.
    """
    from pathlib import Path

    from landda_hpc.config import load_config
    from landda_hpc.errors import ConfigError
    from landda_hpc.parallel import world_communicator
    from landda_hpc.workflow.domain_places import configured_domain
    from landda_hpc.workflow.ingest import ingest as ingest_products

    loaded, base, communicator = load_config(config, changes), Path(config).parent, world_communicator()
    if loaded.observations.folder is None:
        raise ConfigError(f"{config}: observations.folder is missing, where gridded observations go.")
    domain, folder = configured_domain(loaded.domain, base), base / loaded.observations.folder
    summary = ingest_products(inputs, domain, folder, loaded.sensors, communicator, lambda line: click.echo(line, err=True),
                              workers, quarantine)
    if not communicator.is_root:
        return
    click.echo(summary.text)
    if draw and summary.coverage:
        from landda_hpc.workflow.grid_figures import draw_coverage

        click.echo(f"  {draw_coverage(summary.coverage, domain, folder)}")


@command.command(epilog="Example: mpirun -n 2 landda obs simulate runs/truth --from 2022-03-01 --to 2022-04-01 -o products")
@click.argument("run", type=click.Path(exists=True, file_okay=False))
@click.option("--from", "first", required=True, metavar="DATE", help="First day.")
@click.option("--to", "last", required=True, metavar="DATE", help="Day after the last.")
@click.option("--product", "products", multiple=True, type=click.Choice(["ascat_b", "ascat_c", "smap", "amsr2", "smos"]),
              help="Repeatable; all by default.")
@click.option("--seed", default=7, show_default=True, help="Of all errors.")
@click.option("--spacing", type=float, help="Distance of footprints [km]; a quarter of the grid's by default.")
@click.option("-o", "--output", required=True, type=click.Path(file_okay=False), help="Folder that gets a folder per product.")
def simulate(run, first, last, products, seed, spacing, output):
    """Fly satellites over RUN, a finished run on a domain, and write products in their native layouts."""
    from pathlib import Path

    from landda_hpc.config import load_config
    from landda_hpc.parallel import world_communicator
    from landda_hpc.simulation.settings import SimulationSettings
    from landda_hpc.simulation.simulate import FOLDERS, simulate_products
    from landda_hpc.workflow.domain_places import configured_domain
    from landda_hpc.workflow.run_files import CONFIGURATION, HISTORY
    from landda_hpc.workflow.twin_runs import HistoryTruth

    communicator = world_communicator()
    domain = configured_domain(load_config(Path(run) / CONFIGURATION).domain, Path(run))
    counts = simulate_products(HistoryTruth(Path(run) / HISTORY, domain), first, last, products or tuple(FOLDERS), output,
                               SimulationSettings(seed=seed, spacing=spacing), communicator)
    if communicator.is_root:
        click.echo("\n".join(f"  {name:8s} {count} files" for name, count in counts.items()))
