"""Move a tile between the planes of all columns and its scratch buffer."""

from landda_hpc.jit import driver_kernel
from landda_hpc.noah.tiles import rows
from landda_hpc.noah.tiles.rows import WIDTH


@driver_kernel
def any_set(S, row):
    """Return whether a flag row is set in any column of the tile."""
    count = 0
    for w in range(WIDTH):
        count += 1 if S[row + w] > 0.5 else 0
    return count > 0


@driver_kernel
def load_columns(S, plane_rows, planes, first, stop):
    """Copy planes ``(n_planes, n_columns)`` from ``first`` to ``stop`` into their rows; the last column fills the last tile."""
    width = min(WIDTH, stop - first)
    for plane in range(len(plane_rows)):
        row = S[plane_rows[plane]:plane_rows[plane] + WIDTH]
        own = planes[plane, first:first + width]
        for w in range(width):
            row[w] = own[w]
        for w in range(width, WIDTH):
            row[w] = own[width - 1]


@driver_kernel
def load_points(S, plane_rows, planes, points):
    """Copy planes ``(n_planes, n_points)`` into their rows: ``points`` ``(WIDTH,)`` of the tile, equal ones together."""
    begin = 0
    while begin < WIDTH:
        point, end = points[begin], begin + 1
        while end < WIDTH and points[end] == point:
            end += 1
        for plane in range(len(plane_rows)):
            S[plane_rows[plane] + begin:plane_rows[plane] + end] = planes[plane, point]
        begin = end


@driver_kernel
def load_row(S, row, values, columns):
    """Copy one plane ``(n_columns,)`` into its row."""
    for w in range(WIDTH):
        S[row + w] = values[columns[w]]


@driver_kernel
def load_forcing(S, forcing, points):
    """Copy the forcing that all members of a point share into its rows, ``points`` being the tile's ``(WIDTH,)``."""
    load_row(S, rows.air_temperature, forcing.air_temperature, points)
    load_row(S, rows.specific_humidity, forcing.specific_humidity, points)
    load_row(S, rows.eastward_wind, forcing.eastward_wind, points)
    load_row(S, rows.northward_wind, forcing.northward_wind, points)
    load_row(S, rows.surface_pressure, forcing.surface_pressure, points)


@driver_kernel
def load_beside_forcing(S, beside, points, forced_exchange):
    """Copy what comes with the forcing, planes ``(3, n_points)`` in the order of its rows.

    Exchange coefficients are copied only if some are forced.
    """
    load_row(S, rows.forcing_records, beside[0], points)
    if forced_exchange:
        load_row(S, rows.forced_heat_exchange, beside[1], points)
        load_row(S, rows.forced_momentum_exchange, beside[2], points)


@driver_kernel
def store_columns(S, plane_rows, planes, first, stop):
    """Copy rows into the planes of the columns from ``first`` to ``stop``; padded columns of the last tile are dropped."""
    width = min(WIDTH, stop - first)
    for plane in range(len(plane_rows)):
        row = plane_rows[plane]
        for w in range(width):
            planes[plane, first + w] = S[row + w]


@driver_kernel
def store_good_columns(S, plane_rows, planes, first, stop):
    """Copy rows into the planes of the columns whose status is zero; the others keep the state before the step."""
    width = min(WIDTH, stop - first)
    status = S[rows.status:rows.status + WIDTH]
    for plane in range(len(plane_rows)):
        row = S[plane_rows[plane]:plane_rows[plane] + WIDTH]
        own = planes[plane, first:first + width]
        for w in range(width):
            own[w] = row[w] if status[w] == 0.0 else own[w]


@driver_kernel
def add_columns(S, plane_rows, planes, first, stop):
    """Add rows to the planes of the columns from ``first`` to ``stop``; padded columns of the last tile are dropped."""
    width = min(WIDTH, stop - first)
    for plane in range(len(plane_rows)):
        row = S[plane_rows[plane]:plane_rows[plane] + WIDTH]
        own = planes[plane, first:first + width]
        for w in range(width):
            own[w] += row[w]


@driver_kernel
def add_to_sums(S, summed_rows, sums, points, width):
    """Add rows of the first ``width`` columns to the sums of their points ``(n_sums, n_points)``, member by member.

    Columns that went wrong count nothing.
    """
    for w in range(width):  # the terms inside: their sums do not wait for each other
        good = S[rows.status + w] == 0.0
        for term in range(len(summed_rows)):
            sums[term, points[w]] += S[summed_rows[term] + w] if good else 0.0


@driver_kernel
def water_to_metres(S):
    """Convert the stores of canopy and snow from kg m-2 to metres of water, as Noah's formulas want them."""
    for w in range(WIDTH):
        S[rows.canopy_water + w] = S[rows.canopy_water + w] / 1000.0
        S[rows.snow_water_equivalent + w] = S[rows.snow_water_equivalent + w] / 1000.0


@driver_kernel
def water_to_mass(S):
    """Convert the stores of canopy and snow from metres of water to kg m-2."""
    for w in range(WIDTH):
        S[rows.canopy_water + w] = S[rows.canopy_water + w] * 1000.0
        S[rows.snow_water_equivalent + w] = S[rows.snow_water_equivalent + w] * 1000.0
