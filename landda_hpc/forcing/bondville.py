"""Single-point forcing files of NCAR's HRLDAS, as of the Bondville tower (Illinois) in 1998 and 2001.

The header of such a file carries Fortran namelists: the place, a start state and the conversions to SI. The reader
applies the conversions of the header, so both years (degC, % and inches; K, kg/kg and mm) go the same way.
"""

import re

import numpy as np

from landda_hpc.errors import InputError
from landda_hpc.forcing.assemble import ReadOptions, build_record
from landda_hpc.forcing.labels import label_note, labels_from_parts, utc_starts
from landda_hpc.forcing.tower import ObservedSeries, TowerSite

INTERVAL = 1800
GREENNESS = (0.01, 0.02, 0.07, 0.17, 0.27, 0.58, 0.93, 0.96, 0.65, 0.24, 0.11, 0.02)
OBSERVED_DEPTHS = {"SM1": 0.05, "SM2": 0.25}  # m, middle of the upper two Noah layers
HEADER_KEYS = ("latitude", "longitude", "vegetation_category", "soil_category", "deep_soil_temperature", "elevation",
               "have_relative_humidity", "temperature_offset", "temperature_scale", "pressure_scale",
               "precipitation_scale", "soil_layer_thickness", "soil_temperature", "soil_moisture", "skin_temperature",
               "canopy_water", "snow_water_equivalent", "snow_depth")


def read_bondville_1998(path, observations=None, options=ReadOptions()):
    """Return the :class:`~landda_hpc.forcing.tower.TowerRecord` of a file whose labels name the end of the record.

    With ``labels: start`` in `options` the records move half an hour, to where the reference run of Noah has them.
    """
    return _read(path, "end", "the shortwave comes 0.25 h after the sun when labels are taken as instants",
                 observations, options)


def read_bondville_2001(path, observations=None, options=ReadOptions()):
    """Return the record of 2001, labels naming the start; `observations`: path of ``Bondville_obs_2001.dat``."""
    return _read(path, "start", "the shortwave comes 0.4 h before the sun when labels are taken as instants",
                 observations, options)


def is_hrldas(head):
    """Tell whether the first lines are the header of such a file; returns its ``have_relative_humidity`` or None."""
    if "&location" not in head or "&conversion" not in head:
        return None
    return _header("", head)["have_relative_humidity"]


def _read(path, position, reason, observations, options):
    with open(path, encoding="ascii", errors="replace") as file:
        lines = file.readlines()
    first = next((row + 2 for row, line in enumerate(lines) if line.startswith("yyyy mm dd")), None)
    if first is None:
        raise InputError(f"{path}: no line 'yyyy mm dd hh mi' above the data; expected an HRLDAS single-point file.")
    header = _header(path, "".join(lines[:first]))
    table = _table(path, lines, first)
    labels = labels_from_parts(path, *table[:, :5].astype(int).T)
    position, utc_offset, reason = options.clock(position, 0.0, reason)
    wind, temperature, humidity, pressure, shortwave, longwave, precipitation = table[:, 5:].T
    columns = {
        "air_temperature": temperature * header["temperature_scale"] + header["temperature_offset"],
        "relative_humidity" if header["have_relative_humidity"] else "specific_humidity": humidity,
        "eastward_wind": wind,
        "surface_pressure": pressure * header["pressure_scale"],
        "shortwave_down": shortwave,
        "longwave_down": longwave,
        "precipitation": precipitation * header["precipitation_scale"],
    }
    notes = (label_note(position, utc_offset, reason),
             f"conversions of the file header: temperature * {header['temperature_scale']:g} + "
             f"{header['temperature_offset']:g}, pressure * {header['pressure_scale']:g}, precipitation * "
             f"{header['precipitation_scale']:g} kg m-2 s-1 per unit of the file")
    series, added = read_observations(observations) if observations else ({}, ())
    return build_record(path, utc_starts(labels, INTERVAL, position, utc_offset), INTERVAL, columns,
                        _site(header, notes[0]), notes + added, series, options)


def _table(path, lines, first):
    """Return the numbers ``(n_records, 12)``."""
    try:
        table = np.array([line.split() for line in lines[first:] if line.strip()], dtype=np.float64)
    except ValueError as error:
        raise InputError(f"{path}: the data from line {first + 1} on are not all rows of 12 numbers ({error})."
                         ) from error
    if table.ndim != 2 or table.shape[1] != 12:
        raise InputError(f"{path}: the data have shape {table.shape}, expected rows of 12 numbers.")
    return table


def _header(path, text):
    """Return the entries of the namelists that matter; lists as tuples."""
    found = {}
    for name, value in re.findall(r"^\s*(\w+)\s*=\s*([^!\n]*)", text, flags=re.MULTILINE):
        value = value.strip()
        if value.lower() in (".true.", ".false."):
            found[name] = value.lower() == ".true."
        elif name in HEADER_KEYS:
            numbers = tuple(float(number) for number in value.split(","))
            found[name] = numbers if len(numbers) > 1 else numbers[0]
    missing = [key for key in HEADER_KEYS if key not in found]
    if missing:
        raise InputError(f"{path}: the header lacks {', '.join(missing)}.")
    return found


def _site(header, time_note):
    """Return the site and its start state; canopy water and snow of the header are in mm = kg m-2."""
    names = ("soil_temperature", "soil_moisture", "skin_temperature", "canopy_water", "snow_water_equivalent",
             "snow_depth")
    return TowerSite(
        name="Bondville", latitude=header["latitude"], longitude=header["longitude"], elevation=header["elevation"],
        land_cover=int(header["vegetation_category"]), soil_type=int(header["soil_category"]),
        deep_soil_temperature=header["deep_soil_temperature"], greenness=GREENNESS,
        temperature_height=3.0, wind_height=6.0, slope_class=1, time_note=time_note,
        initial_state={name: header[name] for name in names},
        set_up=("place, classes, deep temperature and start state (soil layers of "
                f"{', '.join(f'{depth:g}' for depth in header['soil_layer_thickness'])} m): header of the file",
                "heights 3 m and 6 m, greenness, slope class 1: the Bondville test case of NASA LIS"))


def read_observations(path):
    """Return the daily soil moisture and leaf area index of ``Bondville_obs_2001.dat`` and the notes on them."""
    with open(path, encoding="ascii") as file:
        names = file.readline().split()
        rows = [line.split() for line in file if line.strip()]
    if names[:1] != ["TIMESTAMP"]:
        raise InputError(f"{path}: the first line is {' '.join(names)[:60]!r}, expected it to start with TIMESTAMP.")
    stamps = np.array([row[0] for row in rows])
    parts = [np.array([int(stamp[begin:end]) for stamp in stamps]) for begin, end in ((0, 4), (4, 6), (6, 8), (8, 10))]
    days = labels_from_parts(path, *parts)
    values = np.array([row[1:] for row in rows], dtype=np.float64)
    values[values <= -999.0] = np.nan
    series = {}
    for name, depth in OBSERVED_DEPTHS.items():
        series[f"soil_moisture_{depth:g}m"] = ObservedSeries(
            "soil_moisture", days, values[:, names.index(name) - 1], "m3 m-3", depth, 86400, f"{name}, daily")
    series["leaf_area_index"] = ObservedSeries("leaf_area_index", days, values[:, names.index("LAI") - 1], "m2 m-2",
                                               None, 86400, "LAI, daily")
    return series, ("observations: SM1 and SM2 have no stated depth and are taken for the upper two Noah layers "
                    "(0.05 and 0.25 m); values are taken as means over the UTC day",)
