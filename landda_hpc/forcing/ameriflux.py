"""AmeriFlux level-2 CSV files (CDIAC layout of 2013) with forcing and fluxes, such as Walnut Gulch Kendall Grassland.

Local standard time; -9999 and -6999 are missing; relative humidity in %, pressure in kPa, precipitation in mm per
record, soil water in volume %.
"""

import re

import numpy as np

from landda_hpc.errors import InputError
from landda_hpc.forcing.assemble import ReadOptions, build_record
from landda_hpc.forcing.labels import label_note, utc_starts
from landda_hpc.forcing.tower import ObservedSeries, TowerSite
from landda_hpc.forcing.wind import wind_components

MISSING = (-9999.0, -6999.0)
FREEZING = 273.15
#: column of the file -> (forcing variable, factor, offset); precipitation is divided by the record length later
FORCING_COLUMNS = {
    "TA": ("air_temperature", 1.0, FREEZING),
    "RH": ("relative_humidity", 1.0, 0.0),
    "WS": ("eastward_wind", 1.0, 0.0),
    "PRESS": ("surface_pressure", 1000.0, 0.0),
    "Rg": ("shortwave_down", 1.0, 0.0),
    "Rgl": ("longwave_down", 1.0, 0.0),
}
#: column -> (quantity, units, factor, offset, column of the depth in cm or None, description)
OBSERVED_COLUMNS = {
    "LE": ("latent_heat_flux", "W m-2", 1.0, 0.0, None, "eddy covariance, positive upward"),
    "H": ("sensible_heat_flux", "W m-2", 1.0, 0.0, None, "eddy covariance, positive upward"),
    "FG": ("ground_heat_flux", "W m-2", 1.0, 0.0, None, "plates with storage, positive into the soil"),
    "Rn": ("net_radiation", "W m-2", 1.0, 0.0, None, "positive downward"),
    "RgOut": ("shortwave_up", "W m-2", 1.0, 0.0, None, "reflected shortwave"),
    "RglOut": ("longwave_up", "W m-2", 1.0, 0.0, None, "emitted and reflected longwave"),
    "TS1": ("soil_temperature", "K", 1.0, FREEZING, "TSdepth1", "soil temperature"),
    "TS2": ("soil_temperature", "K", 1.0, FREEZING, "TSdepth2", "soil temperature"),
    "SWC1": ("soil_moisture", "m3 m-3", 0.01, 0.0, "TSdepth1", "soil water at the depth of the temperature"),
    "SWC2": ("soil_moisture", "m3 m-3", 0.01, 0.0, "TSdepth2", "soil water at the depth of the temperature"),
}
SITES = {
    "Kendall Grassland": TowerSite(
        name="Walnut Gulch Kendall", latitude=31.7365, longitude=-109.9419, elevation=1531.0, land_cover=10,
        soil_type=3, deep_soil_temperature=290.5,
        greenness=(0.10, 0.10, 0.10, 0.11, 0.12, 0.13, 0.27, 0.38, 0.33, 0.20, 0.13, 0.11),
        temperature_height=3.2, wind_height=3.2, slope_class=2,
        initial_state={"soil_temperature": (298.0, 295.5, 293.0, 291.0),
                       "soil_moisture": (0.05, 0.10, 0.11, 0.12), "skin_temperature": 303.0, "canopy_water": 0.0,
                       "snow_water_equivalent": 0.0, "snow_depth": 0.0},
        set_up=("desert grassland: IGBP class 10; greenness estimated, the monsoon greens it in July",
                "soil: Stronghold series, 67 % sand, 17 % clay: sandy loam (class 3)",
                "deep temperature: mean air temperature of the tower 2004-2012",
                "heights: 3.2 m, the only height that the file gives (CO2height)",
                "slope class 2: 4 to 9 % slopes",
                "start state: soil water and temperature of the first records at 5 and 15 cm, estimated below")),
}
LAYOUT_LINES = 3  # names, units and percentages present, before the data


