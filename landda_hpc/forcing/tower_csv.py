"""A tower in one CSV file that can be written by hand: header lines for the site, one row for each record.

::

    # name: My meadow
    # latitude: 46.67
    # longitude: 10.58
    # elevation: 1480
    # land_cover: 10                  (class of MODIFIED_IGBP_MODIS_NOAH)
    # soil_type: 6                    (STATSGO class)
    # deep_soil_temperature: 280.5    (K; the mean air temperature of the year will do)
    # greenness: 0.1 0.1 0.2 0.4 0.6 0.8 0.8 0.8 0.6 0.4 0.2 0.1
    # temperature_height: 2           (m above ground)
    # wind_height: 10
    # labels: start                   (the time names the start, middle or end of the record)
    # utc_offset: 1                   (clock of the file minus UTC, hours)
    time,air_temperature[C],relative_humidity[%],wind_speed[m s-1],surface_pressure[hPa],shortwave_down[W m-2],\
precipitation[mm],obs_soil_moisture_0.05m[%]
    2019-05-01T00:00,8.4,71,1.2,853.1,0,0.0,31.2

Text in brackets after a number of the header is a comment. Optional header entries: ``slope_class``, ``interval``
(seconds, else from the times), ``start_<state variable>`` (one number, or one per soil layer), ``set_up`` and
``note`` (free text, as often as wanted); without them ``labels`` is start and ``utc_offset`` 0. Columns:
``specific_humidity`` or ``relative_humidity``; ``wind_speed``, alone or with ``wind_direction`` (where it blows
from), or ``eastward_wind`` and ``northward_wind``; ``longwave_down`` may be absent and is then estimated;
``heat_exchange_coefficient`` and ``momentum_exchange_coefficient``, both times the wind speed, take the place of the
surface layer's (that of heat alone is only its first guess). Units: :mod:`landda_hpc.forcing.units`. Observations are
columns ``obs_<quantity>`` or ``obs_<quantity>_<depth>m``, here or in a second file of the same layout with its own
times. Empty, ``nan``, -9999 and -6999 are missing. ``.gz`` is understood.
"""

import gzip
import re

import numpy as np

from landda_hpc.errors import InputError
from landda_hpc.forcing.assemble import ReadOptions, build_record
from landda_hpc.forcing.labels import LABELS, label_note, utc_starts
from landda_hpc.forcing.tower import ObservedSeries, TowerSite
from landda_hpc.forcing.units import observed_to_si, to_si
from landda_hpc.forcing.wind import wind_components

MISSING_CODES = (-9999.0, -6999.0)
SITE_NUMBERS = ("latitude", "longitude", "elevation", "deep_soil_temperature", "temperature_height", "wind_height")
SITE_CLASSES = ("land_cover", "soil_type", "slope_class")
REQUIRED = ("name", "latitude", "longitude", "elevation", "land_cover", "soil_type", "deep_soil_temperature",
            "greenness")
OTHER_ENTRIES = ("name", "greenness", "labels", "utc_offset", "interval", "note", "set_up")
START_PREFIX = "start_"


def read_tower_csv(path, observations=None, options=ReadOptions()):
    """Return the record of a CSV tower file; `observations` is a second file of the same layout or None."""
    header, names, times, table = read_table(path)
    labels, interval, position, utc_offset, reason = _clock(path, header, times, options)
    starts = utc_starts(labels, interval, position, utc_offset)
    forcing, series, units = {}, {}, []
    for (name, unit), values in zip(names, table.T):
        if name.startswith("obs_"):
            series.update(_observed(path, name, unit, starts, values, interval))
        else:
            forcing[name] = to_si(path, name, unit, values, interval)
            units.append(f"{name} [{unit}]")
    _wind(path, forcing)
    if "longwave_down" in forcing and not np.isfinite(forcing["longwave_down"]).any():
        del forcing["longwave_down"]
    notes = (label_note(position, utc_offset, reason), f"columns of the file: {', '.join(units)}",
             *header.get("note", ()))
    if observations:
        series.update(read_observation_csv(observations))
    return build_record(path, starts, interval, forcing, _site(path, header, notes[0]), notes, series, options)


def read_observation_csv(path):
    """Return the observed series of a file with only ``obs_`` columns; ``interval: 0`` marks instantaneous values."""
    header, names, times, table = read_table(path)
    labels, interval, position, utc_offset, _ = _clock(path, header, times, ReadOptions())
    starts = utc_starts(labels, interval, position, utc_offset)
    series = {}
    for (name, unit), values in zip(names, table.T):
        if not name.startswith("obs_"):
            raise InputError(f"{path}: column {name!r} in a file of observations; expected obs_<quantity>.")
        series.update(_observed(path, name, unit, starts, values, interval))
    return series


def open_text(path, mode="rt"):
    """Open a plain or gzipped text file."""
    if str(path).endswith(".gz"):
        return gzip.open(path, mode, encoding="utf-8")
    return open(path, mode, encoding="utf-8")


