"""``landda job``."""

import click


@click.command(epilog="Example, as the last line of a batch script: exec landda job CTL.yaml")
@click.argument("configs", nargs=-1, required=True, type=click.Path())
@click.option("--launcher", type=click.Choice(["auto", "srun", "mpirun"]), default="auto", show_default=True,
              help="What starts the ranks: srun --mpi=pmix where SLURM has it, else mpirun.")
@click.option("--again", type=click.Choice(["submit", "requeue", "chain"]), default="submit", show_default=True,
              help="After a checkpoint: submit the job anew, requeue it, or leave it to the next job of a chain.")
@click.option("-s", "--set", "changes", multiple=True, metavar="KEY=VALUE", help="Change a key of the configuration.")
def command(configs, launcher, again, changes):
    """Run a configuration inside a job of SLURM, and go on in another job after a checkpoint.

    The task of a job array takes the one of CONFIGS with its number.
    """
    from landda_hpc.workflow.job import run_job

    raise SystemExit(run_job(configs, changes, launcher, again, lambda text: click.echo(text, err=True)))
