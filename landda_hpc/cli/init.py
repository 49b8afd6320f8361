"""``landda init``."""

import click


@click.command(epilog="Examples: landda init my_run | landda init my_globe --template globe | "
                      "landda init my_site --template own-tower")
@click.argument("folder", type=click.Path())
@click.option("--template", type=click.Choice(["ensemble", "tower", "own-tower", "globe", "files", "coupled", "twin"]),
              default="ensemble", show_default=True,
              help="ensemble and tower run the shipped sample tower, globe and twin a shipped domain; own-tower expects a CSV "
                   "of yours, files gridded weather; coupled runs with an atmosphere.")
def command(folder, template):
    """Write a commented configuration and a SLURM job script to FOLDER; nothing is overwritten."""
    from landda_hpc.workflow.templates import write_template

    for path in write_template(folder, template):
        click.echo(path)
