"""The domain of a run: its grid, its land points and what is known of them; read from and written to one NetCDF file.

A file holds full grids ``[month,] latitude, longitude`` in the CF way; in memory there are land points only, in row-major
order from the south.
"""

import hashlib
from pathlib import Path
from typing import NamedTuple

import numpy as np

from landda_hpc.domain.grid import Grid
from landda_hpc.domain.points import PointSet
from landda_hpc.errors import ConfigError, InputError

MAP, MONTHLY = ("latitude", "longitude"), ("month", "latitude", "longitude")
SHIPPED = {"5deg": "domain_5deg.nc", "2.5deg": "domain_2.5deg.nc"}


class Field(NamedTuple):
    """Units, dimensions, bounds and meaning of one map of a domain; without ``required`` a file may leave it out."""

    units: str
    dims: tuple
    least: float
    greatest: float
    long_name: str
    standard_name: str | None = None
    required: bool = True


#: The maps of a domain beside its land mask.
FIELDS = {
    "land_fraction": Field("1", MAP, 0.0, 1.0, "fraction of the cell that is land", "land_area_fraction"),
    "land_cover": Field("1", MAP, 1, 27, "land-cover class, dominant by area"),
    "soil_class": Field("1", MAP, 1, 19, "STATSGO soil texture class, dominant by area"),
    "elevation": Field("m", MAP, -500.0, 9000.0, "mean elevation of the land", "surface_altitude"),
    "green_vegetation_fraction": Field("1", MONTHLY, 0.0, 1.0, "green vegetation fraction on the 15th of the month",
                                       "vegetation_area_fraction"),
    "green_vegetation_fraction_min": Field("1", MAP, 0.0, 1.0, "annual minimum of the green vegetation fraction"),
    "green_vegetation_fraction_max": Field("1", MAP, 0.0, 1.0, "annual maximum of the green vegetation fraction"),
    "albedo": Field("1", MONTHLY, 0.0, 0.9, "snow-free surface albedo on the 15th of the month"),
    "max_snow_albedo": Field("1", MAP, 0.0, 1.0, "albedo of deep fresh snow with the vegetation in it"),
    "deep_soil_temperature": Field("K", MAP, 200.0, 320.0, "temperature at the lower boundary of the soil"),
    "climate_air_temperature": Field("K", MONTHLY, 180.0, 330.0, "mean 2 m air temperature of the month",
                                     "air_temperature", required=False),
    "climate_precipitation": Field("kg m-2 s-1", MONTHLY, 0.0, 3.0e-3, "mean precipitation of the month",
                                   "precipitation_flux", required=False),
    "slope_class": Field("1", MAP, 1, 9, "terrain slope class, 1 flat to 9 glacial ice", required=False),
}
CLASSES = ("land_cover", "soil_class", "slope_class")


