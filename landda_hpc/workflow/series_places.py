"""What is done at one place of an evaluation of series: climatologies, bias correction, scores, triple collocation."""

from itertools import combinations
from typing import NamedTuple

import numpy as np

from landda_hpc.bias.anomaly import anomaly_tables, correct_anomaly
from landda_hpc.bias.climatology import Climatology, ClimatologyStream
from landda_hpc.bias.histogram import SATURATION_BINS, Bins
from landda_hpc.bias.months import month_of
from landda_hpc.bias.quantile_match import match_quantiles
from landda_hpc.bias.usability import MinimumCount, match_tables
from landda_hpc.observations.batch import PERCENT, time_of
from landda_hpc.observations.series import ObservationSeries
from landda_hpc.verification.co_moments import CoMoments
from landda_hpc.verification.collocation import collocate, nearest_location
from landda_hpc.verification.metrics import scores
from landda_hpc.verification.triple_collocation import triple_collocation

#: Retrievals, those with the coarsest places first; their times are those of pairs and triplets.
RETRIEVALS = ("smap_l3", "smos_ic", "smos_l3", "amsr2_l3", "ascat_cdr")
#: Models that can be the reference, the first that is there by default.
REFERENCES = ("gldas", "era5_land", "era5", "ecmwf", "lis")
VOLUME_BINS = Bins(-0.1, 1.5, 640)  # m3 m-3, of all that was retrieved
REGULAR = 0.5  # of the time step of a model or station: the longest window for it


class Settings(NamedTuple):
    """How series are compared.

    ``largest_distance`` [km] from a place to a location; ``window`` [s] between values; ``minimum`` pairs or triplets;
    ``minimum_month`` pairs of a calendar month for a matching of its own.
    """

    largest_distance: float = 30.0
    window: float = 43200.0
    minimum: int = 50
    minimum_month: int = 30


class Place(NamedTuple):
    """A place, the series of each product nearest to it, their locations and distances [km]."""

    name: str
    latitude: float
    longitude: float
    series: dict
    locations: dict


class Matched(NamedTuple):
    """Pairs of a product with the reference: times [s], as observed, corrected, reference; ``method`` of the correction."""

    time: np.ndarray
    observed: np.ndarray
    corrected: np.ndarray
    reference: np.ndarray
    method: str


class Triplet(NamedTuple):
    """Three products and the :class:`~landda_hpc.verification.triple_collocation.TripleCollocation` of one cell."""

    products: tuple
    result: object
    error_std: np.ndarray


def place_at(name, latitude, longitude, products, largest_distance):
    """Return the :class:`Place` with the nearest location of every product that has one within the distance."""
    series, locations = {}, {}
    for product, whole in products.items():
        location, away = nearest_location(whole, latitude, longitude)
        if away <= largest_distance:
            series[product] = whole.at(location)
            locations[product] = (location, away)
    return Place(name, latitude, longitude, series, locations)


def window_of(product, series, longest):
    """Return the window [s] for a product: half the time step of a regular one, at most ``longest``."""
    if product in RETRIEVALS or series.size < 2:
        return longest
    return min(longest, REGULAR * float(np.median(np.diff(series.time))))


def climatology_rows(place):
    """Yield place, product, units, month, number, mean and standard deviation of every month with values."""
    for product, series in place.series.items():
        climatology = _climatology(series.value, series.time, series.units)
        for month in range(1, 13):
            if climatology.n[month, 0]:
                yield (place.name, product, series.units, month, int(climatology.n[month, 0]),
                       float(climatology.mean[month, 0]), float(climatology.std[month, 0]))


def matched(place, product, reference, settings):
    """Return a product corrected towards the reference as :class:`Matched`, None with too few pairs.

    Percent of saturation is matched by quantiles of calendar months, volumetric soil moisture by its anomaly from the mean of
    the record, as the assimilation does it; the climatologies are those of the pairs.
    """
    observed, model = place.series[product], place.series[reference]
    time, (value, target) = collocate(observed, [(model, window_of(reference, model, settings.window))])
    if len(time) < settings.minimum:
        return None
    climatologies = (_climatology(value, time, observed.units), _climatology(target, time, model.units))
    month = month_of(time_of(time))
    if observed.units == PERCENT:
        tables = match_tables(*climatologies, MinimumCount(settings.minimum_month, settings.minimum_month))
        corrected = match_quantiles(value, month, 0, tables).value
        return Matched(time, value, corrected, target, "monthly CDF")
    minimum = MinimumCount(settings.minimum, settings.minimum)
    corrected = correct_anomaly(value, 0, 0, anomaly_tables(*climatologies, minimum, minimum)).value
    return Matched(time, value, corrected, target, "anomaly")


def triplets(place, settings):
    """Yield the :class:`Triplet` of every three products with at most one model, by the times of the coarsest retrieval."""
    known = [product for product in (*RETRIEVALS, *REFERENCES) if product in place.series]
    for products in combinations(known, 3):
        if sum(product in REFERENCES for product in products) > 1:
            continue
        first, *others = (place.series[product] for product in products)
        _, values = collocate(first, [(series, window_of(product, series, settings.window))
                                      for product, series in zip(products[1:], others)])
        if values.shape[1] < 3:
            continue
        moments = CoMoments.of_series(*values)
        result = triple_collocation(moments.n, moments.covariance(), settings.minimum)
        error = result.error_variance[:, 0]
        yield Triplet(products, result, np.sqrt(np.where(error >= 0.0, error, np.nan)))


def station_scores(station, series, product, settings):
    """Return times, values of a product and of a station at the times of the product, and their scores.

    Values of a product are compared as they are; anomalies are from the means of the calendar months of the pairs.

    Parameters
    ----------
    station, series : ObservationSeries
        Of one location each.
    """
    time, (value, measured) = collocate(series, [(station, window_of("station", station, settings.window))])
    month = month_of(time_of(time))
    anomalies = [_anomalies(values, month) for values in (value, measured)]
    return time, value, measured, scores(value, measured), scores(*anomalies).correlation


def with_values(series, time, value):
    """Return a series of one location with other times and values, without missing ones."""
    known = np.isfinite(value)
    n, first = int(known.sum()), series.select(slice(0, 1))
    columns = {name: np.repeat(column, n) for name, column in first._asdict().items() if isinstance(column, np.ndarray)}
    return ObservationSeries(**(first._asdict() | columns | {"time": time[known], "value": value[known]}))


def _anomalies(values, month):
    anomalies = np.array(values, np.float64)
    for number in np.unique(month):
        anomalies[month == number] -= values[month == number].mean()
    return anomalies


def _climatology(value, time, units) -> Climatology:
    stream = ClimatologyStream(1, SATURATION_BINS if units == PERCENT else VOLUME_BINS)
    stream.add(value, month_of(time_of(time)), 0)
    return stream.finish()
