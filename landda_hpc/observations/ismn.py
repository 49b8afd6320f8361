"""Stations of the International Soil Moisture Network, files ``.stm`` in their three layouts.

``header_values`` has a line on the station and then date, value and flags; ``ceop_sep`` repeats the station in every line;
``ceop`` has all depths of a station with temperature and moisture. Times are UTC; only values flagged good are accepted.
"""

import re

import numpy as np

from landda_hpc.observations.batch import seconds_of
from landda_hpc.observations.codes import reject
from landda_hpc.observations.refusal import ProductRefusal
from landda_hpc.observations.series import check_range, make_series

PRODUCT = "ismn"
GOOD = "G"
LEAST_VALUE = -900.0  # what is below stands for missing
LONGEST_LINE = 400  # characters
_TIME = r"(\d{4})/(\d\d)/(\d\d) +(\d\d):(\d\d)"
_NUMBER, _FLAG = r"(-?\d+\.?\d*)", r"([A-Z]\d{0,2}(?:,[A-Z]\d{0,2})*)"
_STATION = rf"(\S+) +(\S+) +(\S+) +{_NUMBER} +{_NUMBER} +{_NUMBER}"
LAYOUTS = {
    "header_values": re.compile(rf"{_STATION} +{_NUMBER} +{_NUMBER} +(.+)$"),
    "ceop_sep": re.compile(rf"{_TIME} +{_TIME} +{_STATION} +{_NUMBER} +{_NUMBER} +{_NUMBER} +{_FLAG}(?: +\S+)?$"),
    "ceop": re.compile(rf"{_TIME} +{_TIME} +{_STATION} +(\S+) +{_NUMBER} +{_NUMBER} +{_FLAG} +{_NUMBER} +{_FLAG}$"),
}
_VALUE = re.compile(rf"{_TIME} +{_NUMBER} +{_FLAG}(?: +\S+)?$")


def layout_of(head):
    """Return the layout of a file that begins with these bytes, None if it is of another kind."""
    line = head[:LONGEST_LINE].splitlines()[:1]
    try:
        line = line[0].decode("ascii").strip() if line else ""
    except UnicodeDecodeError:
        return None
    return next((name for name, pattern in LAYOUTS.items() if pattern.match(line)), None)


def read_ismn(path, valid_range=(0.0, 1.0)):
    """Return the series of a station with their codes [m3 m-3], one location for each depth.

    Raises
    ------
    ProductRefusal
    """
    with open(path, "rb") as file:
        content = file.read()
    layout = layout_of(content[:LONGEST_LINE])
    if layout is None:
        raise ProductRefusal(path, "foreign", "its first line is in none of the three layouts of ISMN.")
    lines = [line.strip() for line in content.decode("latin-1").splitlines()]
    lines = [(number, line) for number, line in enumerate(lines, 1) if line]
    rows = _rows(path, lines, layout)
    if not rows:
        raise ProductRefusal(path, "empty", "it has no values.")
    dates, station, depths, value, flags = zip(*rows)
    value = np.array(value, np.float64)
    value[value < LEAST_VALUE] = np.nan
    if len(set(station)) > 1:
        raise ProductRefusal(path, "inconsistent", f"{len(set(station))} stations, expected one.", "Fetch it again.")
    known, location = np.unique(np.array(depths), axis=0, return_inverse=True)
    names, word = np.unique(flags, return_inverse=True)
    code = np.zeros(len(value), np.int16)
    check_range(code, value, valid_range, "E1")
    reject(code, np.array(flags) != GOOD, "E7")
    network, name, latitude, longitude, height = station[0]
    labels = {number: f"{network} {name}, {height:g} m, {top:g} to {bottom:g} m deep"
              for number, (top, bottom) in enumerate(known)}
    location = location.ravel()
    return make_series((location, np.full(len(value), latitude), np.full(len(value), longitude)), _times(path, dates), value,
                       PRODUCT, path, flag=word.ravel(), code=code, meanings=tuple(names.tolist()), flag_is_bits=False,
                       labels=labels)


def _rows(path, lines, layout):
    """Return date, station, depths, value and flag of every line."""
    if layout == "header_values":
        header = LAYOUTS[layout].match(lines[0][1]).groups()
        station, depths = _station(header[:6]), tuple(float(number) for number in header[6:8])
        return [(found[:5], station, depths, float(found[5]), found[6]) for found in _matched(path, lines[1:], _VALUE)]
    rows = []
    for found in _matched(path, lines, LAYOUTS[layout]):
        if layout == "ceop_sep":
            depths, value, flag = (float(found[16]), float(found[17])), float(found[18]), found[19]
        else:
            depths, value, flag = (float(found[17]), float(found[17])), float(found[20]), found[21]
        rows.append((found[:5], _station(found[10:16]), depths, value, flag))
    return rows


def _matched(path, lines, pattern):
    """Yield what a pattern finds in every line."""
    for number, line in lines:
        found = pattern.match(line)
        if not found:
            reason = "truncated" if number == lines[-1][0] else "damaged"
            raise ProductRefusal(path, reason, f"line {number} is {line[:60]!r}, not in the layout of the first.",
                                 "Fetch it again.")
        yield found.groups()


def _station(parts):
    return (parts[0], parts[2], *(float(part) for part in parts[3:6]))


def _times(path, dates):
    """Return times of dates in parts [s since 2000-01-01 UTC]."""
    try:
        return seconds_of(np.array([f"{year}-{month}-{day}T{hour}:{minute}" for year, month, day, hour, minute in dates],
                                   "datetime64[s]"))
    except ValueError as error:
        raise ProductRefusal(path, "damaged", f"{error}.", "Fetch it again.") from error
