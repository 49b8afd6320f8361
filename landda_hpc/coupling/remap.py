"""Remapping between latitude-longitude grids, the cubed sphere and points, by sparse weights that are made once.

::

    remap = Remap.conservative(sphere, grid)
    rain = remap.apply(rain_of_columns)               # (..., n_source) -> (..., n_target)
    mine = remap.rows(band.start, band.stop)          # the part of one rank
    soil_moisture = Remap.same_class(grid, sphere, land, soil_class, soil_class_of_columns).apply(theta)

With a land mask or land fraction of the source, weights are multiplied by it and each row is scaled to one. A row with less
than a twentieth of its weight left takes the nearest land cell within 500 km, else it has no value. Every target is summed on
its own in the order of its sources, so results do not depend on how targets are shared among ranks.

Constructors take a ``communicator``: its ranks then all call them together, share the work and get the same weights as one.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csr_matrix

from landda_hpc.coupling.columns import Columns, columns_of
from landda_hpc.coupling.cubed_sphere import CubedSphere, vectors_of
from landda_hpc.coupling.remap_conservative import overlap_matrix
from landda_hpc.coupling.remap_points import basis_matrix, bilinear_matrix, cell_mean_matrix, nearest_columns
from landda_hpc.coupling.remap_rows import (
    FARTHEST,
    LEAST_WEIGHT,
    agreeing_areas,
    by_shares,
    checked_classes,
    checked_mask,
    finish_rows,
    of_nearest,
    of_points,
)
from landda_hpc.coupling.row_sums import apply_rows, row_sums
from landda_hpc.domain.grid import Grid
from landda_hpc.errors import ConfigError
from landda_hpc.parallel.communicator import SerialCommunicator
from landda_hpc.parallel.rooted import together
from landda_hpc.parallel.shares import in_shares

COARSER = 2.0  # areas of sending cells in one of a receiving column, from which soil moisture is averaged


@dataclass(frozen=True)
class Remap:
    """Weights from the columns of a source to those of a target.

    Attributes
    ----------
    method : str
        Name of the constructor.
    source, target : Columns
        Their positions and areas [steradian].
    start, index, weight : ndarray
        Compressed rows: the sources ``index[start[t]:start[t + 1]]`` of target ``t`` and their weights.
    source_fraction : ndarray (n_source,)
        Part of the area that conservative weights carry over; zero for other methods.
    target_fraction : ndarray (n_target,)
        Part of the area that has a value, zero where there is none and where the nearest land cell stands in; with it
        ``sum(target.area * target_fraction * out) = sum(source.area * source_fraction * in)`` for conservative weights.
    """

    method: str
    source: Columns
    target: Columns
    start: np.ndarray
    index: np.ndarray
    weight: np.ndarray
    source_fraction: np.ndarray
    target_fraction: np.ndarray

    # ---- use

    def apply(self, values, receiver=None, skip_missing=False):
        """Return values on the target ``(..., n_target)``; no mean is beyond its terms by rounding, constants stay constant.

        Parameters
        ----------
        values : ndarray (..., n_source)
            A missing value (NaN) spreads to all targets that it has a weight for, unless ``skip_missing``.
        skip_missing : bool
            Leave missing values out and scale the other weights up where they are at least a twentieth, as a mask does.
        receiver : ndarray (..., n_target), optional
            Values that stay where the source gives none; by default those are NaN.

        Raises
        ------
        ValueError
            For another number of sources.
        """
        values = np.asarray(values, np.float64)
        if values.ndim == 0 or values.shape[-1] != self.n_source:
            raise ValueError(f"Values to remap have the shape {values.shape}, expected (..., {self.n_source}).")
        flat = np.ascontiguousarray(values.reshape(-1, self.n_source))
        result = np.full((len(flat), self.n_target), np.nan)
        missing = np.isnan(flat) if skip_missing else np.zeros(0, bool)
        apply_rows(self.start, self.index, self.weight, np.where(missing, 0.0, flat) if missing.any() else flat, result)
        if missing.any():
            present, whole = np.full_like(result, np.nan), np.full((1, self.n_target), np.nan)
            apply_rows(self.start, self.index, self.weight, (~missing).astype(np.float64), present)
            apply_rows(self.start, self.index, self.weight, np.ones((1, self.n_source)), whole)
            with np.errstate(divide="ignore", invalid="ignore"):
                result = np.where(present >= LEAST_WEIGHT * whole, result * (whole / present), np.nan)
        result = result.reshape(*values.shape[:-1], self.n_target)
        return result if receiver is None else np.where(self.has_value, result, receiver)

    def apply_wind(self, eastward, northward):
        """Return the wind on the target, remapped as a vector in space, so that poles are no singular points.

        Parameters
        ----------
        eastward, northward : ndarray (..., n_source)
        """
        east, north = _directions(self.source)
        vector = self.apply(np.asarray(eastward)[..., None, :] * east + np.asarray(northward)[..., None, :] * north)
        east, north = _directions(self.target)
        return (vector * east).sum(axis=-2), (vector * north).sum(axis=-2)

    def rows(self, first, last):
        """Return the part for the targets ``first`` to ``last - 1``: bit for bit the same values."""
        begin, end = self.start[first], self.start[last]
        target = self.target
        part = Columns(target.name, (last - first,), target.latitude[first:last], target.longitude[first:last],
                       target.area[first:last])
        return replace(self, target=part, start=self.start[first:last + 1] - begin, index=self.index[begin:end],
                       weight=self.weight[begin:end], target_fraction=self.target_fraction[first:last])

    def targets(self, chosen):
        """Return the part for some targets, by their numbers, such as those of land points."""
        chosen = np.asarray(chosen, np.int64)
        target, count = self.target, np.diff(self.start)[chosen]
        start = np.concatenate([[0], np.cumsum(count)])
        place = np.arange(start[-1]) + np.repeat(self.start[chosen] - start[:-1], count)
        part = Columns(target.name, (len(chosen),), target.latitude[chosen], target.longitude[chosen], target.area[chosen])
        return replace(self, target=part, start=start, index=self.index[place], weight=self.weight[place],
                       target_fraction=self.target_fraction[chosen])

    def sources(self, chosen):
        """Return the same for values on some sources only, by their numbers; no other may have a weight.

        Raises
        ------
        ConfigError
            When one has.
        """
        chosen = np.asarray(chosen, np.int64)
        place = np.full(self.n_source, -1)
        place[chosen] = np.arange(len(chosen))
        index = place[self.index]
        if index.size and index.min() < 0:
            raise ConfigError(f"{int((index < 0).sum())} of {len(index)} weights belong to sources that are left out. Make the "
                              "weights with a source_mask of these sources.")
        source = self.source
        part = Columns(source.name, (len(chosen),), source.latitude[chosen], source.longitude[chosen], source.area[chosen])
        return replace(self, source=part, index=index, source_fraction=self.source_fraction[chosen])

    @property
    def n_source(self):
        """Columns of the source."""
        return self.source.n_columns

    @property
    def n_target(self):
        """Columns of the target."""
        return self.target.n_columns

    @property
    def has_value(self):
        """Which targets get a value ``(n_target,)``."""
        return np.diff(self.start) > 0

    @property
    def matrix(self):
        """The weights as a SciPy matrix ``(n_target, n_source)``."""
        return csr_matrix((self.weight, self.index, self.start), shape=(self.n_target, self.n_source))

    # ---- make

    @classmethod
    def conservative(cls, source_grid, target_grid, source_mask=None, target_mask=None, communicator=None):
        """Return first-order conservative weights by exact areas of overlap.

        Parameters
        ----------
        source_grid, target_grid : Grid or CubedSphere
        source_mask : ndarray (n_source,), optional
            Land mask or land fraction from 0 to 1; all 1 by default.
        target_mask : ndarray of bool (n_target,), optional
            Targets that want a value; all by default.
        communicator : Communicator, optional
            Whose ranks share the work.

        Raises
        ------
        ConfigError
            For points on either side, and for masks that are none.
        """
        source, target = columns_of(source_grid), columns_of(target_grid)
        area = overlap_matrix(source_grid, target_grid, communicator)

        def finish():
            given, covered = np.bincount(area.indices, area.data, source.n_columns), row_sums(area)
            return finish_rows("conservative", source._replace(area=agreeing_areas(source.area, given)),
                               target._replace(area=agreeing_areas(target.area, covered)), area, source_mask, target_mask,
                               covered)

        return cls(*together(communicator or SerialCommunicator(), finish))

    @classmethod
    def bilinear(cls, source_grid, target_grid, source_mask=None, target_mask=None, communicator=None):
        """Return bilinear weights, none negative; parameters as for :meth:`conservative`, the target may be points."""
        return cls(*of_points("bilinear", bilinear_matrix, source_grid, target_grid, communicator,
                              source_mask=source_mask, target_mask=target_mask))

    @classmethod
    def basis(cls, source_grid, target_grid, communicator=None):
        """Return the weights of the polynomials of spectral elements, of third order for ``np`` 4; some are negative."""
        return cls(*of_points("basis", basis_matrix, source_grid, target_grid, communicator))

    @classmethod
    def cell_mean(cls, source_grid, target_grid, communicator=None):
        """Return the weights of the means of those polynomials over the cells of a latitude-longitude grid.

        Smoother than :meth:`conservative` and of third order, but some weights are negative and integrals agree with the
        quadrature of the elements only to the order of the points, 8 x 8 to a cell.
        """
        source, target = columns_of(source_grid), columns_of(target_grid)

        def share(first, last):
            part = cell_mean_matrix(source_grid, target_grid, first, last)
            return np.diff(part.indptr), part.indices, part.data

        return cls(*by_shares("cell_mean", share, source, target, communicator))

    @classmethod
    def nearest(cls, source_grid, target_grid, source_mask=None, target_mask=None, communicator=None):
        """Return weights of the nearest column, on land within 500 km where there is a mask; either side may be points."""
        source = columns_of(source_grid)
        among = None if source_mask is None else checked_mask(source_mask, source.n_columns, "source_mask") > 0.0
        farthest = np.inf if among is None else FARTHEST

        def find(latitude, longitude):
            return nearest_columns(source, latitude, longitude, among, farthest)

        return cls(*of_nearest("nearest", find, source, target_grid, target_mask, communicator))

    @classmethod
    def nearest_class(cls, source_grid, target_grid, source_mask, source_class, target_class, target_mask=None,
                      communicator=None):
        """Return the weights of the nearest land of the target's soil class within 500 km, else of the nearest land there.

        Parameters are those of :meth:`same_class`; either side may be points.
        """
        source, target = columns_of(source_grid), columns_of(target_grid)
        land = checked_mask(source_mask, source.n_columns, "source_mask") > 0.0
        source_class, target_class = checked_classes(source_class, source, target_class, target)

        def find(latitude, longitude, wanted):
            found = np.full(len(latitude), -1)
            for one in np.unique(wanted):
                place, among = np.flatnonzero(wanted == one), land & (source_class == one)
                found[place] = nearest_columns(source, latitude[place], longitude[place], among, FARTHEST)
            lacking = np.flatnonzero(found < 0)
            found[lacking] = nearest_columns(source, latitude[lacking], longitude[lacking], land, FARTHEST)
            return found

        return cls(*of_nearest("nearest_class", find, source, target_grid, target_mask, communicator, target_class))

    @classmethod
    def gathered(cls, source_grid, target_grid, source_mask=None, target_mask=None, communicator=None):
        """Return the weights of the mean, by area, of the source's columns to which a target is the nearest.

        It stands for the conservative mean where targets are points that have areas but no outlines; what is farther than
        twice the radius of a circle of a target's area does not belong to it. Parameters are those of :meth:`conservative`.
        """
        source, target = columns_of(source_grid), columns_of(target_grid)

        def share(first, last):
            return (nearest_columns(target, source.latitude[first:last], source.longitude[first:last]),)

        communicator = communicator or SerialCommunicator()
        found = in_shares(communicator, source.n_columns, share)

        def finish():
            row = found[0]
            apart = np.linalg.norm(vectors_of(source.latitude, source.longitude)
                                   - vectors_of(target.latitude[row], target.longitude[row]), axis=1)
            column = np.flatnonzero(apart <= 2.0 * np.sqrt(target.area[row] / np.pi))
            matrix = csr_matrix((source.area[column], (row[column], column)), shape=(target.n_columns, source.n_columns))
            return finish_rows("gathered", source, target, matrix, source_mask, target_mask)

        return cls(*together(communicator, finish))

    @classmethod
    def same_class(cls, source_grid, target_grid, source_mask, source_class, target_class, target_mask=None,
                   communicator=None):
        """Return the weights of soil moisture: bilinear among land of the target's soil class, else the nearest land.

        Parameters
        ----------
        source_class, target_class : ndarray of int (n_source,), (n_target,)
            Soil classes. The rest is as for :meth:`conservative`.
        """
        classes = checked_classes(source_class, columns_of(source_grid), target_class, columns_of(target_grid))
        return cls(*of_points("same_class", bilinear_matrix, source_grid, target_grid, communicator, classes,
                              source_mask=source_mask, target_mask=target_mask))

    @classmethod
    def soil_moisture(cls, source_grid, target_grid, source_mask, source_class=None, target_class=None, target_mask=None,
                      communicator=None):
        """Return the weights that hand soil moisture over; parameters as for :meth:`same_class`.

        A target of more than twice the area of the source's cell at its place takes the conservative mean among land, since
        bilinear weights would merely sample there; others are as in :meth:`same_class`, or bilinear without soil classes.
        Columns of a cubed sphere count with their mean area: nodes at corners of elements have a sixth of the area of those
        inside, but their values belong to the same polynomial. Points with areas take the mean of :meth:`gathered`.
        """
        source, target = columns_of(source_grid), columns_of(target_grid)
        wanted = np.ones(target.n_columns, bool)
        if target_mask is not None:
            wanted = checked_mask(target_mask, target.n_columns, "target_mask") > 0.0
        cell = source.area[nearest_columns(source, target.latitude, target.longitude)]
        own = np.full(target.n_columns, target.area.mean()) if isinstance(target_grid, CubedSphere) else target.area
        coarse = own > COARSER * cell
        parts = []
        if coarse.any():
            mean = cls.conservative if isinstance(target_grid, (Grid, CubedSphere)) else cls.gathered
            parts.append(mean(source_grid, target_grid, source_mask, wanted & coarse, communicator))
        if not coarse.all():
            fine = wanted & ~coarse
            if source_class is None or target_class is None:
                parts.append(cls.bilinear(source_grid, target_grid, source_mask, fine, communicator))
            else:
                parts.append(cls.same_class(source_grid, target_grid, source_mask, source_class, target_class, fine,
                                            communicator))
        return parts[0] if len(parts) == 1 else _joined("soil_moisture", *parts)


def _joined(method, first, second):
    """Return the weights of two remappings of which each target has one."""
    row = np.concatenate([np.repeat(np.arange(part.n_target), np.diff(part.start)) for part in (first, second)])
    order = np.argsort(row, kind="stable")
    index, weight = (np.concatenate(pair)[order] for pair in ((first.index, second.index), (first.weight, second.weight)))
    return Remap(method, first.source, first.target, first.start + second.start, index, weight,
                 np.zeros(first.n_source), first.target_fraction + second.target_fraction)


def _directions(columns):
    """Return unit vectors to the east and to the north ``(3, n_columns)``."""
    north, east = columns.latitude, columns.longitude
    return vectors_of(np.zeros(len(east)), east + 90.0).T, vectors_of(north + 90.0, east).T
