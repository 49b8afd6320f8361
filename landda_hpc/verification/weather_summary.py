"""What the statistics of generated weather say: quantities of each point, errors against the climate, a table.

Two limits are hard: over the years, the mean of every calendar month keeps to the climate within 0.5 K and 5 % of the
precipitation. The other quantities stand beside rough ranges that the mean over land should lie in; those are no verdict.
"""

from typing import NamedTuple

import numpy as np

from landda_hpc.times import SECONDS_PER_DAY
from landda_hpc.verification import weather_statistics as rows

TEMPERATURE_LIMIT, PRECIPITATION_LIMIT = 0.5, 0.05  # K and 1
PRECIPITATION_FLOOR = 0.02  # mm/d: errors in drier months are told in relation to this
DISTANCE_BIN, FARTHEST = 250.0, 4000.0  # km
EARTH_RADIUS = 6371.0  # km
ZONES = ((60.0, 90.0), (40.0, 60.0), (20.0, 40.0), (0.0, 20.0), (-20.0, 0.0), (-60.0, -20.0))


class Quantity(NamedTuple):
    """Units and what is expected: rough range of the mean over land, or None, and what it goes by."""

    units: str
    least: float | None = None
    greatest: float | None = None
    source: str = ""


#: What is told of every point.
QUANTITIES = {
    "precipitation": Quantity("mm/d", 2.1, 2.4, "2.2 to 2.4 over land, as the climate that it is made from"),
    "wet-day frequency": Quantity("%", 15.0, 30.0, "gauges, 1 mm: 5 to 60 % by climate"),
    "rain of wet days": Quantity("mm", 6.0, 10.0, "gauges: 4 to 15 mm by climate"),
    "95 % quantile of wet days": Quantity("mm", 18.0, 35.0, "about 3 times the mean"),
    "wet hours (0.1 mm)": Quantity("%", 4.0, 15.0, "towers 2 to 11 %, areas more"),
    "rain of wet hours": Quantity("mm", 0.6, 1.7, "towers 0.8 to 1.7 mm"),
    "dry spell": Quantity("days"),
    "longest dry spell": Quantity("days"),
    "wet spell": Quantity("days", 1.3, 3.0, "gauges"),
    "autocorrelation of wet days": Quantity("1", 0.15, 0.4, "gauges 0.2 to 0.4"),
    "diurnal range": Quantity("K", 9.5, 12.5, "6 to 16 K by climate"),
    "daily temperature, std": Quantity("K", 2.5, 4.0, "towers 2.7 to 4.1 K in the middle latitudes"),
    "autocorrelation of daily temperature": Quantity("1", 0.6, 0.85, "towers 0.67 to 0.72"),
    "relative humidity": Quantity("%", 55.0, 70.0, "deserts 15 to 35 %, moist tropics 70 to 90 %"),
    "shortwave": Quantity("W m-2", 180.0, 192.0, "land mean 184 (Wild et al. 2015)"),
    "longwave": Quantity("W m-2", 305.0, 330.0, "land mean 306 with Antarctica (Wild et al. 2015), more without"),
    "clearness and emissivity": Quantity("correlation", -0.95, -0.6, "towers -0.76 to -0.85"),
    "clearness and humidity": Quantity("correlation", -0.9, -0.4, "towers -0.43 to -0.66"),
    "clearness and wet days": Quantity("correlation", -0.7, -0.35, "towers -0.41 to -0.53"),
    "interannual std of monthly temperature": Quantity("K", 0.7, 1.8, "half a kelvin in the tropics, more in cold winters"),
    "interannual variation of monthly rain": Quantity("1", 0.3, 0.7, "gauges; deserts more"),
}


class Errors(NamedTuple):
    """Mean over the years less the climate: temperature [K] and precipitation [1] ``(12, n_points)``, and within limits."""

    temperature: np.ndarray
    precipitation: np.ndarray

    @property
    def passed(self):
        """Whether every month of every point keeps to both limits."""
        return bool((np.abs(self.temperature) <= TEMPERATURE_LIMIT).all()
                    and (np.abs(self.precipitation) <= PRECIPITATION_LIMIT).all())


def climate_errors(statistics, air_temperature, precipitation):
    """Return the :class:`Errors` of statistics against the climate of the months ``(12, n_points)`` [K, kg m-2 s-1]."""
    mean_temperature, mean_precipitation = statistics.monthly.mean(axis=1)
    least = np.maximum(precipitation, PRECIPITATION_FLOOR / SECONDS_PER_DAY)
    return Errors(mean_temperature - air_temperature, (mean_precipitation - precipitation) / least)


