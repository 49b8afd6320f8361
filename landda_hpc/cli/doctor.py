"""``landda doctor``."""

import click


@click.command(epilog="Example: mpirun -n 2 landda doctor")
def command():
    """Tell what this machine has: MPI, parallel HDF5, cores, compiler, cache, batch system."""
    from landda_hpc.parallel import world_communicator
    from landda_hpc.workflow.doctor import report

    communicator = world_communicator()
    if communicator.is_root:
        click.echo(report(communicator))
