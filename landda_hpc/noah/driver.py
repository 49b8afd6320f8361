"""The land model of one rank: allocates, advances its columns, turns status codes into errors with a place and a time."""

from typing import NamedTuple

import numpy as np

from landda_hpc import variables
from landda_hpc.noah import column, surface_layer
from landda_hpc.noah.parameters import LandParameters
from landda_hpc.noah.processes import chosen
from landda_hpc.noah.tiles import rows
from landda_hpc.noah.types import Beside, LandState

#: Largest water residual of a step [m] and largest energy residual relative to the terms, by the kernel's precision.
BALANCE_TOLERANCES = {np.dtype(np.float64): (1.0e-12, 1.0e-9), np.dtype(np.float32): (1.0e-4, 2.0e-3)}


#: Rows of the forcing that all members of a point share.
SHARED = ("air_temperature", "specific_humidity", "eastward_wind", "northward_wind", "surface_pressure")
#: Rows summed over steps and members at every point, for the budgets of a run.
SUMMED = ("precipitation", "evaporation", "surface_runoff", "drainage", "snow_leak", "soil_leak", "ice_leak",
          "water_closure", "energy_leak", "energy_residual", "convergence_failures")


class Options(NamedTuple):
    """Choices of the land model.

    The surface layer, czil that depends on the roughness, and the names of the processes of
    :data:`landda_hpc.noah.processes.DESCRIPTIONS` that follow Noah 2.7.1. Kernels are compiled for each set of them.
    """

    older_surface_layer: bool = False
    roughness_dependent_czil: bool = False
    as_271: tuple = ()


def state_planes(n_layers, n_points, n_members, dtype=np.float64):
    """Return one array of all state planes ``(n_planes, n_points, n_members)`` and the :class:`LandState` of its views."""
    counts = [n_layers if variable.dims == variables.LAYERED else 1 for variable in variables.STATE.values()]
    planes = np.full((sum(counts), n_points, n_members), np.nan, dtype)
    views, first = [], 0
    for count, variable in zip(counts, variables.STATE.values()):
        views.append(planes[first:first + count] if variable.dims == variables.LAYERED else planes[first])
        first += count
    return planes, LandState(*views)


def row_offsets(names, n_layers):
    """Return the first offset in the scratch buffer of each plane of the named rows, layer by layer."""
    offsets = []
    for name in names:
        count = n_layers if rows.is_layered(name) else 1
        offsets += [rows.OFFSETS[name] + layer * rows.WIDTH for layer in range(count)]
    return np.array(offsets, np.int64)