def read_ameriflux_l2(path, observations=None, options=ReadOptions()):
    """Return the record and the fluxes and soil observations of the same file.

    A tower that :data:`SITES` does not know needs the classes, soil and greenness from the option ``site``.
    """
    if observations:
        raise InputError(f"{observations}: in the ameriflux_l2 format the observations are in the forcing file itself; "
                         "leave the entry out.")
    header, columns = _table(path)
    site = _site(path, header, options)
    labels, interval = _labels(path, columns)
    position, utc_offset, reason = options.clock(
        "end", float(round(site.longitude / 15.0)),
        "local standard time of the longitude; the shortwave follows the sun within 0.2 h with end labels")
    starts = utc_starts(labels, interval, position, utc_offset)
    forcing = {name: columns[column] * factor + offset
               for column, (name, factor, offset) in FORCING_COLUMNS.items() if _present(columns, column)}
    forcing["precipitation"] = columns["PREC"] / interval
    if _present(columns, "WD"):
        forcing["eastward_wind"], forcing["northward_wind"] = wind_components(columns["WS"], columns["WD"])
    notes = (label_note(position, utc_offset, reason),
             f"units: TA degC + 273.15, PRESS kPa * 1000, PREC mm per record / {interval} s, SWC % * 0.01")
    return build_record(path, starts, interval, forcing, site, notes,
                        _observations(columns, starts, interval), options)


def _table(path):
    """Return the text header and the columns with NaN for missing values."""
    with open(path, encoding="ascii", errors="replace") as file:
        lines = file.readlines()
    names_row = next((row for row, line in enumerate(lines) if line.startswith("YEAR")), None)
    if names_row is None:
        raise InputError(f"{path}: no line starting with YEAR; expected an AmeriFlux level-2 CSV with its header.")
    names = [name.strip() for name in lines[names_row].split(",")]
    rows = [line.split(",") for line in lines[names_row + LAYOUT_LINES:] if line.strip()]
    ragged = next((row for row, cells in enumerate(rows) if len(cells) != len(names)), None)
    if ragged is not None:
        raise InputError(f"{path}: data row {ragged + 1} has {len(rows[ragged])} cells, the header {len(names)} names.")
    table = np.array(rows, dtype=np.float64)
    table[np.isin(table, MISSING)] = np.nan
    columns = dict(zip(names, table.T))
    lacking = [name for name in ("YEAR", "DOY", "HRMIN", "PREC", *FORCING_COLUMNS)
               if name != "Rgl" and name not in columns]
    if lacking:
        raise InputError(f"{path}: columns {', '.join(lacking)} are not there.")
    return "".join(lines[:names_row]), columns


def _present(columns, name):
    """Tell whether the file has a column with at least one value (a column of only missing values is no column)."""
    return name in columns and np.isfinite(columns[name]).any()


def _labels(path, columns):
    """Return the local time labels and the interval [s], from year, day of the year and hours*100 + minutes."""
    clock = columns["HRMIN"].astype(int)
    minutes = (columns["DOY"].astype(int) - 1) * 1440 + clock // 100 * 60 + clock % 100
    year = (columns["YEAR"].astype(int) - 1970).astype("datetime64[Y]")
    labels = year.astype("datetime64[s]") + (minutes * 60).astype("timedelta64[s]")
    steps = np.diff(labels).astype(np.int64)
    if not steps.size or steps.min() <= 0:
        raise InputError(f"{path}: YEAR, DOY and HRMIN do not increase from row to row.")
    return labels, int(steps.min())


def _site(path, header, options):
    """Return the known site, or one from the header and the user's entries."""
    name = re.search(r"Sitename:\s*(.+)", header)
    place = re.search(r"Latitude:\s*(\S+)\s+Longitude:\s*(\S+)\s+Elevation \(masl\):\s*(\S+)", header)
    if name is None or place is None:
        raise InputError(f"{path}: the header lacks 'Sitename:' or 'Location: Latitude: ... Longitude: ...'.")
    known = next((site for key, site in SITES.items() if name[1].startswith(key)), None)
    if known is not None:
        return known
    needed = ("land_cover", "soil_type", "deep_soil_temperature", "greenness")
    lacking = [key for key in needed if key not in options.site]
    if lacking:
        raise InputError(f"{path}: the tower {name[1].strip()!r} is not known to the package; give "
                         f"{', '.join(lacking)} in its site section.")
    latitude, longitude, elevation = (float(number) for number in place.groups())
    return TowerSite(name[1].strip(), latitude, longitude, elevation,
                     **{key: options.site[key] for key in needed}, set_up=("place: header of the file",))


def _observations(columns, starts, interval):
    """Return the observed series; the depth is the one the file gives most often."""
    series = {}
    for column, (quantity, units, factor, offset, depth_column, description) in OBSERVED_COLUMNS.items():
        if not _present(columns, column):
            continue
        depth, name = None, quantity
        if depth_column is not None:
            depth = float(np.nanmedian(columns[depth_column])) / 100.0
            name = f"{quantity}_{depth:g}m"
        series[name] = ObservedSeries(quantity, starts, columns[column] * factor + offset, units, depth, interval,
                                      f"{column}: {description}")
    return series
