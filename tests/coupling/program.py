"""A program that plays an atmosphere: constant weather, warmer over dry soil, its restart a count of the hours."""

import os
import signal
import sys
import time
from pathlib import Path

import h5netcdf
import numpy as np

VALUES = {"tair": (290.0, "K"), "qair": (0.006, "kg kg-1"), "uwind": (3.0, "m s-1"), "vwind": (1.0, "m s-1"),
          "psurf": (95000.0, "Pa"), "swdown": (150.0, "W m-2"), "lwdown": (320.0, "W m-2"), "rainf": (2.0e-5, "kg m-2 s-1"),
          "t2m": (290.5, "K"), "q2m": (0.0061, "kg kg-1"), "zref": (30.0, "m")}


def main(columns, start, end, soil_moisture, forcing, restart_in, restart_out, mode="good"):
    """Write forcing and restart of a part of a run, or fail as the mode says."""
    if mode == "slow":
        time.sleep(60)
    if mode == f"kill {start}":
        os.kill(os.getppid(), signal.SIGKILL)
        time.sleep(1.0)  # it outlives the run that started it
    if mode == "fail":
        sys.exit("no convergence in the dynamics")
    with h5netcdf.File(columns) as file:
        latitude, longitude = file["lat"][:], file["lon"][:]
    state = np.array([float(text) for text in Path(restart_in).read_text().split()] if restart_in else [0.0, 0.0])
    if soil_moisture:
        with h5netcdf.File(soil_moisture) as file:
            state[1] = 10.0 * (0.3 - float(np.nanmean(file["soil_moisture"][0, 0])))
    begin, stop = np.datetime64(start, "s"), np.datetime64(end, "s")
    times = np.arange(begin, stop + np.timedelta64(1, "s"), np.timedelta64(1, "h"))
    hours = state[0] + np.arange(len(times))
    with h5netcdf.File(forcing, "w") as file:
        file.dimensions = {"time": len(times), "ncol": len(latitude)}
        hours_since = (times - np.datetime64("2000-01-01")) / np.timedelta64(1, "h")
        clock = file.create_variable("time", ("time",), np.float64, data=hours_since)
        clock.attrs["units"] = "hours since 2000-01-01 00:00:00"
        for name, values, units in (("lat", latitude, "degrees_north"), ("lon", longitude, "degrees_east")):
            file.create_variable(name, ("ncol",), np.float64, data=values).attrs["units"] = units
        for name, (value, units) in VALUES.items():
            values = np.full((len(times), len(latitude)), value)
            if name in ("tair", "t2m"):
                values += state[1] + np.sin(hours)[:, None]
            if mode == "impossible" and name == "psurf":
                values[2, 3] = 950.0
            file.create_variable(name, ("time", "ncol"), np.float64, data=values).attrs["units"] = units
    if mode != "forgetful":
        Path(restart_out).write_text(f"{hours[-1]!r} {state[1]!r}".replace("np.float64(", "").replace(")", ""))


if __name__ == "__main__":
    main(*sys.argv[1:])
