"""Application of weights to the fields of a file, some records at a time."""

from pathlib import Path

import numpy as np

from landda_hpc.coupling.columns import Columns, columns_of
from landda_hpc.coupling.grid_names import grid_of
from landda_hpc.coupling.recognise import SAME_PLACE, match_columns
from landda_hpc.coupling.remap import Remap
from landda_hpc.coupling.remap_file import read_weights
from landda_hpc.domain.grid import Grid
from landda_hpc.errors import ConfigError, InputError
from landda_hpc.io.atomic import replacing
from landda_hpc.parallel.communicator import SerialCommunicator

FIGURE_RESOLUTION = 1.0  # degrees, of the figure of a field on columns
AT_ONCE = 1.0e8  # bytes of values that are remapped at once
COORDINATES = ("latitude", "longitude", "lat", "lon", "area", "cell_area")
#: Attributes that speak of the source's grid or of packed numbers.
OF_SOURCE = ("coordinates", "grid_mapping", "cell_measures", "mesh", "location")
OF_PACKED = ("valid_range", "valid_min", "valid_max", "missing_value")
DEGREES = ({"units": "degrees_north", "standard_name": "latitude"}, {"units": "degrees_east", "standard_name": "longitude"})


def remap_file(weights, path, output=None, variables=(), plot=None, source=None, target=None, skip_missing=False):
    """Remap the fields of a file and return what was written, in words.

    Times, levels, their bounds and other variables that are on no grid are written as they are. Fields keep their attributes;
    single precision and packed numbers become single precision, others double.

    Parameters
    ----------
    weights, path : path
    output : path, optional
        By default the name of the file with ``_remapped``.
    variables : sequence of str
        By default all numbers that have the dimensions of the source's grid.
    plot : path, optional
        Figure of the first field.
    source, target : str, optional
        Names or files of the grids, for weights that do not tell positions; columns of a file count in its own order.
    skip_missing : bool
        Leave missing values out of means instead of spreading them.

    Raises
    ------
    InputError
        For a file on another grid, or without the variables.
    """
    import xarray

    path, sides = Path(path), (None if name is None else named_columns(name) for name in (source, target))
    remap = read_weights(weights, *sides)
    output = Path(output) if output else path.with_name(f"{path.stem}_remapped.nc")
    if output.exists() and output.samefile(path):
        raise ConfigError(f"{output} is the file to be remapped; choose another --output.")
    try:
        data = xarray.open_dataset(path, decode_times=False, decode_coords=False)
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read as NetCDF: {error}.") from error
    with data:
        order = FileOrder(data, remap.source, path)
        names = list(variables) or [name for name in data.variables if set(order.dims) <= set(data[name].dims)
                                    and name not in (*order.dims, *COORDINATES) and data[name].dtype.kind in "fiu"]
        unknown = [name for name in names if name not in data.variables or not set(order.dims) <= set(data[name].dims)]
        if unknown or not names:
            raise InputError(f"{path} has no {', '.join(unknown) or 'field'} on the dimensions {', '.join(order.dims)}; there "
                             f"are {', '.join(map(str, data.variables))}.")
        first = _write(output, data, names, order, remap, skip_missing)
    if plot:
        _draw(plot, remap.target, names[0], first, str(data[names[0]].attrs.get("units", "")))
    return f"{', '.join(names)}: {remap.n_source} to {remap.n_target} columns\n  written: {output}"


def named_columns(name):
    """Return the :class:`Columns` of a grid by name, or of a file in the order of the file.

    Raises
    ------
    ConfigError, InputError
        For a name that is neither, and a file without positions.
    """
    import xarray

    if not Path(name).is_file():
        return columns_of(grid_of(name))
    try:
        with xarray.open_dataset(name, decode_times=False, decode_coords=False) as data:
            _, latitude, longitude = _positions(data, name)
    except (OSError, ValueError) as error:
        raise InputError(f"{name} cannot be read as NetCDF: {error}.") from error
    shape = latitude.shape if latitude.ndim == 2 or latitude.shape == longitude.shape else (len(latitude), len(longitude))
    latitude, longitude = _flat(latitude, longitude)
    return Columns(Path(name).name, shape, latitude, longitude, np.zeros(len(latitude)))


