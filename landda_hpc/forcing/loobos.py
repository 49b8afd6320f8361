"""Forcing file of the Loobos pine forest (Netherlands), 1997, as it comes with the JULES model."""

import numpy as np

from landda_hpc.errors import InputError
from landda_hpc.forcing.assemble import ReadOptions, build_record
from landda_hpc.forcing.labels import label_note, labels_from_parts, utc_starts
from landda_hpc.forcing.tower import TowerSite

INTERVAL = 1800
SITE = TowerSite(
    name="Loobos", latitude=52.168, longitude=5.744, elevation=25.0, land_cover=1, soil_type=2,
    deep_soil_temperature=282.95,
    greenness=(0.55, 0.55, 0.58, 0.63, 0.70, 0.74, 0.75, 0.74, 0.70, 0.65, 0.59, 0.56),
    temperature_height=16.0, wind_height=16.0, slope_class=1,
    initial_state={"soil_temperature": (273.6, 275.5, 278.5, 281.0), "soil_moisture": (0.25, 0.25, 0.25, 0.25),
                   "skin_temperature": 260.0, "canopy_water": 0.0, "snow_water_equivalent": 0.0, "snow_depth": 0.0},
    set_up=("Scots pine: IGBP class 1; greenness estimated for an evergreen forest at 52 N",
            "soil: HWSD sand 87 %, clay 4 %: loamy sand (class 2); class 1 drains too slowly in the WRF 3.3 table",
            "deep temperature: mean air temperature of 1997",
            "heights: instruments at about 26 m less a displacement height of about 10 m, because Noah has none",
            "start state estimated: a cold spell after a mild December, soil near field capacity, no snow; spin up"))


def read_loobos(path, observations=None, options=ReadOptions()):
    """Return the record: time, SW, LW [W m-2], rain, snow [kg m-2 s-1], T [K], wind [m s-1], p [Pa], q [kg kg-1]."""
    if observations:
        raise InputError(f"{observations}: the loobos format has no observations; leave the entry out.")
    try:
        table = np.loadtxt(path, ndmin=2)
    except ValueError as error:
        raise InputError(f"{path}: not all rows are numbers ({error}).") from error
    if table.shape[1] != 13:
        raise InputError(f"{path}: {table.shape[1]} columns, expected 13 (five for the time, eight of forcing).")
    position, utc_offset, reason = options.clock(
        "start", 1.0, "the shortwave comes 0.7 h after the sun when labels are taken as UTC instants; Central European "
        "Time with start labels leaves 0.0 h")
    labels = labels_from_parts(path, *table[:, :5].astype(int).T)
    shortwave, longwave, rain, snow, temperature, wind, pressure, humidity = table[:, 5:].T
    columns = {"air_temperature": temperature, "specific_humidity": humidity, "eastward_wind": wind,
               "surface_pressure": pressure, "shortwave_down": shortwave, "longwave_down": longwave,
               "precipitation": rain + snow}
    notes = (label_note(position, utc_offset, reason), "precipitation is rainfall plus snowfall")
    return build_record(path, utc_starts(labels, INTERVAL, position, utc_offset), INTERVAL, columns, SITE, notes,
                        options=options)
