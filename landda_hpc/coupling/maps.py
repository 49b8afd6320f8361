"""Fields from the columns of an atmosphere to land points and soil moisture back, for columns of any kind.

Down, fluxes are conservative and instants bilinear; columns without a grid give the nearest. Up, by default, a column that
stands for more than twice the area of a land cell takes the mean of the land cells in it, others the bilinear value among land
cells of their soil class, else of the nearest land cell. Columns at the points themselves exchange their values as they are.

All of this is for one rank, the root: what spans the globe is too large to be held by every rank of many.
"""

import numpy as np

from landda_hpc.coupling.atmosphere import FIELDS
from landda_hpc.coupling.columns import Columns
from landda_hpc.coupling.observe import unit_vectors
from landda_hpc.coupling.remap import Remap
from landda_hpc.coupling.remap_file import kept_remap
from landda_hpc.errors import ConfigError, InputError

SAME_PLACE = 1.0e-4  # degrees
OF_CLASSES = ("same_class", "nearest_class")
OF_POINTS = ("bilinear", "nearest")
OF_ALL_SOILS = ("conservative", *OF_POINTS)


def same_places(first, second):
    """Return whether two sets of columns or points are the same, one by one, within 1e-4 degrees."""
    if len(first.latitude) != len(second.latitude):
        return False
    apart = np.linalg.norm(unit_vectors(first.latitude, first.longitude) - unit_vectors(second.latitude, second.longitude),
                           axis=-1)
    return bool(apart.max(initial=0.0) <= np.deg2rad(SAME_PLACE))


class ToPoints:
    """Fields on columns at the points of the land.

    Parameters
    ----------
    instant, mean : Remap or None
        Weights; None where the columns are the points.
    """

    def __init__(self, instant, mean):
        self._instant, self._mean = instant, mean

    def __call__(self, name, values):
        """Return a field ``(n, n_points)`` from its values ``(n, n_columns)``."""
        if self._instant is None:
            return values
        return (self._mean if FIELDS[name].mean else self._instant).apply(values)

    def wind(self, eastward, northward):
        """Return both components of the wind, interpolated as a vector in space, which the poles do not disturb."""
        if self._instant is None:
            return eastward, northward
        return self._instant.apply_wind(eastward, northward)


def to_points(columns, points):
    """Return the :class:`ToPoints` of columns and all points of the land.

    Parameters
    ----------
    columns : AtmosphereColumns
    points : PointSet
        Of the land, with a grid.

    Raises
    ------
    InputError
        Where the atmosphere does not cover the land.
    """
    if same_places(columns, points):
        return ToPoints(None, None)
    if columns.grid is None:
        remaps = [kept_remap("nearest", columns, points)] * 2
    else:
        mask = None if columns.is_whole else columns.on_grid(np.ones(columns.n_columns), 0.0)
        remaps = [kept_remap(method, columns.grid, points.grid, source_mask=mask) for method in ("bilinear", "conservative")]
        remaps = [remap.sources(columns.place).targets(points.cell) for remap in remaps]
    for remap in remaps:
        if not remap.has_value.all():
            without = np.flatnonzero(~remap.has_value)
            raise InputError(f"The atmosphere does not cover the land: {len(without)} of {points.n_total} points are without a "
                             f"value, first {points.latitude[without[0]]:g} N {points.longitude[without[0]]:g} E.")
    return ToPoints(*remaps)


def to_columns(domain, columns, sm_remap="auto"):
    """Return the function from soil moisture at the points of a domain ``(n_layers, n_points)`` to columns.

    Columns without soil, or without land within 500 km, get NaN.

    Parameters
    ----------
    domain : Domain
    columns : AtmosphereColumns
    sm_remap : str
        ``auto``: the mean of the land in a column that has more than twice the area of the land's cell there, else the
        bilinear value among land of the column's soil class (of all land where the atmosphere tells no classes), else the
        nearest land. Or the name of a constructor of :class:`~landda_hpc.coupling.remap.Remap`.

    Raises
    ------
    ConfigError
        For a choice that needs what the columns do not have: outlines or soil classes.
    """
    if same_places(columns, domain.points):
        return lambda values: np.where(columns.land, values, np.nan)
    target = columns.grid
    if target is None:
        name, shape = f"{columns.n_columns} columns", columns.latitude.shape
        target = Columns(name, shape, columns.latitude, columns.longitude, columns.area)
    fields = {"source_mask": domain.on_grid(np.ones(domain.n_total), 0.0).ravel()}
    if sm_remap == "conservative" and columns.grid is None:
        raise ConfigError("atmosphere.sm_remap: conservative needs the outlines of the atmosphere's columns, which are on no "
                          f"known grid. Use auto, {' or '.join(OF_POINTS)}.")
    if sm_remap in OF_CLASSES and columns.soil_class is None:
        raise ConfigError(f"atmosphere.sm_remap: {sm_remap} needs the soil classes of the atmosphere's columns, which it does "
                          f"not tell. Use auto, {' or '.join(OF_ALL_SOILS)}.")
    if sm_remap in ("auto", *OF_CLASSES) and columns.soil_class is not None:
        fields["source_class"] = domain.on_grid(domain.fields["soil_class"], -1).ravel()
        fields["target_class"] = columns.soil_class if columns.grid is None else columns.on_grid(columns.soil_class, -2)
    method = "soil_moisture" if sm_remap == "auto" else sm_remap
    remap = kept_remap(method, domain.grid, target, **fields)
    if columns.grid is not None:
        remap = remap.targets(columns.place)
    remap = remap.sources(domain.cell)
    return lambda values: np.where(columns.land, remap.apply(values), np.nan)


def warm_up():
    """Compile the application of weights."""
    point = Remap.nearest(_Place, _Place)
    point.apply(np.ones((1, 1)))


class _Place:
    latitude = longitude = np.zeros(1)
