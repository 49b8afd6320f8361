"""Statistics of the weather of one place from hourly records, to compare towers with generated weather.

Both go through the same functions. Anomalies of the temperature are from a running mean of a month; a clearness index is the
shortwave radiation over that on top of the atmosphere.
"""

from typing import NamedTuple

import numpy as np

from landda_hpc.constants import STEFAN_BOLTZMANN
from landda_hpc.forcing.humidity import saturation_vapour_pressure, vapour_pressure
from landda_hpc.forcing.solar import mean_extraterrestrial
from landda_hpc.verification.metrics import correlation

HOUR = np.timedelta64(3600, "s")
RUNNING_DAYS = 31
WET_DAY, WET_HOUR = 1.0, 0.1  # kg m-2
HIGH_SUN, SUNNY_DAY = 200.0, 30.0  # W m-2 on top, of the hours and days whose clearness counts


class HourlySeries(NamedTuple):
    """Weather of one place, arrays ``(n_hours,)`` from ``start`` (UTC), units of :data:`landda_hpc.variables.FORCING`."""

    start: np.datetime64
    latitude: float
    longitude: float
    air_temperature: np.ndarray
    specific_humidity: np.ndarray
    surface_pressure: np.ndarray
    shortwave_down: np.ndarray
    longwave_down: np.ndarray
    precipitation: np.ndarray


def hourly_series(record):
    """Return the :class:`HourlySeries` of a :class:`~landda_hpc.forcing.tower.TowerRecord`, whole days only."""
    per_hour = 3600 // record.interval
    skipped = int((-(record.start - record.start.astype("datetime64[D]")) % np.timedelta64(1, "D")).astype(np.int64))
    first = skipped // record.interval
    n_days = (len(record.times) - first) // (24 * per_hour)
    values = [getattr(record, name)[first:first + n_days * 24 * per_hour].reshape(-1, per_hour).mean(axis=1)
              for name in HourlySeries._fields[3:]]
    return HourlySeries(record.times[first], record.site.latitude, record.site.longitude, *values)


def series_statistics(series):
    """Return a dict from the name of a statistic, with its units, to its value."""
    temperature, rain = (values.reshape(-1, 24) for values in (series.air_temperature, 3600.0 * series.precipitation))
    daily, daily_rain = temperature.mean(axis=1), rain.sum(axis=1)
    width = np.ones(RUNNING_DAYS)
    anomaly = daily - np.convolve(daily, width, "same") / np.convolve(np.ones(len(daily)), width, "same")
    wet, hourly = daily_rain >= WET_DAY, rain[rain >= WET_HOUR]
    top = mean_extraterrestrial(series.start + np.arange(rain.size) * HOUR, 3600, series.latitude, series.longitude)[0]
    emissivity = series.longwave_down / (STEFAN_BOLTZMANN * series.air_temperature ** 4)
    humidity = (vapour_pressure(series.specific_humidity, series.surface_pressure)
                / saturation_vapour_pressure(series.air_temperature))
    day_top = top.reshape(-1, 24).mean(axis=1)
    sunny = day_top > SUNNY_DAY
    clearness = series.shortwave_down.reshape(-1, 24).mean(axis=1)[sunny] / day_top[sunny]
    high = (top[1:] > HIGH_SUN) & (top[:-1] > HIGH_SUN)
    hour_clearness = series.shortwave_down / np.maximum(top, HIGH_SUN)
    hour_anomaly = (temperature - daily[:, None] - (temperature - daily[:, None]).mean(axis=0) + anomaly[:, None]).ravel()
    return {
        "air temperature, mean [K]": daily.mean(),
        "diurnal range [K]": np.ptp(temperature, axis=1).mean(),
        "daily temperature anomaly, std [K]": anomaly.std(),
        "autocorrelation of it, 1 day": correlation(anomaly[1:], anomaly[:-1]),
        "autocorrelation of hourly temperature anomaly, 1 h": correlation(hour_anomaly[1:], hour_anomaly[:-1]),
        "autocorrelation of hourly temperature anomaly, 6 h": correlation(hour_anomaly[6:], hour_anomaly[:-6]),
        "precipitation [mm/d]": daily_rain.mean(),
        "wet days (1 mm) [%]": 100.0 * wet.mean(),
        "rain of wet days, mean [mm]": daily_rain[wet].mean() if wet.any() else np.nan,
        "rain of wet days, 95 % quantile [mm]": np.quantile(daily_rain[wet], 0.95) if wet.any() else np.nan,
        "autocorrelation of wet days": correlation(wet[1:].astype(float), wet[:-1].astype(float)),
        "wet hours (0.1 mm) [%]": 100.0 * (rain >= WET_HOUR).mean(),
        "rain of wet hours, mean [mm]": hourly.mean() if hourly.size else np.nan,
        "rain of wet hours, 99 % quantile [mm]": np.quantile(hourly, 0.99) if hourly.size else np.nan,
        "shortwave, mean [W m-2]": series.shortwave_down.mean(),
        "longwave, mean [W m-2]": series.longwave_down.mean(),
        "relative humidity, mean [%]": 100.0 * humidity.mean(),
        "daily clearness, mean": clearness.mean(),
        "daily clearness, std": clearness.std(),
        "autocorrelation of hourly clearness, 1 h": correlation(hour_clearness[1:][high], hour_clearness[:-1][high]),
        "correlation of daily clearness and emissivity": correlation(clearness,
                                                                     emissivity.reshape(-1, 24).mean(axis=1)[sunny]),
        "correlation of daily clearness and humidity": correlation(clearness,
                                                                   humidity.reshape(-1, 24).mean(axis=1)[sunny]),
        "correlation of daily clearness and wet days": correlation(clearness, wet[sunny].astype(float)),
    }


def generated_series(weather, latitude, longitude, start, n_hours):
    """Return a list of :class:`HourlySeries`, one for each point of ``weather``."""
    values = np.empty((8, n_hours, len(latitude)))
    for hour in range(n_hours):
        values[:, hour] = weather.at(start + hour * HOUR)
    chosen = values[[0, 1, 4, 5, 6, 7]]
    return [HourlySeries(np.datetime64(start, "s"), latitude[point], longitude[point], *chosen[:, :, point])
            for point in range(len(latitude))]
