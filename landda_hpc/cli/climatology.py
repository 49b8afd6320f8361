"""``landda climatology``."""

import click


@click.command(epilog="Example: landda climatology MT_ATSP.yaml --model runs/openloop/overpass.nc --from 2019-01-01 "
                      "--to 2021-12-31")
@click.argument("config", type=click.Path())
@click.option("--model", "overpass", multiple=True, required=True, type=click.Path(),
              help="overpass.nc of an open loop (output.overpass), repeatable.")
@click.option("--from", "first", required=True, metavar="DATE", help="First day of the record.")
@click.option("--to", "last", required=True, metavar="DATE", help="Last day of the record.")
@click.option("-s", "--set", "changes", multiple=True, metavar="KEY=VALUE", help="Change a key of the configuration.")
def command(config, overpass, first, last, changes):
    """Make the climatologies of observations and model that the bias correction of CONFIG needs."""
    from pathlib import Path

    from landda_hpc.config import load_config
    from landda_hpc.config.values import parse_time
    from landda_hpc.errors import ConfigError
    from landda_hpc.parallel import world_communicator
    from landda_hpc.workflow.climatology import make_climatologies

    try:
        period = [parse_time(date).astype("datetime64[D]") for date in (first, last)]
    except ValueError as error:
        raise ConfigError(f"--from and --to: {error}.") from error
    communicator = world_communicator()
    text = make_climatologies(load_config(config, changes), Path(config).parent, overpass, *period, communicator)
    if communicator.is_root:
        click.echo(text)
