"""``landda config``."""

import click


@click.command(epilog="Examples: landda config --explain perturb.forcing | landda config site.yaml")
@click.argument("config", required=False, type=click.Path())
@click.option("--explain", metavar="KEY", help="Meaning, type and default of a key or of a section.")
@click.option("--list", "listed", is_flag=True, help="All keys.")
@click.option("-s", "--set", "changes", multiple=True, metavar="KEY=VALUE", help="Change a key of CONFIG.")
def command(config, explain, listed, changes):
    """Check CONFIG and print it with all defaults, or explain keys."""
    from landda_hpc.config import load_config
    from landda_hpc.config.explain import explain as explain_key

    if explain or listed:
        click.echo(explain_key("" if listed else explain))
    elif config:
        click.echo(load_config(config, changes).resolved_yaml(), nl=False)
    else:
        raise click.UsageError("Give a configuration, --explain KEY or --list.")