def point_quantities(statistics):
    """Return a dict from the name of each of :data:`QUANTITIES` to its values ``(n_points,)``; NaN where there is none."""
    months, years = statistics.sums, statistics.sums.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        days = years[rows.DAYS]
        wet = years[rows.WET] / days
        both = years[rows.WET_BOTH] / years[rows.PAIRS]
        mean = months[:, rows.ANOMALY] / months[:, rows.DAYS]
        variance = months[:, rows.SQUARE] / months[:, rows.DAYS] - mean**2
        lagged = months[:, rows.LAGGED] / months[:, rows.PAIRS] - mean**2
        related = _correlations(months)
        interannual = statistics.monthly.std(axis=1, ddof=1)
        total = statistics.monthly[1].mean(axis=0)
        hours = years[rows.HOURS]
        hourly = statistics.hourly_classes
        wet_hours = hourly.sum(axis=0)
        middles = rows.class_bounds(rows.WET_HOUR)
        middles = np.sqrt(middles[1:] * middles[:-1])
        return {
            "precipitation": SECONDS_PER_DAY * total.mean(axis=0),
            "wet-day frequency": 100.0 * wet,
            "rain of wet days": years[rows.WET_RAIN] / years[rows.WET],
            "95 % quantile of wet days": _class_quantile(statistics.daily_classes, rows.WET_DAY, 0.95),
            "wet hours (0.1 mm)": 100.0 * wet_hours / hours,
            "rain of wet hours": (middles[:, None] * hourly).sum(axis=0) / wet_hours,
            "dry spell": (days - years[rows.WET]) / years[rows.DRY_SPELLS],
            "longest dry spell": statistics.longest_dry,
            "wet spell": years[rows.WET] / years[rows.WET_SPELLS],
            "autocorrelation of wet days": (both - wet**2) / (wet - wet**2),
            "diurnal range": years[rows.RANGE] / days,
            "daily temperature, std": np.sqrt(variance).mean(axis=0),
            "autocorrelation of daily temperature": (lagged / variance).mean(axis=0),
            "relative humidity": 100.0 * years[rows.HUMIDITY] / hours,
            "shortwave": years[rows.SHORTWAVE] / hours,
            "longwave": years[rows.LONGWAVE] / hours,
            "clearness and emissivity": related[1],
            "clearness and humidity": related[2],
            "clearness and wet days": related[3],
            "interannual std of monthly temperature": interannual[0].mean(axis=0),
            "interannual variation of monthly rain":
                (interannual[1] / np.maximum(total, PRECIPITATION_FLOOR / SECONDS_PER_DAY)).mean(axis=0),
        }


def _correlations(months):
    """Return the correlations of the clearness with the related quantities ``(N_RELATED, n_points)``, means over months."""
    n = rows.N_RELATED
    counted = months[:, rows.SUNNY]
    mean = months[:, rows.MEANS:rows.MEANS + n] / counted[:, None]
    products = months[:, rows.MEANS + n:].reshape(12, n, n, -1) / counted[:, None, None]
    covariance = products[:, 0] - mean[:, :1] * mean
    variance = np.stack([products[:, k, k] - mean[:, k] ** 2 for k in range(n)], axis=1)
    found = covariance / np.sqrt(variance[:, :1] * variance)
    usable = np.isfinite(found) & (variance > 1.0e-9)
    return np.where(usable, found, 0.0).sum(axis=0) / usable.sum(axis=0)


def _class_quantile(classes, least, share):
    """Return the upper bound of the class in which a quantile of the wet days or hours lies ``(n_points,)``; NaN if dry."""
    reached = np.cumsum(classes, axis=0)
    number = (reached < share * reached[-1]).sum(axis=0)
    return np.where(reached[-1] > 0, rows.class_bounds(least)[number + 1], np.nan)


def distances(latitude, longitude):
    """Return the great-circle distances of all pairs of points [km] ``(n, n)``."""
    latitude, longitude = np.deg2rad(latitude), np.deg2rad(longitude)
    haversine = (np.sin(0.5 * (latitude[:, None] - latitude)) ** 2
                 + np.cos(latitude[:, None]) * np.cos(latitude) * np.sin(0.5 * (longitude[:, None] - longitude)) ** 2)
    return 2.0 * EARTH_RADIUS * np.arcsin(np.sqrt(np.minimum(haversine, 1.0)))