def _positions(data, path):
    """Return the dimensions of the columns of a file, latitude and longitude, each along an axis or of every column."""
    names = [next((one for one in (long, short) if one in data.variables), None)
             for long, short in (("latitude", "lat"), ("longitude", "lon"))]
    if None in names:
        raise InputError(f"{path} has no latitude and longitude: found {', '.join(map(str, data.variables))}.")
    latitude, longitude = (np.asarray(data[name].values, np.float64) for name in names)
    return tuple(dict.fromkeys((*data[names[0]].dims, *data[names[1]].dims))), latitude, longitude


def _flat(latitude, longitude):
    """Return the positions of all columns, one after another."""
    if latitude.ndim == 1 and latitude.shape != longitude.shape:
        latitude, longitude = np.meshgrid(latitude, longitude, indexing="ij")
    return latitude.ravel(), longitude.ravel()


class FileOrder:
    """Where the columns of one side of a remapping are in a file.

    Parameters
    ----------
    data : xarray.Dataset
    columns : Columns
    path : path
        For messages.

    Attributes
    ----------
    dims : tuple of str
        Dimensions of the columns in the file.

    Raises
    ------
    InputError
        For a file without these columns.
    """

    def __init__(self, data, columns, path):
        self.dims, latitude, longitude = _positions(data, path)
        if len(self.dims) == 2 and len(columns.shape) == 2 and latitude.ndim == longitude.ndim == 1:
            rows = _match_axis(latitude, columns.latitude.reshape(columns.shape)[:, 0], None, path)
            along = _match_axis(longitude, columns.longitude.reshape(columns.shape)[0], 360.0, path)
            self._place = (rows[:, None] * len(longitude) + along).ravel()
            return
        latitude, longitude = _flat(latitude, longitude)
        if len(latitude) != columns.n_columns:
            raise InputError(f"{path} has {len(latitude)} columns, expected {columns.n_columns} of {columns.name}.")
        turns = np.mod(np.abs(longitude - columns.longitude) + SAME_PLACE, 360.0)
        if (np.abs(latitude - columns.latitude) <= SAME_PLACE).all() and (turns <= 2.0 * SAME_PLACE).all():
            self._place = np.arange(columns.n_columns)  # also where some columns are in one place, as at a pole
            return
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


def _write(output, data, names, order, remap, skip_missing):
    """Write the remapped fields and return the first record of the first."""
    import h5netcdf

    axes, coordinates = _target_axes(remap.target)
    others = {name: tuple(dim for dim in data[name].dims if dim not in order.dims) for name in names}
    sizes = {dim: data.sizes[dim] for dims in others.values() for dim in dims}
    kinds = {name: np.float32 if _is_single(data[name]) else np.float64 for name in names}
    needed = sum(np.dtype(kinds[name]).itemsize * remap.n_target * int(np.prod([sizes[dim] for dim in others[name]]))
                 for name in names)
    first = None
    with replacing(output, SerialCommunicator(), needed) as temporary, h5netcdf.File(temporary, "w") as file:
        file.attrs.update({**data.attrs, "remapped": f"{remap.method}, {remap.source.name} to {remap.target.name}"})
        file.dimensions = sizes | dict(zip(axes, remap.target.shape))
        for name, (dims, values, attributes) in coordinates.items():
            file.create_variable(name, dims, values.dtype, data=values).attrs.update(attributes)
        for name in data.variables:
            if _is_beside(data[name], sizes):
                _copy(file, data[name])
        for name in names:
            shape = (*(sizes[dim] for dim in others[name]), *remap.target.shape)
            variable = file.create_variable(name, (*others[name], *axes), kinds[name], fillvalue=kinds[name](np.nan))
            packed = OF_PACKED if data[name].encoding.get("scale_factor") is not None else ("missing_value",)
            variable.attrs.update({key: value for key, value in data[name].attrs.items() if key not in (*OF_SOURCE, *packed)})
            if not set(axes) & set(coordinates):
                variable.attrs["coordinates"] = " ".join(key for key in coordinates if key != "area")
            for part in _parts(shape[:len(others[name])], remap):
                chosen = data[name].isel(dict(zip(others[name], part)))
                found = remap.apply(order.values(chosen), skip_missing=skip_missing)
                first = found.reshape(-1, remap.n_target)[0] if first is None else first
                variable[part] = found.reshape(*found.shape[:-1], *remap.target.shape).astype(kinds[name])
    return first


