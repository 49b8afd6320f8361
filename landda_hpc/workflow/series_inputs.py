"""Series for an evaluation from any product files: archives of cells, stations, daily images and fields of models.

Images and fields are sampled at the places that the series give: the nearest pixel or grid cell within a distance.
"""

from typing import NamedTuple

import numpy as np

from landda_hpc.errors import InputError
from landda_hpc.observations.ascat_cdr import read_ascat_cdr
from landda_hpc.observations.batch import ObservationBatch
from landda_hpc.observations.guarded_files import read_guarded
from landda_hpc.observations.ismn import PRODUCT as STATIONS
from landda_hpc.observations.refusal import ProductRefusal
from landda_hpc.observations.series import ObservationSeries
from landda_hpc.observations.smap_series import read_smap_series
from landda_hpc.observations.smos_series import read_smos_series
from landda_hpc.references.readers import reference_reader
from landda_hpc.verification.collocation import distance

MOISTURE = "soil_moisture"
ANY_VALUE = (-1.0, 2.0)  # m3 m-3, no range test
NO_LIMIT = 1.0e9
#: Readers of what the provider retrieved, whatever its quality; other products have one quality only.
RETRIEVED = {
    read_smap_series: {"recommended_only": False, "valid_range": ANY_VALUE},
    read_smos_series: {"largest_misfit": NO_LIMIT, "largest_scene_flag": NO_LIMIT, "valid_range": (0.0, 2.0)},
    read_ascat_cdr: {},
}


class Request(NamedTuple):
    """A file to take series from.

    ``retrieved``: all that was retrieved instead of recommended quality; ``places``: latitudes and longitudes at which images
    and fields are sampled, None to leave them for later; ``largest_distance`` [km].
    """

    path: str
    retrieved: bool
    places: tuple | None
    largest_distance: float


class Samples(NamedTuple):
    """Values with place [degrees] and time [s since 2000-01-01 UTC], 1-D arrays."""

    value: np.ndarray
    latitude: np.ndarray
    longitude: np.ndarray
    time: np.ndarray


def take_series(request):
    """Return the accepted values of a file as :class:`ObservationSeries`, None for an image or field without places.

    Raises
    ------
    ProductRefusal
    """
    reader = reference_reader(request.path)
    if reader is None:
        raise ProductRefusal(request.path, "foreign", "no series, image or field of an evaluation product.")
    content = reader.read(request.path, **(RETRIEVED.get(reader.read, {}) if request.retrieved else {}))
    if isinstance(content, ObservationSeries):
        if content.quantity != MOISTURE:
            raise ProductRefusal(request.path, "unsupported", f"series of {content.quantity}, expected {MOISTURE}.")
        series = content.accepted()
        return series.select(np.isfinite(series.value))
    if not isinstance(content, (ObservationBatch, tuple)) or hasattr(content, "lines"):
        raise ProductRefusal(request.path, "unsupported", f"{reader.title}, which has no soil moisture to evaluate.")
    if request.places is None:
        return None
    sampled = _of_batch if isinstance(content, ObservationBatch) else _of_fields
    return sampled(content, request)


def gather(paths, retrieved, largest_distance, say):
    """Return ``{product: ObservationSeries}`` of files and what was refused.

    Parameters
    ----------
    paths : sequence of str
    retrieved : bool
    largest_distance : float
        From a place to pixels of images and cells of fields [km].
    say : callable
        Told of files that cannot be used.

    Raises
    ------
    InputError
        For files that do not exist, or if none can be used.
    """
    found, images, refused = {}, [], []
    for places in (None, "of series"):
        if places is not None:
            if not images:
                break
            places = _all_places(found)
        requests = [Request(str(path), retrieved, places, largest_distance) for path in (paths if places is None else images)]
        images = []
        for request, outcome in sorted(_outcomes(requests), key=lambda pair: pair[0].path):
            if isinstance(outcome, ProductRefusal):
                refused.append(outcome)
                say(f"{outcome.path}: refused, {outcome.reason}: {outcome.found}")
            elif isinstance(outcome, FileNotFoundError):
                raise InputError(f"{request.path} does not exist.") from outcome
            elif isinstance(outcome, Exception):
                raise outcome
            elif outcome is None:
                images.append(request.path)
            elif outcome.size:
                found.setdefault(outcome.product, []).append(outcome)
    if not found:
        raise InputError(f"None of {len(paths)} files has series to evaluate ({len(refused)} refused). `landda obs info` tells "
                         "what they are.")
    return {product: joined(parts) for product, parts in found.items()}, refused