class Domain(NamedTuple):
    """Land points of a grid.

    Attributes
    ----------
    grid : Grid
    cell : ndarray of int64 (n_total,)
        Global cell ids ``row * n_columns + column`` of the land points, ascending.
    fields : dict of str to ndarray
        Those of :data:`FIELDS`, ``(n_total,)`` or ``(12, n_total)``; classes are integers.
    attributes : dict of str to str
        Global attributes of the file: title, sources, licences, provenance.
    land_cover_scheme : str
        Key of :data:`landda_hpc.noah.tables.LAND_COVER_SCHEMES`.
    path : str
        Where it came from, for messages and provenance.
    """

    grid: Grid
    cell: np.ndarray
    fields: dict
    attributes: dict
    land_cover_scheme: str = "modis_igbp"
    path: str = ""

    @property
    def n_total(self):
        """Number of land points."""
        return len(self.cell)

    @property
    def points(self):
        """The :class:`~landda_hpc.domain.points.PointSet` of the domain."""
        return PointSet(*self.grid.positions(self.cell), self.cell, self.grid.shape, None, self.grid)

    @property
    def area(self):
        """Land area of every point ``(n_total,)`` [m2]."""
        return self.grid.cell_area[self.cell // self.grid.n_columns] * self.fields["land_fraction"]

    def digest(self):
        """Return the SHA-256 of the grid, the land points and all their fields."""
        digest = hashlib.sha256(repr((self.grid, self.land_cover_scheme)).encode() + self.cell.tobytes())
        for name in sorted(self.fields):
            digest.update(name.encode() + np.ascontiguousarray(self.fields[name]).tobytes())
        return digest.hexdigest()

    def on_grid(self, values, missing=np.nan):
        """Return values of the land points ``(..., n_total)`` on the full grid ``(..., n_rows, n_columns)``."""
        values = np.asarray(values)
        full = np.full((*values.shape[:-1], self.grid.n_rows * self.grid.n_columns), missing, values.dtype)
        full[..., self.cell] = values
        return full.reshape(*values.shape[:-1], *self.grid.shape)

    def take(self, chosen):
        """Return the domain of some of the land points: a boolean array ``(n_total,)`` or indices."""
        return self._replace(cell=self.cell[chosen],
                             fields={name: values[..., chosen] for name, values in self.fields.items()})

    def on_globe(self):
        """Return the same domain with its cells counted on the grid of the whole globe, where it is a part of one."""
        grid, cell = self.grid.on_globe(self.cell)
        order = np.argsort(cell)  # a file that begins at Greenwich has other neighbours at the seam
        return self._replace(cell=cell).take(order)._replace(grid=grid)

    def within(self, south, north, west, east):
        """Return the domain of the land points whose centres lie in a region [degrees]; the grid stays the same."""
        latitude, longitude = self.grid.positions(self.cell)
        eastward = np.mod(longitude - west, 360.0)
        inside = (latitude >= south) & (latitude <= north) & (eastward <= (east - west if east - west < 360.0 else 360.0))
        if not inside.any():
            raise ConfigError(f"The region {south:g} to {north:g} N, {west:g} to {east:g} E has no land points of "
                              f"{self.path or 'the domain'}.")
        return self.take(inside)


def domain_path(name):
    """Return the path of a domain: the name of a shipped one or a file."""
    if str(name) in SHIPPED:
        return Path(__file__).parents[1] / "data" / "domains" / SHIPPED[str(name)]
    return Path(name)


def check_domain(domain):
    """Raise :class:`InputError` naming every field that is missing, not finite or out of its bounds."""
    problems = []
    for name, field in FIELDS.items():
        values = domain.fields.get(name)
        if values is None:
            problems += [f"{name} is missing"] if field.required else []
            continue
        expected = (12, domain.n_total) if field.dims == MONTHLY else (domain.n_total,)
        if values.shape != expected:
            problems.append(f"{name} has the shape {values.shape}, expected {expected}")
            continue
        bad = ~((values >= field.least) & (values <= field.greatest))
        if bad.any():
            where = np.flatnonzero(bad.any(axis=0) if bad.ndim == 2 else bad)
            latitude, longitude = domain.grid.positions(domain.cell[where[0]])
            first = (values[:, where[0]][bad[:, where[0]]] if bad.ndim == 2 else values[where])[0]
            problems.append(f"{name} is not within {field.least:g} to {field.greatest:g} {field.units} at {len(where)} "
                            f"of {domain.n_total} land points, first {first:g} at {latitude:g} N {longitude:g} E")
    if domain.n_total == 0:
        problems.append("there is no land point")
    if problems:
        raise InputError(f"{domain.path or 'The domain'} cannot be used:\n  " + "\n  ".join(problems)
                         + "\n  `landda static` builds a complete domain.")


def read_domain(name):
    """Return the :class:`Domain` of a file written by :func:`write_domain`, checked, its cells counted on the whole globe.

    Parameters
    ----------
    name : str or Path
        A file, or one of :data:`SHIPPED`.

    Raises
    ------
    InputError
        For a file that is missing, not a domain, incomplete or out of bounds.
    """
    import h5netcdf

    path = domain_path(name)
    if not path.exists():
        raise InputError(f"{path}: the domain does not exist. Shipped domains: {', '.join(SHIPPED)}; "
                         "`landda static` builds others.")
    try:
        with h5netcdf.File(path, "r") as file:
            if "land_mask" not in file.variables:
                raise InputError(f"{path} is no domain file: it has no land_mask. `landda static` builds one, also from "
                                 "an LDT lis_input file.")
            grid = Grid.of_centres(file.variables["latitude"][:], file.variables["longitude"][:])
            cell = np.flatnonzero(np.asarray(file.variables["land_mask"][:]).reshape(-1) == 1).astype(np.int64)
            fields = {name: _points_of(np.asarray(file.variables[name][:]), cell, name)
                      for name in FIELDS if name in file.variables}
            attributes = {key: str(value) for key, value in file.attrs.items() if not key.startswith("_")}
    except (OSError, KeyError, ValueError) as error:
        raise InputError(f"{path} cannot be read as a domain file: {error}.") from error
    domain = Domain(grid, cell, fields, attributes, attributes.get("land_cover_scheme", "modis_igbp"), str(path)).on_globe()
    check_domain(domain)
    return domain


def _points_of(values, cell, name):
    flat = values.reshape(*values.shape[:-2], -1)[..., cell]
    return flat.astype(np.int64 if name in CLASSES else np.float64)


def write_domain(path, domain):
    """Write a domain as CF NetCDF-4, the smallest grid that holds its land; it appears whole or not at all."""
    import h5netcdf

    from landda_hpc.io.atomic import replacing
    from landda_hpc.parallel import SerialCommunicator

    check_domain(domain)
    grid, cell = domain.grid.around(domain.cell)
    domain = domain._replace(grid=grid, cell=cell)
    needed = 8 * grid.n_rows * grid.n_columns * 50
    with replacing(path, SerialCommunicator(), needed) as temporary, h5netcdf.File(temporary, "w") as file:
        for key, value in {**domain.attributes, "land_cover_scheme": domain.land_cover_scheme}.items():
            file.attrs[key] = value
        file.dimensions = {"month": 12, "latitude": grid.n_rows, "longitude": grid.n_columns}
        for name, centres, units in (("latitude", grid.latitudes, "degrees_north"),
                                     ("longitude", grid.longitudes, "degrees_east")):
            variable = file.create_variable(name, (name,), np.float64, data=centres)
            variable.attrs["units"], variable.attrs["standard_name"] = units, name
        file.create_variable("month", ("month",), np.int32, data=np.arange(1, 13, dtype=np.int32))
        mask = domain.on_grid(np.ones(domain.n_total, np.int8), 0)
        _put(file, "land_mask", MAP, mask, None, "1", "1 where the land model runs", "land_binary_mask")
        area = np.broadcast_to(grid.cell_area[:, None], grid.shape).astype(np.float32)
        _put(file, "cell_area", MAP, area, None, "m2", "area of the cell", "cell_area")
        for name, values in domain.fields.items():
            field = FIELDS[name]
            missing = -1 if name in CLASSES else np.nan
            kind = np.int8 if name in CLASSES else np.float32
            _put(file, name, field.dims, domain.on_grid(values.astype(kind), kind(missing)), kind(missing), field.units,
                 field.long_name, field.standard_name)


def _put(file, name, dims, values, missing, units, long_name, standard_name):
    variable = file.create_variable(name, dims, values.dtype, data=values, fillvalue=missing, compression="gzip",
                                    compression_opts=6, shuffle=True)
    variable.attrs["units"], variable.attrs["long_name"] = units, long_name
    if standard_name:
        variable.attrs["standard_name"] = standard_name
