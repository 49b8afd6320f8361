"""Which footprints a pass sees, when, and which land points lie under them.

Swath products have footprints that move with the satellite; gridded ones see the cells of a fixed grid. Tracks repeat after
some days, so what has been worked out for a pass is kept for its repetitions as long as there is room.
"""

from typing import NamedTuple

import numpy as np

from landda_hpc.simulation.orbits import half_orbit_start, half_orbits, passes_over, swath_positions

KEPT_BYTES = 100 << 20  # of one platform's passes
LONGEST_CYCLE = 32  # days; tracks that repeat later are computed anew


class Passes:
    """Keeps what was computed for the passes of a repeating orbit.

    Parameters
    ----------
    compute : callable
        Of the index of a pass within the cycle, returns a tuple of arrays.
    orbit : Orbit
    per_orbit : int
        Passes of an orbit.
    """

    def __init__(self, compute, orbit, per_orbit):
        self._compute, self._n_cycle, self._kept = compute, per_orbit * orbit.repeat_orbits, {}
        self._room = KEPT_BYTES if orbit.repeat_days <= LONGEST_CYCLE else 0

    def __call__(self, index):
        index %= self._n_cycle
        if index not in self._kept:
            result = self._compute(index)
            size = sum(part.nbytes for part in result)
            if size > self._room:
                return result
            self._room -= size
            self._kept[index] = result
        return self._kept[index]


class SwathNodes(NamedTuple):
    """Nodes of one orbit that are kept ``(n,)``: row and node within the file, place, and land point (-1: none)."""

    row: np.ndarray
    node: np.ndarray
    latitude: np.ndarray
    longitude: np.ndarray
    point: np.ndarray


class Swath:
    """Rows of nodes across the track, one orbit from ascending node to ascending node at a time.

    Parameters
    ----------
    scene : Scene
    orbit : Orbit
    cross_track : ndarray (n_nodes,)
        Of the nodes of a row, positive to the left [km].
    n_rows : int
        Rows of an orbit at full density.
    every : int
        Keep each so-manieth row and node; a thinned swath has nodes on land only.
    """

    def __init__(self, scene, orbit, cross_track, n_rows, every):
        self._scene, self._orbit, self._cross_track = scene, orbit, cross_track
        self.n_rows, self._whole = n_rows // every, every == 1
        self._nodes = np.arange(every // 2, len(cross_track), every)
        self._passes = Passes(self._of_orbit, orbit, 1)

    def row_times(self, index):
        """Return the times of the rows of an orbit ``(n_rows,)`` [s since 2000-01-01 00:00 UTC]."""
        return self._orbit.node_time(index) + (np.arange(self.n_rows) + 0.5) * (self._orbit.period / self.n_rows)

    def nodes(self, index):
        """Return the :class:`SwathNodes` of an orbit."""
        return SwathNodes(*self._passes(index))

    def _of_orbit(self, index):
        row, node = (part.reshape(-1) for part in np.meshgrid(np.arange(self.n_rows), self._nodes, indexing="ij"))
        latitude, longitude = swath_positions(self._orbit, self.row_times(index)[row], self._cross_track[node])
        point = self._scene.point_at(latitude, longitude).astype(np.int32)
        kept = (point >= 0) | self._whole
        return tuple(part[kept] for part in (row.astype(np.int32), node.astype(np.int32), latitude, longitude, point))


class Visits(NamedTuple):
    """Cells of a :class:`Lattice` that a half orbit sees ``(n,)``: index, time [s since 2000], distance from the track [km]."""

    index: np.ndarray
    seconds: np.ndarray
    cross_track: np.ndarray


class Lattice:
    """Kept cells of a fixed grid, and when a platform sees them.

    Parameters
    ----------
    scene : Scene
    orbit : Orbit
    row, column, latitude, longitude : ndarray (n,)
        Of the cells, in the order of the file.
    land_only : bool
        Leave out cells whose centre is in no land point.

    Attributes
    ----------
    row, column, latitude, longitude, point : ndarray (n_kept,)
    """

    def __init__(self, scene, orbit, row, column, latitude, longitude, land_only=True):
        point = scene.point_at(latitude, longitude)
        kept = point >= 0 if land_only else np.ones(len(point), bool)
        self.row, self.column, self.latitude, self.longitude, self.point = (
            values[kept] for values in (row, column, latitude, longitude, point))
        self._orbit = orbit
        self._passes = Passes(self._of_half, orbit, 2)

    def visits(self, half):
        """Return the :class:`Visits` of a half orbit."""
        index, since, cross_track = self._passes(half)
        return Visits(index, half_orbit_start(self._orbit, half) + since, cross_track)

    def visits_between(self, start, end, ascending):
        """Return ``(half, Visits)`` of each half orbit of one direction with times in ``[start, end)`` [s]."""
        for half in half_orbits(self._orbit, start, end):
            if (half % 2 == 0) == ascending:
                visits = self.visits(half)
                inside = (visits.seconds >= start) & (visits.seconds < end)
                yield half, Visits(*(values[inside] for values in visits))

    def _of_half(self, half):
        seen, seconds, cross_track = passes_over(self._orbit, half, self.latitude, self.longitude)
        return seen.astype(np.int32), seconds - half_orbit_start(self._orbit, half), cross_track