def read_table(path):
    """Return the header entries, ``[(name, unit)]`` of the columns, the time labels and the numbers with NaN."""
    header, rows, title = {}, [], None
    with open_text(path) as file:
        for number, line in enumerate(file, start=1):
            line = line.strip()
            if line.startswith("#"):
                key, found, value = line[1:].partition(":")
                if found:
                    header.setdefault(key.strip(), []).append(value.strip())
            elif line and title is None:
                title = [cell.strip() for cell in line.split(",")]
            elif line:
                rows.append((number, line.split(",")))
    if title is None or title[0] != "time" or not rows:
        raise InputError(f"{path}: no data below a row of column names; expected a first column 'time'.")
    for number, cells in rows:
        if len(cells) != len(title):
            raise InputError(f"{path}: line {number} has {len(cells)} cells, expected {len(title)}.")
    times = _column(path, rows, 0, "time", lambda cell: np.datetime64(cell.strip().rstrip("Z"), "s"))
    values = [_column(path, rows, column, title[column], _number) for column in range(1, len(title))]
    table = np.array(values, dtype=np.float64).T.reshape(len(rows), len(title) - 1)
    table[np.isin(table, MISSING_CODES)] = np.nan
    return header, [_name_and_unit(path, cell) for cell in title[1:]], np.array(times, dtype="datetime64[s]"), table


def _number(cell):
    number = float(cell) if cell.strip() else np.nan
    if np.isinf(number):
        raise ValueError("infinite")
    return number


def _column(path, rows, column, name, convert):
    """Return one converted column, naming the line of a cell that cannot be read."""
    values = []
    for number, cells in rows:
        try:
            values.append(convert(cells[column]))
        except ValueError as error:
            expected = "an ISO 8601 time such as 2019-05-01T00:30" if column == 0 else "a number or nothing"
            raise InputError(f"{path}: line {number}, column {name}: found {cells[column]!r}, expected {expected}."
                             ) from error
    return values


def _name_and_unit(path, cell):
    match = re.fullmatch(r"(\w[\w.]*)\s*\[([^\]]+)\]", cell)
    if match is None:
        raise InputError(f"{path}: column {cell!r} has no unit; expected name[unit], such as air_temperature[C].")
    return match.groups()


def _entry(header, key):
    """Return the last value of a header entry without its comment in brackets, or None."""
    if key not in header:
        return None
    return re.sub(r"\s*\(.*\)\s*$", "", header[key][-1])


def _numbers(path, header, key):
    """Return the numbers of a header entry."""
    text = _entry(header, key)
    try:
        return tuple(float(number) for number in text.replace(",", " ").split())
    except ValueError as error:
        raise InputError(f"{path}: header entry {key}: {text!r} is not made of numbers.") from error


def _clock(path, header, labels, options):
    """Return labels, interval, label position, clock offset and the reason of these."""
    if "interval" in header:
        interval = int(_numbers(path, header, "interval")[0])
    else:
        steps = np.diff(labels).astype(np.int64)
        if not steps.size or steps.min() <= 0:
            raise InputError(f"{path}: the times do not increase from row to row (or there is only one row).")
        interval = int(steps.min())
    position = _entry(header, "labels") or "start"
    if position not in LABELS:
        raise InputError(f"{path}: header entry labels: {position!r} is not known; expected {', '.join(LABELS)}.")
    offset = _numbers(path, header, "utc_offset")[0] if "utc_offset" in header else 0.0
    return (labels, interval, *options.clock(position, offset, "header of the file"))


def _site(path, header, time_note):
    """Return the site of the header lines."""
    known = {*SITE_NUMBERS, *SITE_CLASSES, *OTHER_ENTRIES}
    unknown = [key for key in header if key not in known and not key.startswith(START_PREFIX)]
    lacking = [key for key in REQUIRED if key not in header]
    if unknown or lacking:
        raise InputError(f"{path}: the header " + "; ".join(
            ([f"lacks {', '.join(lacking)}"] if lacking else [])
            + ([f"has unknown entries {', '.join(unknown)} (known: {', '.join(sorted(known))}, start_<variable>)"]
               if unknown else [])) + ".")
    entries = {key: _numbers(path, header, key)[0] for key in SITE_NUMBERS if key in header}
    entries.update({key: int(_numbers(path, header, key)[0]) for key in SITE_CLASSES if key in header})
    start = {}
    for key in header:
        if key.startswith(START_PREFIX):
            values = _numbers(path, header, key)
            start[key.removeprefix(START_PREFIX)] = values if len(values) > 1 else values[0]
    return TowerSite(name=header["name"][-1], greenness=_numbers(path, header, "greenness"), time_note=time_note,
                     initial_state=start or None, set_up=tuple(header.get("set_up", ())), **entries)


def _wind(path, forcing):
    """Turn speed and direction into components, in place."""
    if "wind_speed" not in forcing:
        return
    if "eastward_wind" in forcing or "northward_wind" in forcing:
        raise InputError(f"{path}: wind_speed beside eastward_wind or northward_wind; expected one of the two ways.")
    speed = forcing.pop("wind_speed")
    direction = forcing.pop("wind_direction", None)
    if direction is None:
        forcing["eastward_wind"] = speed
        return
    forcing["eastward_wind"], forcing["northward_wind"] = wind_components(speed, direction)


def _observed(path, name, unit, starts, values, interval):
    """Return one series under its name without the prefix."""
    name = name.removeprefix("obs_")
    match = re.fullmatch(r"(.+)_(\d+(?:\.\d+)?)m", name)
    quantity, depth = (match[1], float(match[2])) if match else (name, None)
    values, unit = observed_to_si(path, quantity, unit, values)
    return {name: ObservedSeries(quantity, starts, values, unit, depth, interval, f"obs_{name} of the file")}
