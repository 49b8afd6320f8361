"""SMOS level 3 of CATDS (CLF31A), daily on the 25-km EASE-Grid, whole or cut; for evaluation only."""

import numpy as np

from landda_hpc.observations.batch import VOLUMETRIC, make_batch
from landda_hpc.observations.codes import reject
from landda_hpc.observations.local_time import local_solar_time
from landda_hpc.observations.netcdf import numbers, open_netcdf
from landda_hpc.observations.refusal import ProductRefusal
from landda_hpc.observations.report import LONGEST_DAY, check_plausible
from landda_hpc.observations.smos_ic import NOON
from landda_hpc.times import SECONDS_PER_DAY

PRODUCT = "smos_l3"


def recognises(fields):
    """Tell whether an open NetCDF file is of this kind."""
    return all(name in fields for name in ("Soil_Moisture", "Mean_Acq_Time_Days", "Mean_Acq_Time_Seconds", "lat", "lon"))


def read_catds(path, valid_range=(0.0, 1.0)):
    """Return the retrievals of a day with their reason codes, as an ObservationBatch in m3 m-3.

    Raises
    ------
    ProductRefusal
    """
    with open_netcdf(path) as fields:
        if not recognises(fields):
            raise ProductRefusal(path, "foreign", "no Soil_Moisture and Mean_Acq_Time_Days, so not SMOS level 3 of CATDS.")
        value = numbers(fields["Soil_Moisture"])
        time = numbers(fields["Mean_Acq_Time_Days"]) * SECONDS_PER_DAY + numbers(fields["Mean_Acq_Time_Seconds"])
        latitude, longitude = numbers(fields["lat"]), numbers(fields["lon"])
    if value.shape != (len(latitude), len(longitude)) or time.shape != value.shape:
        raise ProductRefusal(path, "unsupported", f"values of shape {value.shape} and times of {time.shape}, expected "
                                                  f"{(len(latitude), len(longitude))}.")
    there = np.isfinite(value)
    row, column = np.nonzero(there)
    value, time, north, east = value[there], time[there], latitude[row], longitude[column]
    if not ((np.abs(north) <= 90.0) & (np.abs(east) <= 180.0)).all():
        raise ProductRefusal(path, "inconsistent", "coordinates that are not on the globe.", "Fetch it again.")
    code, (low, high) = np.zeros(len(value), np.int16), valid_range
    reject(code, ~((value >= low) & (value <= high)) | ~np.isfinite(time), "E1")
    known = np.isfinite(time)
    morning = bool(known.any() and np.median(local_solar_time(time[known], east[known])) < NOON)
    batch = make_batch(value, north, east, time, "smos", PRODUCT, units=VOLUMETRIC, code=code, ascending=morning,
                       source_files=(str(path),))
    return check_plausible(batch, path, LONGEST_DAY)
