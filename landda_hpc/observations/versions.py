"""Files that hold the same retrievals: which of them counts.

The same overpass comes as BUFR, NetCDF and native files, in pieces of three minutes and in whole orbits, at nodes of 12.5 and
25 km, and again from each reprocessing. Files of one sensor, satellite and direction whose times overlap by more than a tenth
of the shorter one are versions of each other; within the time of the better one the other does not count. Half orbits that
follow each other share seconds around the poles, less than a tenth, and are no versions. The better one has, in this order, the
preferred distance of nodes, the later release, the later reprocessing, a format that carries its flags undamaged, the later
processing, the longer time, the larger checksum; so neither order nor number of files matters.
"""

from typing import NamedTuple

import numpy as np

from landda_hpc.times import SECONDS_PER_DAY

SHARE = 0.1  # of the shorter file's time, above which an overlap means versions
REPROCESSED = 30.0 * SECONDS_PER_DAY  # s after sensing; before that files are of the operational stream
#: Best first: native files and BUFR carry the processing flags, NetCDF lost half of them.
CONTAINERS = ("native", "bufr", "netcdf", "hdf5")
BOTH, ASCENDING, DESCENDING = "both", "ascending", "descending"


class Granule(NamedTuple):
    """What tells a file and its versions apart.

    Attributes
    ----------
    sha256 : str
        Of the file.
    sensor, product, container : str
    platform : int
        Index into :data:`landda_hpc.observations.batch.PLATFORMS`, -1 if the file does not tell.
    direction : str
        ``both`` for files of whole orbits and their pieces.
    first, last : float
        Time of the first and last retrieval [s since 2000-01-01 UTC].
    processed : float
        Time of processing [s since 2000-01-01 UTC], NaN if the file does not tell.
    release : str
        Version of the product; the later one has the larger text. Empty if the files of a product do not tell it.
    """

    sha256: str
    sensor: str
    product: str
    container: str
    platform: int
    direction: str
    first: float
    last: float
    processed: float
    release: str = ""

    def rank(self, preferred):
        """Return what the better of two versions has more of; ``preferred`` is a product."""
        late = self.processed - self.last > REPROCESSED
        container = CONTAINERS.index(self.container) if self.container in CONTAINERS else len(CONTAINERS)
        return (self.product == preferred, self.release, self.processed if late else 0.0, -container,
                self.processed if np.isfinite(self.processed) else 0.0, self.last - self.first, self.sha256)


def superseded(time, owner, granules, preferred):
    """Return which observations do not count because a better version covers their time.

    Parameters
    ----------
    time : ndarray (n,)
        Of the observations [s since 2000-01-01 UTC].
    owner : ndarray of int (n,)
        Index of the granule of each.
    granules : sequence of Granule
    preferred : str
        Product that comes before others of its sensor.

    Returns
    -------
    ndarray of bool (n,)
    """
    out = np.zeros(len(time), bool)
    by_kind = {}
    for index, granule in enumerate(granules):
        by_kind.setdefault((granule.sensor, granule.platform, granule.direction), []).append(index)
    for members in by_kind.values():
        members.sort(key=lambda index: (granules[index].first, granules[index].sha256))
        starts = np.array([granules[index].first for index in members])
        for place, index in enumerate(members):
            one = granules[index]
            for other_index in members[place + 1:int(np.searchsorted(starts, one.last, side="right"))]:
                other = granules[other_index]
                if are_versions(one, other):
                    worse, better = ((index, other) if one.rank(preferred) < other.rank(preferred) else (other_index, one))
                    out |= (owner == worse) & (time >= better.first) & (time <= better.last)
    return out


def are_versions(one, other):
    """Return whether two files of one kind hold the same overpasses."""
    overlap = min(one.last, other.last) - max(one.first, other.first)
    shorter = min(one.last - one.first, other.last - other.first)
    return overlap > SHARE * shorter or (shorter == 0.0 and overlap == 0.0)
