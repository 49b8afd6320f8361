"""AMSR2 LPRM level-3 daily soil moisture (GES DISC, 0.25 degrees), X band; for evaluation only.

Arrays lie longitude first and latitude from the north; soil moisture is in whole percent of volume.
"""

import numpy as np

from landda_hpc.observations.batch import VOLUMETRIC, empty_batch, make_batch, seconds_of
from landda_hpc.observations.codes import reject
from landda_hpc.observations.hdf import open_product, quiet, scaled
from landda_hpc.observations.local_time import local_solar_time
from landda_hpc.observations.refusal import ProductRefusal
from landda_hpc.observations.report import LONGEST_DAY, check_plausible

PRODUCT = "amsr2_l3"
MISSING, NO_TIME = -32767, 0.0
TIME_ORIGIN = float(seconds_of(np.datetime64("1993-01-01")))  # s since 2000-01-01
DAYTIME = (6.0, 18.0)  # h, local time of an ascending pass


def recognises(file):
    """Tell whether an open HDF5 file is of this kind."""
    return "soil_moisture_x" in file and "scantime" in file


def read_amsr2(path, largest=0.6, largest_depth=0.8, least_temperature=273.15, largest_error=0.35):
    """Return the retrievals of a daily file with their reason codes, as an ObservationBatch in m3 m-3.

    Parameters
    ----------
    path : str or Path
    largest : float
        Soil moisture must be above 0 and not above this [m3 m-3].
    largest_depth : float
        X-band vegetation optical depth must be below.
    least_temperature : float
        Surface temperature must be above [K].
    largest_error : float
        Stated error must be below, where there is one [m3 m-3].

    Raises
    ------
    ProductRefusal
        For a file that is damaged or of another kind.
    """
    with open_product(path) as file:
        if not recognises(file):
            raise ProductRefusal(path, "foreign", "no soil_moisture_x and scantime, so not AMSR2 LPRM level 3.")
        with quiet():
            latitude, longitude = (np.asarray(file[name][...], np.float64) for name in ("Latitude", "Longitude"))
        raw = {name: file[name][...] for name in ("soil_moisture_x", "soil_moisture_x_error", "opt_depth_x", "ts", "scantime")}
    wrong = {name: values.shape for name, values in raw.items() if values.shape != (len(longitude), len(latitude))}
    if wrong:
        raise ProductRefusal(path, "unsupported", f"shapes {wrong}, expected longitude, latitude: "
                                                  f"{(len(longitude), len(latitude))}.")
    there = (raw["soil_moisture_x"] != MISSING) & (raw["scantime"] != NO_TIME)
    if not there.any():
        return empty_batch(PRODUCT, VOLUMETRIC, (str(path),))
    east, north = np.nonzero(there)
    raw = {name: values[there] for name, values in raw.items()}
    value = scaled(raw["soil_moisture_x"], MISSING, 0.01)
    error, depth = scaled(raw["soil_moisture_x_error"], MISSING, 1.0e-4), scaled(raw["opt_depth_x"], MISSING, 0.01)
    code = np.zeros(len(value), np.int16)
    reject(code, ~((value > 0.0) & (value <= largest)), "E1")
    reject(code, ~(depth < largest_depth), "E2")
    reject(code, ~(scaled(raw["ts"], MISSING, 0.1) > least_temperature), "E3")
    reject(code, error >= largest_error, "E4")
    with quiet():
        time = raw["scantime"].astype(np.float64) + TIME_ORIGIN
    hour = np.median(local_solar_time(time, longitude[east]))
    batch = make_batch(value, latitude[north], longitude[east], time, "gcom-w", PRODUCT, units=VOLUMETRIC, error=error,
                       code=code, ascending=bool(DAYTIME[0] < hour < DAYTIME[1]), source_files=(str(path),))
    return check_plausible(batch, path, LONGEST_DAY)
