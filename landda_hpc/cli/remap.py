"""``landda remap``."""

import click

METHODS = ("conservative", "bilinear", "nearest", "basis", "cell_mean", "same_class", "nearest_class", "soil_moisture")


@click.group(epilog="Examples: landda remap weights ne30np4 0.25deg -o w.nc | landda remap apply w.nc rain.nc")
def command():
    """Make weights between latitude-longitude grids and cubed spheres, and apply them to files."""


@command.command(epilog="Examples: landda remap grid ne30np4 -o ne30.nc | landda remap grid ne120pg2 -o cells.nc")
@click.argument("name")
@click.option("-o", "--output", required=True, type=click.Path(dir_okay=False), help="File of the grid.")
def grid(name, output):
    """Write the cubed sphere NAME: positions, areas, outlines (CF bounds) and mesh (UGRID) of its columns.

    Face 0 is centred on 0 E, 1 on 90 E, 2 on 180 E, 3 on 90 W, 4 on the north and 5 on the south pole.
    """
    from landda_hpc.workflow.remap_files import make_grid_file

    click.echo(make_grid_file(name, output))


@command.command(epilog="Examples: landda remap weights 0.25deg ne120np4 --source-land global.nc -o down.nc | "
                        "landda remap weights 2.5deg ne30np4 --method same_class --source-land 2.5deg -o soil.nc | "
                        "mpirun -n 2 landda remap weights 0.25deg ne120np4 -o w.nc")
@click.argument("source")
@click.argument("target")
@click.option("--method", default="conservative", show_default=True, type=click.Choice(METHODS))
@click.option("--source-land", metavar="DOMAIN|FILE:NAME", help="A domain on the source's grid whose land alone counts, or the "
                                                                 "land mask or fraction of the source's columns in a file.")
@click.option("--target-land", metavar="FILE[:NAME]", help="Land mask or fraction of the target's columns (land_mask): those "
                                                            "with none get no value; by default all want one.")
@click.option("--target-class", metavar="FILE[:NAME]", help="Soil class of the target's columns for same_class (soil_class), "
                                                             "by default that of the nearest land of --source-land.")
@click.option("-o", "--output", required=True, type=click.Path(dir_okay=False), help="File of weights.")
def weights(source, target, method, source_land, target_land, target_class, output):
    """Write the weights from SOURCE to TARGET in the layout of ESMF; under mpirun the ranks share the work.

    Grids are 0.25deg (of the globe), ne30np4 (nodes of spectral elements), ne30pg or ne30pg2 (cells of a cubed sphere), a
    domain or a NetCDF file with latitudes and longitudes.
    """
    from landda_hpc.parallel import world_communicator
    from landda_hpc.workflow.remap_files import make_weight_file

    communicator = world_communicator()
    text = make_weight_file(source, target, method, output, source_land, target_land, target_class, communicator)
    if communicator.is_root:
        click.echo(text)


@command.command(epilog="Example: landda remap apply w.nc rain.nc --variable rainf -o rain_on_grid.nc --plot rain.png")
@click.argument("weights", type=click.Path(exists=True, dir_okay=False))
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.option("--variable", "variables", multiple=True, help="May be repeated; by default all on the source's grid.")
@click.option("-o", "--output", type=click.Path(dir_okay=False), help="By default FILE's name with _remapped.")
@click.option("--skip-missing", is_flag=True, help="Leave missing values out of means; by default what has a weight for one is "
                                                  "missing.")
@click.option("--source", metavar="GRID", help="For weights that do not tell the positions of their source, such as those of "
                                               "xESMF: name of the grid or a file on it, whose columns count in its order.")
@click.option("--target", metavar="GRID", help="The same for the target.")
@click.option("--plot", type=click.Path(dir_okay=False), help="Draw the first field.")
def apply(weights, file, variables, output, skip_missing, source, target, plot):
    """Remap the fields of FILE with WEIGHTS, of this program, ESMF, xESMF or SCRIP (cdo gencon).

    Rows and columns of FILE may lie in any order, they are matched by position. Times, levels and what else is on no grid is
    written as it is.
    """
    from landda_hpc.workflow.remap_fields import remap_file

    click.echo(remap_file(weights, file, output, variables, plot, source, target, skip_missing))
