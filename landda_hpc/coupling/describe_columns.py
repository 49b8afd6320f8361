"""Files on columns in words: their grid, fields with units and times, and what a run would lack."""

import numpy as np

from landda_hpc.coupling.atmosphere import FIELDS, FORCING
from landda_hpc.coupling.column_files import TIME, name_in, times_of
from landda_hpc.coupling.column_places import COLUMN, has_columns, read_columns
from landda_hpc.errors import LanddaError
from landda_hpc.forcing.gridded.units import conversion
from landda_hpc.observations.netcdf import open_netcdf

HOUR = np.timedelta64(3600, "s")


def is_of_columns(path):
    """Return whether a file is NetCDF on columns; False for one that cannot be read."""
    try:
        return has_columns(path)
    except (LanddaError, OSError):
        return False


def describe_columns(paths, names=None):
    """Return what files on columns hold, as text, and whether an atmosphere of files could take them.

    Parameters
    ----------
    paths : sequence of path
    names : dict of str to NamedField, optional
        In place of the usual names of variables.
    """
    try:
        columns, times, fields = read_columns(paths[0]), [times_of(path) for path in paths], _fields(paths[0], names or {})
    except LanddaError as error:
        return f"not usable   {error}", False
    grid = "no known grid" if columns.grid is None else columns.grid.describe()
    lines = [f"format       columns, {len(paths)} file{'s' if len(paths) > 1 else ''}, {paths[0]}"
             + (f" to {paths[-1]}" if paths[1:] else ""),
             f"grid         {columns.n_columns} columns of {grid}, {int(columns.land.sum())} of them land",
             _times(np.sort(np.concatenate(times))), *(line for line, _ in fields.values())]
    lacking = [name for name in FORCING if not fields.get(name, ("", False))[1]]
    taken = [name for name in fields if fields[name][1]]
    lines.append(f"a run takes  {', '.join(taken) or 'nothing'}" + (
        f"; it lacks {', '.join(lacking)}: name them in atmosphere.source.variables" if lacking else ""))
    return "\n".join(lines), not lacking


def _times(times):
    steps = np.unique(np.diff(times)) / HOUR
    every = "" if not len(steps) else f", every {steps[0]:g} h" if len(steps) == 1 else (
        f", {steps[0]:g} to {steps[-1]:g} h apart")
    return f"times        {len(times)}, {times[0]} to {times[-1]} UTC{every}"


def _fields(path, names):
    """Return a line on each field of a file, and whether a run can take it."""
    lines = {}
    with open_netcdf(path) as variables:
        for field, known in FIELDS.items():
            name, units = name_in(variables, field, names)
            if name is None:
                continue
            units = units or variables[name].word("units")
            levels = [size for size, dim in zip(variables[name].shape, variables[name].dimensions) if dim not in (TIME, COLUMN)]
            of_levels = f", lowest of {levels[0]} levels" if levels else ""
            try:
                change = conversion(units, known.units, known.mean)
                problem = f"an amount over an interval, expected {known.units}" if change.amount else ""
            except ValueError as error:
                problem = f"{error}, expected {known.units}"
            kind = "mean of the interval before" if known.mean else "instant"
            lines[field] = (f"{field:12s} {name} [{units}] -> {known.long_name} [{known.units}], {kind}{of_levels}"
                            + (f": not usable, {problem}" if problem else "")), not problem
    return lines