def correlation_with_distance(statistics):
    """Return distances [km] and correlations of daily temperature and rain ``(2, n_bins)``, means over pairs of points."""
    series = statistics.series
    latitude, longitude = (values[statistics.chosen] for values in (statistics.latitude, statistics.longitude))
    known = np.isfinite(series).all(axis=(0, 2))
    pairs = np.triu_indices(len(statistics.chosen), 1)
    apart = distances(latitude, longitude)[pairs]
    number = (apart / DISTANCE_BIN).astype(int)
    n_bins = int(FARTHEST / DISTANCE_BIN)
    near = number < n_bins
    counts = np.bincount(number[near], minlength=n_bins)
    out = np.full((3, n_bins), np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        out[0] = np.bincount(number[near], apart[near], n_bins) / counts
        for kind in range(2):
            found = np.corrcoef(series[kind, known].T)[pairs]
            usable = near & np.isfinite(found)
            out[1 + kind] = np.bincount(number[usable], found[usable], n_bins) / np.bincount(number[usable], minlength=n_bins)
    there = counts > 0
    return out[0, there], out[1:, there]


def e_folding_distance(distance, correlation):
    """Return where a correlation falls below 1/e [km], straight between the bins; NaN if it does not."""
    distance, correlation = np.concatenate([[0.0], distance]), np.concatenate([[1.0], correlation])
    below = np.flatnonzero(correlation < np.exp(-1.0))
    if not below.size:
        return np.nan
    k = below[0]
    share = (correlation[k - 1] - np.exp(-1.0)) / (correlation[k - 1] - correlation[k])
    return float(distance[k - 1] + share * (distance[k] - distance[k - 1]))


def area_mean(values, area):
    """Return the mean over the points that have a value, weighted by their area."""
    known = np.isfinite(values)
    return float((values[known] * area[known]).sum() / area[known].sum()) if known.any() else np.nan


def error_text(statistics, errors, precipitation, area):
    """Return what the errors of the months are, overall, by calendar month and at the worst points."""
    lines = []
    for values, limit, units, factor in ((errors.temperature, TEMPERATURE_LIMIT, "K", 1.0),
                                         (errors.precipitation, PRECIPITATION_LIMIT, "%", 100.0)):
        size = np.abs(values)
        month, point = np.unravel_index(np.argmax(size), size.shape)
        inside = size <= limit
        name = "temperature" if units == "K" else "precipitation"
        lines.append(f"{'PASS' if inside.all() else 'FAIL'}  {name}, mean of each month over {statistics.n_years} years: "
                     f"{100.0 * inside.mean():.3f} % of the point-months within {factor * limit:g} {units} of the climate, "
                     f"worst {factor * values[month, point]:+.3f} {units} at {statistics.latitude[point]:g} N "
                     f"{statistics.longitude[point]:g} E in month {month + 1}")
        means = [area_mean(values[month], area) for month in range(12)] if units == "K" else [
            area_mean(statistics.monthly[1].mean(axis=0)[month], area) / area_mean(precipitation[month], area) - 1.0
            for month in range(12)]
        lines.append(f"      land means by month [{units}]: " + " ".join(f"{factor * value:+.2f}" for value in means))
    dry = precipitation < PRECIPITATION_FLOOR / SECONDS_PER_DAY
    lines.append(f"      {100.0 * dry.mean():.1f} % of the point-months have less than {PRECIPITATION_FLOOR:g} mm/d, to which "
                 "their error is related")
    return "\n".join(lines)


def quantity_text(quantities, area):
    """Return a table of the quantities: mean over the area, percentiles of the points, what is expected."""
    lines = [f"{'':40s} {'units':>11s} {'mean':>9s} {'5 %':>9s} {'median':>9s} {'95 %':>9s}  expected of the mean"]
    for name, quantity in QUANTITIES.items():
        values = quantities[name]
        known = values[np.isfinite(values)]
        mean = area_mean(values, area)
        points = np.percentile(known, [5, 50, 95]) if known.size else np.full(3, np.nan)
        observed = ""
        if quantity.least is not None:
            inside = quantity.least <= mean <= quantity.greatest
            observed = f"{quantity.least:g} to {quantity.greatest:g}{'' if inside else ' (OUTSIDE)'}: {quantity.source}"
        lines.append(f"{name:40s} {quantity.units:>11s} {mean:9.3f} " + " ".join(f"{value:9.3f}" for value in points)
                     + f"  {observed}")
    return "\n".join(lines)


def zone_text(quantities, latitude, area):
    """Return a table of the quantities by zones of latitude."""
    chosen = [(zone, (latitude >= zone[0]) & (latitude < zone[1])) for zone in ZONES]
    chosen = [(zone, inside) for zone, inside in chosen if inside.any()]
    lines = [f"{'by latitude':40s} " + " ".join(f"{f'{zone[0]:g}..{zone[1]:g}':>9s}" for zone, _ in chosen)]
    lines += [f"{name:40s} " + " ".join(f"{area_mean(values[inside], area[inside]):9.3f}" for _, inside in chosen)
              for name, values in quantities.items()]
    return "\n".join(lines)
