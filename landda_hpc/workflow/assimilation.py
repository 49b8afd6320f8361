"""The assimilation within a run: the observations of a step, their corrections and tests, the analysis, what it leaves on disk.

The root reads the observations of some hours when the first of them are due and gives each rank those of its points; else
nothing is communicated until a cycle ends and the root writes what the ranks have done in it.
"""

from pathlib import Path

import numpy as np

from landda_hpc.assimilation.analysis import CODES as FILTER_CODES
from landda_hpc.assimilation.enkf import EnKF
from landda_hpc.assimilation.increments import NOT_TRIED
from landda_hpc.assimilation.observations import SENSORS
from landda_hpc.errors import InputError
from landda_hpc.io.restart import Field
from landda_hpc.noah import ice
from landda_hpc.observations.batch import PLATFORMS, seconds_of
from landda_hpc.observations.codes import ACCEPTED, NUMBERS
from landda_hpc.observations.gridded import GriddedObservations
from landda_hpc.observations.model_qc import check_against_model, limits_of
from landda_hpc.observations.store import day_path, days_of, read_day
from landda_hpc.observations.windows import AnalysisTimes, hand_over_times, window_slice
from landda_hpc.parallel import on_root
from landda_hpc.workflow.bias_correction import bias_correction
from landda_hpc.workflow.climatology import UNITS
from landda_hpc.workflow.cycle_file import cycle_file, write_cycle
from landda_hpc.workflow.ingest import store_settings
from landda_hpc.workflow.overpass import model_columns

PIECE = 21600  # s of observations that are read together, part of a day


