"""``landda twin``."""

import click


@click.command(epilog="Examples: landda init my_twin --template twin && cd my_twin && mpirun -n 2 landda twin twin.yaml")
@click.argument("config", type=click.Path())
@click.option("-s", "--set", "changes", multiple=True, metavar="KEY=VALUE", help="Change a key of the configuration.")
def command(config, changes):
    """Run the twin experiment CONFIG: truth, products, climatologies, experiments, scores, report.

    Called again it goes on where it was stopped and makes only what has changed.
    """
    from pathlib import Path

    from landda_hpc.config import load_config
    from landda_hpc.config.twin import TwinConfig
    from landda_hpc.parallel import world_communicator
    from landda_hpc.workflow.twin import TwinExperiment

    communicator = world_communicator()
    twin = TwinExperiment(load_config(config, changes, TwinConfig), Path(config).parent, communicator,
                          lambda text: click.echo(text, err=True))
    report = twin.run()
    if communicator.is_root:
        click.echo(report)
