"""What all tower readers share: from raw SI columns with holes to a checked :class:`TowerRecord`."""

import logging
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from landda_hpc.errors import ConfigError, InputError
from landda_hpc.forcing import gaps, humidity, longwave
from landda_hpc.forcing.solar import shortwave_offset
from landda_hpc.forcing.tower import EXCHANGE_BOUNDS, TowerRecord, site_fields
from landda_hpc.variables import FORCING

PYRANOMETER_OFFSET = 20.0  # W m-2, night-time readings down to minus this are the instrument, lower ones an error
CLOCK_TOLERANCE = 0.6  # h, a larger shift of the shortwave against the sun is worth a warning

logger = logging.getLogger(__name__)


class ReadOptions(NamedTuple):
    """Options of all tower readers.

    Attributes
    ----------
    max_gap : float
        Longest hole that is filled [s].
    labels : str or None
        ``start``, ``middle`` or ``end``: overrides what a time label of the format names.
    utc_offset : float or None
        Clock of the file minus UTC [h]: overrides that of the format.
    missing_precipitation : str
        ``error``, or ``zero`` to take holes longer than `max_gap` as dry.
    site : dict
        Fields of :class:`~landda_hpc.forcing.tower.TowerSite` that replace those of the format.
    """

    max_gap: float = gaps.DEFAULT_MAX_GAP
    labels: str | None = None
    utc_offset: float | None = None
    missing_precipitation: str = "error"
    site: dict = {}

    def clock(self, labels, utc_offset, reason):
        """Return ``(labels, utc_offset, reason)`` after the user's overrides."""
        if self.labels is None and self.utc_offset is None:
            return labels, utc_offset, reason
        return (self.labels or labels, utc_offset if self.utc_offset is None else self.utc_offset,
                "set in the configuration")


def build_record(path, starts, interval, columns, site, notes=(), observations=None, options=ReadOptions()):
    """Return the checked record: even times, holes filled and counted, longwave estimated where it is missing.

    Parameters
    ----------
    path : str or Path
    starts : ndarray of datetime64[s]
        UTC start of each record.
    interval : int
        [s].
    columns : dict of str to ndarray
        The forcing in SI with NaN where missing. Instead of ``specific_humidity`` there may be ``relative_humidity``
        [%]; ``northward_wind`` may be absent (no direction) and ``longwave_down`` too (it is then estimated). There may be
        exchange coefficients besides.
    site : TowerSite
    notes : sequence of str
        What the reader did already.
    observations : dict of str to ObservedSeries or None
    options : ReadOptions
    """
    path = str(path)
    notes = list(notes)
    site = _overridden(site, options.site)
    times, columns = gaps.even_axis(path, starts, interval, columns)
    absent = times.size - starts.size
    if absent:
        notes.append(f"{absent} records are absent from the file")
    for name in columns:
        columns[name], added = _filled(path, name, times, interval, columns[name], options)
        notes += added
    notes += _no_direction(columns)
    notes += _no_negative(path, columns)
    notes += _humidity(columns)
    notes += _longwave(path, columns, times, interval, site)
    missing = sorted(set(FORCING) - set(columns))
    if missing:
        raise InputError(f"{path}: no column for {', '.join(missing)}; a tower needs {', '.join(FORCING)}.")
    _check_clock(path, times, interval, columns["shortwave_down"], site)
    return TowerRecord(path=path, times=times, interval=int(interval), site=site, notes=tuple(notes),
                       observations=observations or {},
                       **{name: np.ascontiguousarray(columns[name], dtype=np.float64)
                          for name in (*FORCING, *EXCHANGE_BOUNDS) if name in columns})


def _overridden(site, changes):
    """Return the site with the user's fields."""
    if not changes:
        return site
    unknown = sorted(set(changes) - set(site_fields()))
    if unknown:
        raise ConfigError(f"{', '.join(unknown)}: not known for the site of a tower. "
                          f"Known: {', '.join(site_fields())}.")
    changed = dict(changes)
    if "greenness" in changed:
        changed["greenness"] = tuple(changed["greenness"])
    return replace(site, **changed, set_up=site.set_up + (f"from the configuration: {', '.join(sorted(changed))}",))


def _filled(path, name, times, interval, values, options):
    """Fill one column by the rule for its kind."""
    if name != "precipitation":
        return gaps.fill_linear(path, name, times, interval, values, options.max_gap)
    if options.missing_precipitation not in ("error", "zero"):
        raise ConfigError(f"missing_precipitation: {options.missing_precipitation!r} is not known; "
                          "expected error or zero.")
    longest = np.inf if options.missing_precipitation == "zero" else options.max_gap
    return gaps.fill_dry(path, name, times, interval, values, longest)


def _no_direction(columns):
    """A wind speed alone is put into the eastward component; only its size matters to the land."""
    if "northward_wind" in columns:
        return ()
    columns["northward_wind"] = np.zeros_like(columns["eastward_wind"])
    return ("wind direction unknown: the speed is in eastward_wind, northward_wind is 0",)


def _no_negative(path, columns):
    """Set the night-time offset of pyranometers to zero and count it; larger negative radiation is an error later."""
    shortwave = columns["shortwave_down"]
    negative = (shortwave < 0.0) & (shortwave >= -PYRANOMETER_OFFSET)
    if not negative.any():
        return ()
    note = (f"shortwave_down: {int(negative.sum())} slightly negative records (lowest {shortwave[negative].min():.3g}, "
            f"mean {shortwave[negative].mean():.3g} W m-2) set to 0")
    columns["shortwave_down"] = np.where(negative, 0.0, shortwave)
    logger.info("%s: %s", path, note)
    return (note,)


def _humidity(columns):
    """Turn relative into specific humidity where the file has the former."""
    if "relative_humidity" not in columns:
        return ()
    relative = columns.pop("relative_humidity")
    columns["specific_humidity"] = humidity.specific_from_relative_humidity(
        relative, columns["air_temperature"], columns["surface_pressure"])
    notes = ["specific humidity from relative humidity over water (Bolton 1980), q = 0.622 e / (p - 0.378 e)"]
    above = relative > 100.0
    if above.any():
        notes.append(f"relative humidity above 100 % in {int(above.sum())} records "
                     f"(largest {relative.max():.4g} %), kept")
    return notes


def _longwave(path, columns, times, interval, site):
    """Estimate the longwave radiation where the file has none."""
    if "longwave_down" in columns:
        return ()
    pressure = columns["surface_pressure"]
    try:
        columns["longwave_down"] = longwave.estimate_longwave(
            times, interval, columns["air_temperature"],
            humidity.vapour_pressure(columns["specific_humidity"], pressure), pressure,
            columns["shortwave_down"], site.latitude, site.longitude)
    except ValueError as error:
        raise InputError(f"{path}: the file has no longwave radiation and it cannot be estimated: {error}.") from error
    note = f"longwave estimated: {longwave.METHOD}"
    logger.warning("%s: %s", path, note)
    return (note,)


def _check_clock(path, times, interval, shortwave, site):
    """Warn when the shortwave radiation does not follow the sun: the clock or the labels are then wrong."""
    if times.size * interval < 5 * 86400:
        return
    offset = shortwave_offset(times, interval, shortwave, site.latitude, site.longitude)
    if abs(offset) > CLOCK_TOLERANCE:
        logger.warning("%s: the shortwave radiation comes %+.1f h after the sun at %.2f N %.2f E; check utc_offset, "
                       "labels and the longitude", path, offset, site.latitude, site.longitude)