class Assimilation:
    """Assimilates the configured sensors at the points of a band.

    Parameters
    ----------
    config : RunConfig
    base : Path
        Folder that file names of the configuration are relative to.
    folder : Path
        Of the run.
    points : PointSet
    band : Band
    parameters : LandParameters
    land_cover : ndarray of int64 (n_points,)
    communicator : Communicator
    timers : SectionTimers
        That the time of the filter alone is added to.
    checked : bool
        Whether the climatologies were checked before, by the same run on other bands.
    """

    def __init__(self, config, base, folder, points, band, parameters, land_cover, communicator, timers, checked=False):
        self._config, self._folder, self._communicator, self._timers = config, folder, communicator, timers
        self._points, self._band, self._parameters, self._land_cover = points, band, parameters, land_cover
        self._time_step, self._interval = config.run.time_step, config.time.seconds(config.run.time_step)
        self._times = AnalysisTimes(0.0, float(self._interval))
        self._store = Path(base) / config.observations.folder
        self._settings = {sensor: store_settings(config.sensors, sensor, points.grid) for sensor in config.sensors.enabled()}
        self._correct = {sensor: bias_correction(config, base, sensor, points, band, parameters["porosity"], communicator,
                                                 checked)
                         for sensor in config.sensors.enabled()}
        self._limits = limits_of(config.model_qc)
        analysable = (parameters["surface_kind"] == ice.LAND) & (parameters["urban"] == 0.0)
        self.filter = EnKF.from_sections(config.enkf, config.ensemble, config.perturb, points.cell[band.slice],
                                         parameters["layer_thickness"], analysable)
        self._is_hand_over = None if config.atmosphere is None else hand_over_times(config.run.start)
        self._pieces, self._cycle = {}, []
        self._bands = communicator.gather_object(band)

    @property
    def water_added(self):
        """Water that the analyses added, summed over members ``(n_points,)`` [kg m-2]."""
        return self.filter.water_added

    def fields(self):
        """Return what a restart file keeps."""
        return {"analysis_water_added": Field(self.filter.water_added, ("point",), "kg m-2")}

    def restore(self, fields):
        """Take what a restart file kept."""
        self.filter.water_added[:] = fields["analysis_water_added"].values

    def exclude(self, points):
        """Analyse some points (boolean ``(n_points,)``), those of columns that went wrong, no more."""
        self.filter.exclude(points)

    def analyse(self, end, state, precipitation):
        """Analyse the state at the end of a step, if an analysis is due.

        Parameters
        ----------
        end : datetime64
        state : LandState
            Changed in place.
        precipitation : ndarray (n_points, 1)
            Mean of what the members received in the step [kg m-2 s-1].
        """
        seconds = float(seconds_of(end))
        if seconds % self._interval:
            return
        parts = [part for sensor in self._correct for part in self._due(sensor, int(self._times.step(seconds)))]
        if parts:
            self._cycle.append(self._analyse(end, seconds, state, precipitation,
                                             {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}))

    def compile(self, time, state, precipitation, parameters, land_cover):
        """Correct and test an observation of every sensor at a time and one point, which leaves nothing.

        The other arguments are those of :meth:`analyse` and of the run, at that point alone.
        """
        model = model_columns(state, precipitation, parameters, land_cover)
        for sensor, correct in self._correct.items():
            corrected = correct(_one_observation(UNITS[sensor], float(seconds_of(time))))
            check_against_model(corrected.code, np.zeros(1, np.int64), corrected.value, model, self._limits)

    def _due(self, sensor, step):
        """Return the observations of a sensor that an analysis takes, as a list of dicts of columns."""
        begin, end = self._limits_of(step)
        parts = []
        for number in range(int(begin // PIECE), int(np.nextafter(end, begin) // PIECE) + 1):
            columns = self._piece(sensor, number)
            if columns is not None:
                window = window_slice(columns["time"], begin, end)
                if window.stop > window.start:
                    parts.append({name: column[window] for name, column in columns.items()})
        return parts

    def _limits_of(self, step):
        """Return begin and end of the observations that an analysis takes [s since 2000]; the end is not part of them.

        What is observed after the time at which a coupled run hands soil moisture over waits for the next analysis, although
        this one is nearer: nothing later may reach the atmosphere of the cycle.
        """
        begin, end = self._times.limits(step)
        if self._is_hand_over is not None:
            time, before = (float(self._times.time(number)) for number in (step, step - 1))
            if self._is_hand_over(time):
                end = np.nextafter(time, np.inf)
            if self._is_hand_over(before):
                begin = np.nextafter(before, np.inf)
        return begin, end

    def _piece(self, sensor, number):
        """Return the observations of a piece of time at the points of the band, corrected; None where there are none."""
        key = sensor, number
        if key not in self._pieces:
            self._pieces = {known: columns for known, columns in self._pieces.items() if known[1] >= number - 1}
            self._pieces[key] = self._read(sensor, number)
        return self._pieces[key]

    def _read(self, sensor, number):
        own = self._communicator.scatter_objects(on_root(self._communicator, lambda: self._shares(sensor, number)))
        if own is None:
            return None
        corrected = self._correct[sensor](own)
        index = np.array([SENSORS.index(name) if name in SENSORS else -1 for name in PLATFORMS])
        return {"point": own.point, "time": own.time, "sensor": index[own.platform], "observed": own.value,
                "scaled": corrected.value, "error_std": corrected.error_std, "code": corrected.code}

    def _shares(self, sensor, number):
        """Return a function from a rank to the accepted observations of a piece at its points, None where there is no file."""
        begin = number * PIECE
        path = day_path(self._store, sensor, days_of(begin))
        found = read_day(path, self._points.cell, self._settings[sensor], (begin, begin + PIECE))
        if found is None:
            return lambda rank: None
        if found.units != UNITS[sensor]:
            raise InputError(f"{path} is in {found.units}, expected {UNITS[sensor]} for {sensor}. Ingest the products of that "
                             "day again.")
        accepted = np.flatnonzero(found.code == ACCEPTED)
        by_point = accepted[np.argsort(found.point[accepted], kind="stable")]
        ends = np.searchsorted(found.point[by_point], [(band.start, band.stop) for band in self._bands])

        def share(rank):
            own = found.select(np.sort(by_point[slice(*ends[rank])]))
            return own._replace(point=own.point - self._bands[rank].start)

        return share

    def _analyse(self, end, seconds, state, precipitation, columns):
        """Test and analyse the observations of one time and return what the cycle's file gets of it."""
        code, point = columns["code"], columns["point"]
        model = model_columns(state, precipitation, self._parameters, self._land_cover)
        check_against_model(code, point, columns["scaled"], model, self._limits)
        used = np.flatnonzero(code == ACCEPTED)
        sorted_ = self.filter.sort(point[used], columns["scaled"][used], columns["error_std"][used], columns["sensor"][used])
        with self._timers("of it filter"):
            results = self.filter.analyse(end, self._time_step, state, self._parameters["porosity"], sorted_)
        where = used[sorted_.order]
        code[where] = [_observation_code(number) for number in results.code]
        filled = {name: np.full(len(code), np.nan) for name in ("innovation", "variance", "normalised", "residual", "freedom")}
        for name in filled:
            filled[name][where] = getattr(results, name)
        cell = self._points.cell[self._band.slice]
        own = self._points.latitude[self._band.slice], self._points.longitude[self._band.slice]
        observed = {"cell": cell[point], "latitude": own[0][point], "longitude": own[1][point], "time": columns["time"],
                    "analysis_time": np.full(len(code), seconds), "sensor": columns["sensor"].astype(np.int8),
                    "observed": columns["observed"], "scaled": columns["scaled"], "error_std": columns["error_std"],
                    "code": code, **filled}
        order = np.lexsort((observed["scaled"], observed["sensor"], observed["time"], observed["cell"]))
        observed = {name: column[order] for name, column in observed.items()}
        return observed, self._analysed(seconds, sorted_, results)

    def _analysed(self, seconds, observations, results):
        """Return the columns of the analysed points."""
        points = observations.points
        n_used = np.add.reduceat(results.code == 0, observations.offsets[:-1]) if len(points) else np.zeros(0, int)
        tried = results.outcomes.any(axis=0)
        return {"point_cell": self._points.cell[self._band.slice][points], "point_time": np.full(len(points), seconds),
                "chi_square": results.chi_square, "n_used": n_used,
                "outcome": np.where(tried, results.outcomes.argmax(axis=0), NOT_TRIED),
                "water": results.water / self._config.ensemble.size,
                "raw_increment": results.raw, "applied_increment": results.applied}

    def end_cycle(self, end, attributes):
        """Write what the ranks did in the cycle that ends now; all ranks take part.

        Parameters
        ----------
        end : datetime64
        attributes : dict of str to str
            Provenance.
        """
        self.filter.check_finite(end, self._communicator)
        steps, self._cycle = self._cycle, []
        write_cycle(cycle_file(self._folder, end), steps, len(self._parameters["layer_thickness"]), attributes,
                    self._communicator)


def _one_observation(units, time):
    """Return an observation of no value at the first point, at a time [s since 2000]."""
    columns = {"point": np.int64, "value": np.float64, "error": np.float64, "time": np.float64, "platform": np.int16,
               "product": np.int16, "n_footprints": np.int32, "ascending": np.bool_, "code": np.int16}
    given = {name: np.zeros(1, kind) for name, kind in columns.items()} | {"time": np.full(1, time)}
    return GriddedObservations(**given, units=units)


def _observation_code(number):
    """Return the reason code of an observation for a code of the filter."""
    name = FILTER_CODES[number]
    return ACCEPTED if name == "used" else NUMBERS[_NAMES[name]]


#: What stands in the files for each code of the filter.
_NAMES = {"no_spread": "F1", "not_finite": "F2", "first_layer_inactive": "F3", "not_soil": "F4", "gross_error": "M11",
          "singular": "F5"}