class LandModel:
    """Noah columns of a band of points, every member of each.

    Parameters
    ----------
    parameters : LandParameters
        Of the band's points.
    n_members : int
    outputs : sequence of str
        Rows of :mod:`landda_hpc.noah.tiles.rows` that each step leaves in :attr:`outputs`.
    precision : numpy dtype
        float64 or float32, of storage and kernel.
    options : Options
    n_threads : int
    totals : sequence of str
        Rows that each step adds to :attr:`totals`.

    Attributes
    ----------
    state : LandState
        Views of ``planes``; write the initial state into them.
    totals : dict of ndarray of float64 ([n_layers,] n_points, n_members)
        Rows added up since they were last set to zero; those of :data:`SHARED` are ``(n_points, 1)``.
    sums : dict of ndarray of float64 (n_points,)
        Rows :data:`SUMMED` added up over all steps and members since the model was made.
    status : ndarray of uint8 (n_points, n_members)
        Codes of :data:`landda_hpc.noah.column.STATUS` after the last step.
    """

    def __init__(self, parameters: LandParameters, n_members, outputs=(), precision=np.float64, options=Options(),
                 n_threads=1, totals=()):
        self.parameters = parameters
        self.options = options
        self.dtype = np.dtype(precision)
        self.n_layers = parameters.n_layers
        self.n_points = parameters.planes.shape[1]
        self.n_members = n_members
        self.planes, self.state = state_planes(self.n_layers, self.n_points, n_members, self.dtype)
        self.output_names = tuple(outputs)
        self._output_rows = row_offsets(self.output_names, self.n_layers)
        self.output_planes = np.zeros((len(self._output_rows), self.n_points, n_members), self.dtype)
        self.outputs = self._views(self.output_names, self.output_planes)
        of_members = [name for name in totals if name not in SHARED]
        self._total_rows = row_offsets(of_members, self.n_layers)
        self._total_planes = np.zeros((len(self._total_rows), self.n_points, n_members))
        self._shared_totals = {name: np.zeros((self.n_points, 1)) for name in totals if name in SHARED}
        self.totals = self._views(of_members, self._total_planes) | self._shared_totals
        self._beside = np.empty((len(rows.BESIDE_FORCING), self.n_points), self.dtype)
        self._sum_planes = np.zeros((len(SUMMED), self.n_points))
        self.sums = dict(zip(SUMMED, self._sum_planes))
        self._summed_rows = row_offsets(SUMMED, self.n_layers)
        self.status = np.zeros((self.n_points, n_members), np.uint8)
        self._state_rows = row_offsets(variables.STATE, self.n_layers)
        momentum, heat, self._largest = surface_layer.stability_tables()
        self._tables = momentum.astype(self.dtype), heat.astype(self.dtype)
        self._scratch = np.zeros((n_threads, 2, rows.N_ROWS * rows.WIDTH), self.dtype)
        self._parameter_planes = np.asarray(parameters.planes, self.dtype)  # the same array in double precision
        self._forcing = self._settings = None  # of the step

    def _views(self, names, planes):
        views, first = {}, 0
        for name in names:
            count = self.n_layers if rows.is_layered(name) else 1
            views[name] = planes[first:first + count] if rows.is_layered(name) else planes[first]
            first += count
        return views

    def settings(self, time_step, forced_exchange=False):
        """Return the kernel's :class:`landda_hpc.noah.column.Settings`, numbers in the kernel's precision."""
        number = self.dtype.type
        water, energy = BALANCE_TOLERANCES[self.dtype]
        return column.Settings(number(time_step), bool(forced_exchange), bool(self.options.older_surface_layer),
                               bool(self.options.roughness_dependent_czil), number(self._largest), number(water),
                               number(energy), chosen(self.options.as_271))

    def advance(self, forcing, shortwave, longwave, precipitation, time_step, beside=Beside()):
        """Advance all columns by one step and return whether all went well (else look at :attr:`status`).

        Parameters
        ----------
        forcing : Forcing
            Of the points, ``(n_points,)``.
        shortwave, longwave, precipitation : ndarray (n_points, n_members)
            Of each member [W m-2, W m-2, kg m-2 s-1].
        time_step : float
            [s]
        beside : Beside
        """
        if self.n_points == 0:
            return True
        self.begin_step(forcing, time_step, beside)
        self.advance_points(slice(0, self.n_points), shortwave, longwave, precipitation)
        self.end_step()
        return not self.status.any()

    def begin_step(self, forcing, time_step, beside=Beside()):
        """Take what all members share in a step, before :meth:`advance_points`; arguments as of :meth:`advance`."""
        if self._parameter_planes is not self.parameters.planes:
            self._parameter_planes[:] = self.parameters.planes
        for row, values in zip(self._beside, beside):
            row[:] = values
        self._forcing = type(forcing)(*(np.ascontiguousarray(values, self.dtype) for values in forcing))
        self._settings = self.settings(time_step, np.isfinite(self._beside[1]).any())

    def advance_points(self, points, shortwave, longwave, precipitation):
        """Advance the columns of a slice of points; the arrays hold the members of these points alone."""
        n_columns = self.n_points * self.n_members
        by_member = [np.ascontiguousarray(values, self.dtype).reshape(-1)
                     for values in (shortwave, longwave, precipitation)]
        column.step_columns(points.start * self.n_members, self.planes.reshape(len(self.planes), n_columns),
                            self._state_rows, self._forcing, self._beside, *by_member, self._parameter_planes,
                            self.parameters.row_offsets, self.output_planes.reshape(len(self.output_planes), n_columns),
                            self._output_rows, self._total_planes.reshape(len(self._total_planes), n_columns),
                            self._total_rows, self._sum_planes, self._summed_rows, self.status.reshape(-1),
                            tuple(range(self.n_layers)), self._settings, *self._tables, self._scratch)

    def end_step(self):
        """End a step all of whose points were advanced."""
        for name, total in self._shared_totals.items():
            total[:, 0] += getattr(self._forcing, name)
        self._forcing = None
        if "urban" not in self.options.as_271:  # whose driver replaces them in copies of its own
            self.parameters.override_urban()
