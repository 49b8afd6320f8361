"""Monthly maps of a run against global reference products: evaporation, heat fluxes and soil moisture, by latitude band.

A reference is averaged over the cells of the run, exactly and over its valid part only; months are those of the calendar,
because the weather of a run need not be that of the year of the reference.
"""

from typing import NamedTuple

import h5netcdf
import numpy as np

from landda_hpc.domain import regrid
from landda_hpc.domain.grid import Grid
from landda_hpc.errors import InputError
from landda_hpc.io.attributes import text_attribute
from landda_hpc.times import SECONDS_PER_DAY
from landda_hpc.verification.metrics import scores

LEAST_VALID = 0.5  # of a cell's area, that the reference must cover
BANDS = (("60-90 N", 60.0, 90.0), ("30-60 N", 30.0, 60.0), ("0-30 N", 0.0, 30.0), ("0-30 S", -30.0, 0.0),
         ("30-60 S", -60.0, -30.0), ("all", -90.0, 90.0))
MISSING = ("_FillValue", "missing_value")


class Known(NamedTuple):
    """A variable of a reference product: what it is called in a run, the factor to ``units``, and the soil layer.

    ``per_month`` marks amounts of a month, which become rates per day; ``factor_of_run`` brings the run to ``units``.
    """

    product: str
    variable: str
    units: str
    factor: float
    factor_of_run: float = 1.0
    layer: int | None = None
    per_month: bool = False


#: By the name and units in the file.
KNOWN = {("le", "watt/m2"): Known("FLUXCOM", "latent_heat_flux", "W m-2", 1.0),
         ("sh", "watt/m2"): Known("FLUXCOM", "sensible_heat_flux", "W m-2", 1.0),
         ("E", "mm.month-1"): Known("GLEAM", "evaporation", "mm day-1", 1.0, SECONDS_PER_DAY, per_month=True),
         ("SoilMoi0_10cm_inst", "kg m-2"): Known("GLDAS Noah", "soil_moisture", "m3 m-3", 0.01, layer=0)}


class Reference(NamedTuple):
    """Maps of a reference product.

    Attributes
    ----------
    known : Known
    months : ndarray of int (n_times,)
        Calendar month (0-11) of each map.
    day : int or None
        Day of the month of an instantaneous map; None for monthly means.
    values : ndarray (n_times, n_rows, n_columns)
        South first, in ``known.units``; NaN where missing.
    source : SourceGrid
    path : str
    """

    known: Known
    months: np.ndarray
    day: int | None
    values: np.ndarray
    source: regrid.SourceGrid
    path: str


class Comparison(NamedTuple):
    """Monthly maps of run and reference on the grid of the run, NaN where either is missing.

    Attributes
    ----------
    known : Known
    months : ndarray of int (n_months,)
    model, reference : ndarray (n_months, n_rows, n_columns)
        In ``known.units``.
    grid : Grid
    """

    known: Known
    months: np.ndarray
    model: np.ndarray
    reference: np.ndarray
    grid: Grid

    @property
    def name(self):
        """Product and variable, as a name of files."""
        return f"{self.known.product}_{self.known.variable}".lower().replace(" ", "_")

    def means(self):
        """Return the means over the months ``(n_rows, n_columns)`` of run and reference."""
        lengths = days_of_months(self.months)
        return (np.average(values, axis=0, weights=lengths) for values in (self.model, self.reference))


def days_of_months(months):
    """Return the days of calendar months (0-11)."""
    return np.array([31, 28.25, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])[months]


def read_reference(path):
    """Return the :class:`Reference` of a file, recognised by its variables and their units.

    Raises
    ------
    InputError
        For a file without a known variable or without a regular grid.
    """
    try:
        with h5netcdf.File(path, "r") as file:
            return _read(path, file)
    except (OSError, KeyError) as error:
        raise InputError(f"{path} cannot be read as a reference: {error}.") from error


def _read(path, file):
    units = {name: text_attribute(variable, "units") for name, variable in file.variables.items()}
    found = [name for name in file.variables if (name, units[name]) in KNOWN]
    if not found:
        raise InputError(f"{path} has none of the known variables.\n  found     {', '.join(sorted(file.variables))}\n"
                         f"  expected  {', '.join(f'{name} [{unit}]' for name, unit in KNOWN)}")
    name = found[0]
    known, variable = KNOWN[name, units[name]], file.variables[name]
    values = np.array(variable[...], np.float64)
    for key in MISSING:
        if key in variable.attrs:
            values[values == np.float64(np.ravel(variable.attrs[key])[0])] = np.nan
    latitude, longitude = (np.asarray(file.variables[axis][...], np.float64) for axis in ("lat", "lon"))
    if latitude[0] > latitude[-1]:
        latitude, values = latitude[::-1], values[:, ::-1]
    times = _times(file.variables["time"], units["time"])
    months = (times.astype("datetime64[M]").astype(np.int64) % 12).astype(int)
    instant = "point" in text_attribute(variable, "cell_methods")
    day = int((times[0].astype("datetime64[D]") - times[0].astype("datetime64[M]")).astype(int)) if instant else None
    values *= known.factor
    if known.per_month:
        values /= days_of_months(months)[:, None, None]
    edges = np.clip(regrid.edges_of(latitude), -90.0, 90.0), regrid.edges_of(longitude)
    return Reference(known, months, day, values, regrid.SourceGrid(*edges), str(path))


