"""Weights between grids by name, and their application to the fields of a file."""

from pathlib import Path

import numpy as np

from landda_hpc.coupling.columns import columns_of
from landda_hpc.coupling.grid_names import grid_of
from landda_hpc.coupling.recognise import SAME_PLACE, match_columns
from landda_hpc.coupling.remap import Remap
from landda_hpc.coupling.remap_file import read_weights, write_weights
from landda_hpc.coupling.remap_points import nearest_columns
from landda_hpc.domain.grid import Grid
from landda_hpc.errors import ConfigError, InputError
from landda_hpc.io.atomic import replacing
from landda_hpc.parallel.communicator import SerialCommunicator

#: Grid of the figure of a field on columns [degrees].
FIGURE_RESOLUTION = 1.0


def make_weight_file(source_name, target_name, method, output, source_land=None, target_land=None, target_class=None):
    """Write weights between two grids by name or file and return what was written, in words.

    Parameters
    ----------
    source_name, target_name : str
        See :func:`landda_hpc.coupling.grid_names.grid_of`.
    method : str
        Name of a constructor of :class:`~landda_hpc.coupling.remap.Remap`.
    output : path
    source_land : str, optional
        A domain whose land alone counts.
    target_land : str, optional
        ``FILE`` or ``FILE:NAME``, the land mask or fraction of the target's columns.
    target_class : str, optional
        ``FILE`` or ``FILE:NAME``, the soil class of the target's columns.

    Raises
    ------
    ConfigError, InputError
        For grids that do not suit the method, and land of another grid.
    """
    source, target = grid_of(source_name), grid_of(target_name)
    further = {}
    if source_land is not None:
        domain, cell = _domain_on(source_land, source)
        further["source_mask"] = np.zeros(source.n_rows * source.n_columns)
        further["source_mask"][cell] = 1.0
    if method == "same_class":
        if source_land is None:
            raise ConfigError("same_class needs the soil classes of the source: give --source-land DOMAIN.")
        soil = np.zeros(source.n_rows * source.n_columns, np.int64)
        soil[cell] = domain.fields["soil_class"]
        further["source_class"] = soil
        further["target_class"] = _classes(target_class, source, target, soil, further["source_mask"])
    if target_land is not None:
        land = _values_of(target_land, "land_mask", target)
        further["target_mask"] = np.where(np.isfinite(land), land, 0.0)
    if method == "basis" and further:
        raise ConfigError("basis takes no land mask: some of its weights are negative.")
    remap = getattr(Remap, method)(source, target, **further)
    write_weights(output, remap, source, target)
    count = int((~remap.has_value).sum())
    lines = [f"{method}: {source.describe()}", f"  to {target.describe()}",
             f"  {len(remap.weight)} weights, {count} targets without a value", f"  written: {output}"]
    return "\n".join(lines)


def _domain_on(name, grid):
    """Return a domain and the cells of its points in a grid."""
    from landda_hpc.domain.dataset import read_domain

    domain = read_domain(name)
    if not isinstance(grid, Grid):
        raise ConfigError("--source-land needs a latitude-longitude grid as a source.")
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


def _values_of(given, name, grid):
    """Return the values of a variable, ``FILE`` or ``FILE:NAME``, on the columns of a grid."""
    import xarray

    path, _, own = given.partition(":")
    try:
        with xarray.open_dataset(path) as data:
            return _Order(data, columns_of(grid), path).values(data[own or name])
    except (OSError, ValueError, KeyError) as error:
        raise InputError(f"{given}: no {own or name} can be read: {error}.") from error


class _Order:
    """Where the columns of one side of a remapping are in a file."""

    def __init__(self, data, columns, path):
        names = [next((one for one in (long, short) if one in data.variables), None)
                 for long, short in (("latitude", "lat"), ("longitude", "lon"))]
        if None in names:
            raise InputError(f"{path} has no latitude and longitude: found {', '.join(map(str, data.variables))}.")
        latitude, longitude = (np.asarray(data[name].values, np.float64) for name in names)
        self.dims = tuple(dict.fromkeys((*data[names[0]].dims, *data[names[1]].dims)))
        if len(self.dims) == 2 and len(columns.shape) == 2 and latitude.ndim == longitude.ndim == 1:
            rows = _match_axis(latitude, columns.latitude.reshape(columns.shape)[:, 0], None, path)
            along = _match_axis(longitude, columns.longitude.reshape(columns.shape)[0], 360.0, path)
            self._place = (rows[:, None] * len(longitude) + along).ravel()
            return
        if len(self.dims) == 2 and latitude.ndim == 1:
            latitude, longitude = (axis.ravel() for axis in np.meshgrid(latitude, longitude, indexing="ij"))
        if len(latitude) != columns.n_columns:
            raise InputError(f"{path} has {len(latitude)} columns, expected {columns.n_columns} of {columns.name}.")
        self._place = match_columns(latitude, longitude, columns.latitude, columns.longitude, str(path))

    def values(self, variable):
        """Return values ``(..., n_columns)`` in the order of the weights."""
        others = [dim for dim in variable.dims if dim not in self.dims]
        values = variable.transpose(*others, *self.dims).values
        return values.reshape(*values.shape[:len(others)], -1)[..., self._place]