def _outcomes(requests):
    by_path = {request.path: request for request in requests}
    for request, outcome in read_guarded(take_series, requests):
        if isinstance(outcome, ProductRefusal) and outcome.path not in by_path:
            outcome = ProductRefusal(request.path, outcome.reason, outcome.found)
        yield request, outcome


def joined(parts):
    """Return series of one product in one: sorted, of one location and time the last; stations get numbers of their own.

    Raises
    ------
    InputError
        For different units.
    """
    units = sorted({part.units for part in parts})
    if len(units) > 1:
        raise InputError(f"Series of {parts[0].product} in {' and '.join(units)} cannot be joined.")
    if parts[0].product == STATIONS:
        parts, first = list(parts), 0
        for number, part in enumerate(parts):
            labels = {location + first: label for location, label in part.labels.items()}
            parts[number] = part._replace(location=part.location + first, labels=labels)
            first += int(part.location.max()) + 1
    columns = {name: np.concatenate([getattr(part, name) for part in parts]) for name, value in parts[0]._asdict().items()
               if isinstance(value, np.ndarray)}
    whole = parts[0]._replace(**columns, labels={key: label for part in parts for key, label in part.labels.items()},
                              source_files=tuple(file for part in parts for file in part.source_files))
    order = np.lexsort((whole.time, whole.location))
    last = np.ones(len(order), bool)
    last[:-1] = (np.diff(whole.location[order]) != 0) | (np.diff(whole.time[order]) != 0.0)
    return whole.select(order[last])


def _all_places(found):
    """Return latitudes and longitudes of all locations of the series."""
    places = {(float(north), float(east)) for parts in found.values() for part in parts
              for north, east in zip(part.latitude, part.longitude)}
    if not places:
        raise InputError("Images and fields need places to be evaluated at: add series of cells or stations to the files.")
    return tuple(np.array(axis) for axis in zip(*sorted(places)))


def _of_batch(batch, request):
    """Return the accepted retrievals of an image near the places; a pixel is numbered by its place."""
    batch = batch.select((batch.code == 0) & np.isfinite(batch.value) & np.isfinite(batch.time))
    near = np.zeros(batch.size, bool)
    for north, east in zip(*request.places):
        near |= distance(north, east, batch.latitude, batch.longitude) <= request.largest_distance
    return _numbered(batch.select(near), batch.product, batch.units, request.path)


def _of_fields(fields, request):
    """Return the uppermost soil moisture of a field at its cells nearest to the places."""
    field = next((field for field in fields if field.quantity == MOISTURE), None)
    if field is None:
        raise ProductRefusal(request.path, "unsupported", f"no {MOISTURE} in it.")
    cells = set()
    for north, east in zip(*request.places):
        row = int(np.abs(field.latitude - north).argmin())
        column = int(np.abs((field.longitude - east + 180.0) % 360.0 - 180.0).argmin())
        if distance(north, east, field.latitude[row], field.longitude[column]) <= request.largest_distance:
            cells.add((row, column))
    rows, columns = (np.array(axis, np.int64) for axis in zip(*sorted(cells))) if cells else (np.empty(0, np.int64),) * 2
    value = field.values[:, rows, columns].astype(np.float64)
    known = np.isfinite(value)
    time, _ = np.meshgrid(field.time, rows, indexing="ij")
    samples = Samples(value[known], np.broadcast_to(field.latitude[rows], value.shape)[known],
                      np.broadcast_to(field.longitude[columns], value.shape)[known], time[known])
    return _numbered(samples, field.product, field.units, request.path)


def _numbered(samples, product, units, path):
    """Return samples as series whose locations are numbered by their coordinates in hundredths of degrees."""
    location = np.rint((samples.latitude + 90.0) * 100.0).astype(np.int64) * 100_000 + np.rint(
        (samples.longitude + 180.0) * 100.0).astype(np.int64)
    n = len(location)
    return ObservationSeries(location, samples.latitude, samples.longitude, samples.time, samples.value, np.full(n, np.nan),
                             np.full(n, -1, np.int32), np.zeros(n, np.int16), product, units=units, source_files=(path,))
