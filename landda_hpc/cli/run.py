"""``landda run``."""

import click


@click.command(epilog="Examples: landda run site.yaml | mpirun -n 4 landda run site.yaml --resume | "
                      "landda run site.yaml -s ensemble.size=1 -s run.name=single")
@click.argument("config", type=click.Path())
@click.option("--resume", is_flag=True, help="Continue from the newest checkpoint of the run folder.")
@click.option("--go-on", is_flag=True, help="Continue if the run was begun, else begin it: for job scripts.")
@click.option("--dry-run", is_flag=True, help="Check configuration and inputs, run nothing.")
@click.option("--cycles", type=click.IntRange(1), help="Stop with a checkpoint and exit code 75 after so many cycles.")
@click.option("-s", "--set", "changes", multiple=True, metavar="KEY=VALUE", help="Change a key of the configuration.")
def command(config, resume, go_on, dry_run, cycles, changes):
    """Run CONFIG: the land model for the whole record, one member or an ensemble; with an atmosphere, both in turn."""
    from landda_hpc.workflow.interrupt import note_early_signal

    note_early_signal()
    from pathlib import Path

    from landda_hpc.config import load_config
    from landda_hpc.parallel import world_communicator
    from landda_hpc.workflow.run import run

    changes = (*changes, *([f"run.stop_after_cycles={cycles}"] if cycles else []))
    run(load_config(config, changes), world_communicator(), Path(config).parent, resume, dry_run, go_on)