def _match_axis(found, wanted, period, path):
    """Return the places in an axis of the wanted coordinates; columns would not do, those at a pole are all in one place."""
    apart = np.abs(found[None, :] - wanted[:, None])
    if period:
        apart = np.minimum(np.mod(apart, period), period - np.mod(apart, period))
    place = apart.argmin(axis=1)
    worst = apart[np.arange(len(wanted)), place]
    if worst.max() > SAME_PLACE or len(set(place)) != len(place):
        raise InputError(f"{path}: {len(found)} rows or columns from {found[0]:g} to {found[-1]:g} degrees, expected those "
                         f"from {wanted[0]:g} to {wanted[-1]:g}, {len(wanted)} of them, first missing "
                         f"{wanted[int(np.argmax(worst > SAME_PLACE))]:g}.")
    return place


def remap_file(weights, path, output=None, variables=(), plot=None):
    """Remap the fields of a file and return what was written, in words.

    Parameters
    ----------
    weights, path : path
    output : path, optional
        By default the name of the file with ``_remapped``.
    variables : sequence of str
        By default all numbers that have the dimensions of the source's grid.
    plot : path, optional
        Figure of the first field.

    Raises
    ------
    InputError
        For a file on another grid, or without the variables.
    """
    import xarray

    remap, path = read_weights(weights), Path(path)
    output = Path(output) if output else path.with_name(f"{path.stem}_remapped.nc")
    if output.exists() and output.samefile(path):
        raise ConfigError(f"{output} is the file to be remapped; choose another --output.")
    try:
        data = xarray.open_dataset(path)
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read as NetCDF: {error}.") from error
    with data:
        order = _Order(data, remap.source, path)
        own = {*order.dims, "latitude", "longitude", "lat", "lon", "area", "cell_area"}
        names = list(variables) or [name for name in data.data_vars if set(order.dims) <= set(data[name].dims)
                                    and name not in own and data[name].dtype.kind in "fiu"]
        unknown = [name for name in names if name not in data.variables or not set(order.dims) <= set(data[name].dims)]
        if unknown or not names:
            raise InputError(f"{path} has no {', '.join(unknown) or 'field'} on the dimensions {', '.join(order.dims)}; there "
                             f"are {', '.join(map(str, data.data_vars))}.")
        axes, coordinates = _target_axes(remap.target)
        fields = {}
        for name in names:
            variable = data[name]
            values = remap.apply(order.values(variable))
            others = [dim for dim in variable.dims if dim not in order.dims]
            dims = (*others, *axes)
            shape = (*values.shape[:-1], *remap.target.shape)
            fields[name] = (dims, values.reshape(shape), variable.attrs)
            coordinates |= {dim: data[dim] for dim in others if dim in data.variables}
        found = xarray.Dataset(fields, coordinates, {**data.attrs, "remapped": f"{remap.method}, {remap.source.name} to "
                                                                               f"{remap.target.name}"})
        needed = sum(values.nbytes for _, values, _ in fields.values())
        with replacing(output, SerialCommunicator(), needed) as temporary:
            found.to_netcdf(temporary, engine="h5netcdf")
    if plot:
        _draw(plot, remap.target, names[0], fields[names[0]])
    return f"{', '.join(names)}: {remap.n_source} to {remap.n_target} columns\n  written: {output}"


def _target_axes(target):
    """Return the dimensions of the target and its coordinates."""
    degrees = ({"units": "degrees_north", "standard_name": "latitude"}, {"units": "degrees_east", "standard_name": "longitude"})
    if len(target.shape) == 2:
        latitude, longitude = target.latitude.reshape(target.shape)[:, 0], target.longitude.reshape(target.shape)[0]
        return ("latitude", "longitude"), {"latitude": ("latitude", latitude, degrees[0]),
                                           "longitude": ("longitude", longitude, degrees[1])}
    return ("ncol",), {"lat": ("ncol", target.latitude, degrees[0]), "lon": ("ncol", target.longitude, degrees[1]),
                       "area": ("ncol", target.area, {"units": "steradian"})}


def _draw(path, target, name, field):
    """Draw the first map of a field; columns are drawn by the nearest."""
    from matplotlib.figure import Figure

    from landda_hpc.plots.maps import draw_map

    _, values, attributes = field
    values = values.reshape(-1, target.n_columns)[0]
    if len(target.shape) == 2:
        grid, (rows, columns) = target, target.shape
    else:
        whole = Grid.covering(FIGURE_RESOLUTION, -90.0, 90.0)
        grid, (rows, columns) = columns_of(whole), whole.shape
        values = Remap.nearest(target, grid).apply(values)
    latitude, longitude = grid.latitude.reshape(rows, columns)[:, 0], grid.longitude.reshape(rows, columns)[0]
    figure = Figure(figsize=(9, 5.4), layout="constrained")
    draw_map(figure.subplots(), latitude, longitude, values.reshape(rows, columns), title=name,
             note=str(attributes.get("units", "")))
    figure.savefig(path, dpi=130)
