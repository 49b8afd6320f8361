"""Col de Porte (France, 1325 m): hourly forcing and daily snow observations in the text layout of the FSM model."""

import numpy as np

from landda_hpc.errors import InputError
from landda_hpc.forcing.assemble import ReadOptions, build_record
from landda_hpc.forcing.labels import label_note, labels_from_parts, utc_starts
from landda_hpc.forcing.tower import ObservedSeries, TowerSite

INTERVAL = 3600
FREEZING = 273.15
#: column of the daily file after the date -> (name, quantity, units, offset, depth [m], description)
OBSERVED_COLUMNS = (
    ("albedo", "albedo", "1", 0.0, None, "daily mean albedo"),
    ("snow_runoff", "snow_runoff", "kg m-2", 0.0, None, "daily sum of the lysimeter under the snow"),
    ("snow_depth", "snow_depth", "m", 0.0, None, "daily mean snow depth"),
    ("snow_water_equivalent", "snow_water_equivalent", "kg m-2", 0.0, None, "daily snow water equivalent"),
    ("skin_temperature", "skin_temperature", "K", FREEZING, None, "daily mean surface temperature, infrared"),
    ("soil_temperature_0.2m", "soil_temperature", "K", FREEZING, 0.2, "daily mean soil temperature"),
)
SITE = TowerSite(
    name="Col de Porte", latitude=45.30, longitude=5.77, elevation=1325.0, land_cover=10, soil_type=7,
    deep_soil_temperature=281.5,
    greenness=(0.15, 0.15, 0.15, 0.22, 0.50, 0.70, 0.75, 0.72, 0.60, 0.42, 0.25, 0.18),
    temperature_height=1.5, wind_height=10.0, slope_class=1,
    initial_state={"soil_temperature": (282.98, 284.17, 284.70, 284.70), "soil_moisture": (0.30, 0.30, 0.30, 0.30),
                   "skin_temperature": 277.8, "canopy_water": 0.0, "snow_water_equivalent": 0.0, "snow_depth": 0.0},
    set_up=("mountain meadow: IGBP class 10; greenness estimated, dormant under snow from November to April",
            "soil: sand 60 %, clay 30 %: sandy clay loam (class 7)",
            "soil temperature at the start and temperature height 1.5 m: the example of the FSM model (Essery 2015)",
            "deep temperature: between the mean air temperature (about 6 degC) and the warmer soil under the snow",
            "soil moisture estimated: near field capacity after a wet September; no snow on 1 October"))


def read_col_de_porte(path, observations=None, options=ReadOptions()):
    """Return the record; `observations` is the path of the daily file (``obs_CdP_0506.txt``) or None.

    Columns: year month day hour, SW, LW [W m-2], snowfall, rainfall [kg m-2 s-1], T [K], RH [%], wind [m s-1], p [Pa].
    """
    table = _table(path, 12)
    position, utc_offset, reason = options.clock(
        "end", 0.0, "the shortwave comes about 0.7 h after the sun when labels are taken as instants, half an hour of "
        "it by end labels; mountains hide the morning sun")
    labels = labels_from_parts(path, *table[:, :4].astype(int).T)
    shortwave, longwave, snow, rain, temperature, humidity, wind, pressure = table[:, 4:].T
    columns = {"air_temperature": temperature, "relative_humidity": humidity, "eastward_wind": wind,
               "surface_pressure": pressure, "shortwave_down": shortwave, "longwave_down": longwave,
               "precipitation": rain + snow}
    notes = (label_note(position, utc_offset, reason), "precipitation is rainfall plus snowfall")
    series = read_daily_observations(observations) if observations else {}
    if series:
        notes += ("observations: taken as means over the UTC day",)
    return build_record(path, utc_starts(labels, INTERVAL, position, utc_offset), INTERVAL, columns, SITE, notes,
                        series, options)


def read_daily_observations(path):
    """Return the daily series by name; -99 is missing."""
    table = _table(path, 3 + len(OBSERVED_COLUMNS))
    hours = np.zeros(len(table), dtype=int)
    days = labels_from_parts(path, *table[:, :3].astype(int).T, hours)
    table[table == -99.0] = np.nan
    return {name: ObservedSeries(quantity, days, table[:, 3 + column] + offset, units, depth, 86400, description)
            for column, (name, quantity, units, offset, depth, description) in enumerate(OBSERVED_COLUMNS)}


def _table(path, n_columns):
    """Return the numbers of a text file without header."""
    try:
        table = np.loadtxt(path, ndmin=2)
    except ValueError as error:
        raise InputError(f"{path}: not all rows are numbers ({error}).") from error
    if table.shape[1] != n_columns:
        raise InputError(f"{path}: {table.shape[1]} columns, expected {n_columns}.")
    return table
