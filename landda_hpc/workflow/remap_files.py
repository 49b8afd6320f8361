"""Files of weights between grids by name."""

import numpy as np

from landda_hpc.coupling.columns import columns_of
from landda_hpc.coupling.cubed_sphere import CubedSphere
from landda_hpc.coupling.cubed_sphere_file import write_columns
from landda_hpc.coupling.grid_names import grid_of
from landda_hpc.coupling.remap import Remap
from landda_hpc.coupling.remap_file import warm_up, write_weights
from landda_hpc.coupling.remap_points import nearest_columns
from landda_hpc.domain.grid import Grid
from landda_hpc.errors import ConfigError, InputError
from landda_hpc.jit import compile_on_root_first
from landda_hpc.parallel import SerialCommunicator, on_root
from landda_hpc.workflow.remap_fields import FileOrder

OF_CLASSES = ("same_class", "nearest_class", "soil_moisture")

OF_POLYNOMIALS = ("basis", "cell_mean")


def make_grid_file(name, output):
    """Write the columns of a cubed sphere by name and return what was written, in words.

    Raises
    ------
    ConfigError
        For another grid.
    """
    sphere = grid_of(name)
    if not isinstance(sphere, CubedSphere):
        raise ConfigError(f"{name} is {sphere.describe()}, expected a cubed sphere such as ne30np4 or ne30pg2.")
    write_columns(output, sphere, {}, with_mesh=True)
    return f"{sphere.describe()}\n  written: {output}"


def make_weight_file(source_name, target_name, method, output, source_land=None, target_land=None, target_class=None,
                     communicator=None):
    """Write weights between two grids by name or file and return what was written, in words.

    Parameters
    ----------
    source_name, target_name : str
        See :func:`landda_hpc.coupling.grid_names.grid_of`.
    method : str
        Name of a constructor of :class:`~landda_hpc.coupling.remap.Remap`.
    output : path
    source_land : str, optional
        A domain whose land alone counts, or ``FILE:NAME``, the land mask or fraction of the source's columns.
    target_land : str, optional
        ``FILE`` or ``FILE:NAME``, the land mask or fraction of the target's columns.
    target_class : str, optional
        ``FILE`` or ``FILE:NAME``, the soil class of the target's columns.
    communicator : Communicator, optional
        Whose ranks share the work; all call this together and the root writes.

    Raises
    ------
    ConfigError, InputError
        For grids that do not suit the method, and land of another grid.
    """
    communicator = communicator or SerialCommunicator()
    source, target = grid_of(source_name), grid_of(target_name)
    further = {}
    if method in OF_CLASSES and (source_land is None or ":" in source_land or not isinstance(source, Grid)):
        raise ConfigError(f"{method} needs the soil classes of the source, a latitude-longitude grid: give --source-land "
                          "DOMAIN.")
    if source_land is not None and (":" in source_land or not isinstance(source, Grid)):
        further["source_mask"] = _mask_of(source_land, source)
    elif source_land is not None:
        domain, cell = _domain_on(source_land, source)
        further["source_mask"] = np.zeros(source.n_rows * source.n_columns)
        further["source_mask"][cell] = 1.0
    if method in OF_CLASSES:
        soil = np.zeros(source.n_rows * source.n_columns, np.int64)
        soil[cell] = domain.fields["soil_class"]
        further["source_class"] = soil
        further["target_class"] = _classes(target_class, source, target, soil, further["source_mask"])
    if target_land is not None:
        further["target_mask"] = _mask_of(target_land, target)
    if method in OF_POLYNOMIALS and further:
        raise ConfigError(f"{method} takes no land mask: some of its weights are negative.")
    compile_on_root_first(communicator, warm_up)
    remap = getattr(Remap, method)(source, target, **further, communicator=communicator)
    on_root(communicator, lambda: write_weights(output, remap, source, target))
    count = int((~remap.has_value).sum())
    lines = [f"{method}: {source.describe()}", f"  to {target.describe()}",
             f"  {len(remap.weight)} weights, {count} targets without a value", f"  written: {output}"]
    return "\n".join(lines)


def _domain_on(name, grid):
    """Return a domain and the cells of its points in a grid."""
    from landda_hpc.domain.dataset import read_domain

    domain = read_domain(name)
    latitude, longitude = domain.grid.positions(domain.cell)
    row = (latitude - grid.south) / grid.resolution - 0.5
    column = np.mod(longitude - grid.west, 360.0) / grid.resolution - 0.5
    inside = (row > -0.5) & (row < grid.n_rows - 0.5) & (column < grid.n_columns - 0.5)
    off = np.maximum(np.abs(row - np.round(row)), np.abs(column - np.round(column)))
    if abs(domain.grid.resolution - grid.resolution) > 1.0e-9 or not inside.all() or off.max() > 1.0e-3:
        raise ConfigError(f"The land of {name} lies on {domain.grid.describe()}, expected points of {grid.describe()}.")
    return domain, np.round(row).astype(np.int64) * grid.n_columns + np.round(column).astype(np.int64)


def _classes(given, source, target, soil, mask):
    if given is None:
        columns = columns_of(target)
        near = nearest_columns(columns_of(source), columns.latitude, columns.longitude, mask > 0.0)
        return soil[near]
    return _values_of(given, "soil_class", target)


def _mask_of(given, grid):
    """Return a land mask or fraction on the columns of a grid; missing values are no land."""
    land = _values_of(given, "land_mask", grid)
    return np.where(np.isfinite(land), land, 0.0)


def _values_of(given, name, grid):
    """Return the values of a variable, ``FILE`` or ``FILE:NAME``, on the columns of a grid."""
    import xarray

    path, _, own = given.partition(":")
    try:
        with xarray.open_dataset(path) as data:
            return FileOrder(data, columns_of(grid), path).values(data[own or name])
    except (OSError, ValueError, KeyError) as error:
        raise InputError(f"{given}: no {own or name} can be read: {error}.") from error