def _times(variable, units):
    """Return CF times as datetime64[s]; calendars only differ in days that no monthly map is named after."""
    import cftime

    dates = cftime.num2date(variable[...], units, text_attribute(variable, "calendar", "standard"))
    return np.array([np.datetime64(date.isoformat(), "s") for date in np.ravel(dates)])


def compare(dataset, reference):
    """Return the :class:`Comparison` of a history on a grid with a reference.

    Parameters
    ----------
    dataset : xarray.Dataset
        History of a run, ``latitude`` and ``longitude`` among its dimensions.
    reference : Reference
    """
    known = reference.known
    if known.variable not in dataset:
        raise InputError(f"The history has no {known.variable}, which {reference.path} is to be compared with. Add it to "
                         "output.variables.")
    grid = Grid.of_centres(dataset["latitude"].values, dataset["longitude"].values)
    field = dataset[known.variable]
    field = field if known.layer is None else field.isel(layer=known.layer)
    run_months, model = _instants(field, reference) if reference.day is not None else _monthly(dataset, field)
    months = np.array([month for month in run_months if month in reference.months])
    if not len(months):
        raise InputError(f"The run has no month in common with {reference.path}.")
    model = np.stack([model[run_months.index(month)] for month in months]) * known.factor_of_run
    maps = np.stack([_average(reference, month, grid) for month in months])
    both = np.isfinite(model).all(axis=0) & np.isfinite(maps).all(axis=0)
    return Comparison(known, months, np.where(both, model, np.nan), np.where(both, maps, np.nan), grid)


def _average(reference, month, grid):
    """Return the mean of a reference over a calendar month of all its years on a grid."""
    values = reference.values[reference.months == month].mean(axis=0)
    mean, fraction = regrid.average(values, np.isfinite(values), reference.source, grid)
    return np.where(fraction >= LEAST_VALID, mean, np.nan)


def _monthly(dataset, field):
    """Return calendar months (0-11) that are there as a whole and the means of a field over them."""
    bounds = dataset["time_bnds"].values.astype("datetime64[s]")
    middle = bounds[:, 0] + (bounds[:, 1] - bounds[:, 0]) // 2
    seconds = (bounds[:, 1] - bounds[:, 0]).astype(np.float64)
    month_of = middle.astype("datetime64[M]")
    months, maps = [], []
    for month in np.unique(month_of):
        here = month_of == month
        length = float(((month + 1).astype("datetime64[s]") - month.astype("datetime64[s]")).astype(np.int64))
        if seconds[here].sum() >= 0.9 * length:
            months.append(int(month.astype(np.int64) % 12))
            maps.append(np.average(field.values[here], axis=0, weights=seconds[here]))
    distinct = sorted(set(months))
    return distinct, [np.mean([own for number, own in zip(months, maps) if number == month], axis=0) for month in distinct]


def _instants(field, reference):
    """Return the month of an instantaneous reference and the mean of the states of the run on that day of the year."""
    ends = field["time"].values.astype("datetime64[s]") - np.timedelta64(1, "s")  # midnight ends a day
    months = ends.astype("datetime64[M]").astype(np.int64) % 12
    days = (ends.astype("datetime64[D]") - ends.astype("datetime64[M]")).astype(int)
    here = (months == reference.months[0]) & (days == reference.day)
    if not here.any():
        return [], []
    return [int(reference.months[0])], [field.values[here].mean(axis=0)]


class Row(NamedTuple):
    """Scores of one latitude band: area-weighted means, bias, RMSE of annual and of monthly maps, correlation of the maps."""

    band: str
    n_cells: int
    model: float
    reference: float
    bias: float
    rmse: float
    monthly_rmse: float
    correlation: float


def band_table(comparison):
    """Return a :class:`Row` for each of :data:`BANDS` that has cells."""
    model, reference = comparison.means()
    latitude = comparison.grid.latitudes
    weight = np.broadcast_to(comparison.grid.cell_area[:, None], model.shape)
    rows = []
    for name, south, north in BANDS:
        here = np.isfinite(model) & ((latitude >= south) & (latitude < north))[:, None]
        if not here.any():
            continue
        own, other, area = model[here], reference[here], weight[here]
        monthly = ((comparison.model[:, here] - comparison.reference[:, here]) ** 2).mean(axis=0)
        rows.append(Row(name, int(here.sum()), np.average(own, weights=area), np.average(other, weights=area),
                        np.average(own - other, weights=area), np.sqrt(np.average((own - other) ** 2, weights=area)),
                        np.sqrt(np.average(monthly, weights=area)), scores(own, other).correlation))
    return rows


def largest_misfits(comparison, count=8):
    """Return latitude, longitude, run and reference of the cells whose means over the months differ most."""
    model, reference = comparison.means()
    misfit = np.nan_to_num(np.abs(model - reference)).ravel()
    cells = np.argsort(-misfit)[:count]
    return [(*position, model.flat[cell], reference.flat[cell])
            for cell, position in zip(cells, zip(*comparison.grid.positions(cells)))]