def _is_single(variable):
    """Return whether single precision holds all digits of a variable in its file."""
    stored = variable.encoding.get("dtype", variable.dtype)
    return stored == np.float32 or (np.dtype(stored).kind in "iu" and np.dtype(stored).itemsize <= 2)


def _is_beside(variable, sizes):
    """Return whether a variable is on no grid and belongs to the dimensions of fields, or to none."""
    named = variable.name in sizes or all(dim in sizes for dim in variable.dims[:1])
    return named and not set(variable.dims) & ({*COORDINATES, "ncol"} - set(sizes)) and variable.dtype.kind in "fiu"


def _copy(file, variable):
    for dim, size in zip(variable.dims, variable.shape):
        if dim not in file.dimensions:
            file.dimensions[dim] = size
    fill = variable.encoding.get("_FillValue") if variable.dtype.kind == "f" else None
    file.create_variable(variable.name, variable.dims, variable.dtype, data=variable.values,
                         fillvalue=None if fill is None else variable.dtype.type(np.nan)).attrs.update(variable.attrs)


def _parts(shape, remap):
    """Return indices of parts of the other dimensions whose values fit in memory."""
    if not shape:
        return [()]
    record = 8.0 * (remap.n_source + remap.n_target) * np.prod(shape[1:])
    step = max(int(AT_ONCE / record), 1)
    return [(slice(start, min(start + step, shape[0])),) for start in range(0, shape[0], step)]


def _target_axes(target):
    """Return the dimensions of the target and its coordinates, as their dimensions, values and attributes."""
    if len(target.shape) != 2:
        return ("ncol",), {"lat": (("ncol",), target.latitude, DEGREES[0]), "lon": (("ncol",), target.longitude, DEGREES[1]),
                           "area": (("ncol",), target.area, {"units": "steradian", "long_name": "area on the unit sphere",
                                                                  "coordinates": "lat lon"})}
    latitude, longitude = (values.reshape(target.shape) for values in (target.latitude, target.longitude))
    if np.ptp(latitude, axis=1).max() < SAME_PLACE and np.ptp(longitude, axis=0).max() < SAME_PLACE:
        return ("latitude", "longitude"), {"latitude": (("latitude",), latitude[:, 0], DEGREES[0]),
                                           "longitude": (("longitude",), longitude[0], DEGREES[1])}
    return ("y", "x"), {"lat": (("y", "x"), latitude, DEGREES[0]), "lon": (("y", "x"), longitude, DEGREES[1])}


def _draw(path, target, name, values, units):
    """Draw a map of a field; columns are drawn by the nearest."""
    from matplotlib.figure import Figure

    from landda_hpc.plots.maps import draw_map

    if len(target.shape) == 2:
        grid, (rows, columns) = target, target.shape
    else:
        whole = Grid.covering(FIGURE_RESOLUTION, -90.0, 90.0)
        grid, (rows, columns) = columns_of(whole), whole.shape
        values = Remap.nearest(target, grid).apply(values)
    latitude, longitude = grid.latitude.reshape(rows, columns)[:, 0], grid.longitude.reshape(rows, columns)[0]
    figure = Figure(figsize=(9, 5.4), layout="constrained")
    draw_map(figure.subplots(), latitude, longitude, values.reshape(rows, columns), title=name,
             note=units)
    figure.savefig(path, dpi=130)
