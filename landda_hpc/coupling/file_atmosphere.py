"""An atmosphere that is no model: the forcing comes from files, the soil moisture handed over changes nothing.

Files on columns (:mod:`landda_hpc.coupling.column_files`) keep their columns. Files on latitudes and longitudes
(:mod:`landda_hpc.forcing.gridded`: ERA5, ERA5-Land, GLDAS, CF) are interpolated to the land points, which then are the columns.
"""

import json
from pathlib import Path
from typing import NamedTuple

import numpy as np

from landda_hpc.coupling.atmosphere import (
    FORCING,
    HOUR,
    Atmosphere,
    AtmosphereColumns,
    AtmosphereRun,
    Description,
    Outputs,
    Series,
    hours,
)
from landda_hpc.coupling.column_files import read_series, times_of
from landda_hpc.coupling.column_places import TERRAIN, read_columns, read_positions
from landda_hpc.coupling.maps import same_places
from landda_hpc.domain.points import split_evenly
from landda_hpc.errors import ConfigError, InputError, RestartError
from landda_hpc.io.atomic import replacing
from landda_hpc.parallel import SerialCommunicator, on_root, together

INSTANTS = ("tair", "qair", "uwind", "vwind", "psurf")
MEANS = {"swdown": "shortwave_down", "lwdown": "longwave_down", "rainf": "precipitation"}


class FileAtmosphere(Atmosphere):
    """Forcing from files.

    Parameters
    ----------
    source : ColumnSource or GridSource
    communicator : Communicator
    identity : dict of str to str
        Of how the files are read.
    """

    suffix = ".json"

    def __init__(self, source, communicator, identity):
        self._source, self._communicator = source, communicator
        self._description = Description(f"files of {source.what}", source.columns, "the lowest level alone", source.fields,
                                        3600, False, False, False, {"atmosphere": "files", **identity})

    def describe(self):
        """Return the :class:`~landda_hpc.coupling.atmosphere.Description`."""
        return self._description

    def cold_start(self, time, source=None):
        """Return the restart of a time, which is all that there is to it."""
        return np.datetime64(time, "s")

    def run(self, restart, t0, t1, soil_moisture=None, increments=None, outputs=Outputs()):
        """Return the forcing of the files: see :meth:`landda_hpc.coupling.atmosphere.Atmosphere.run`."""
        if increments is not None or len(outputs.forecast):
            raise ConfigError("An atmosphere of files takes no increments and makes no forecasts.")
        if restart != t0:
            raise ConfigError(f"The restart of the atmosphere is of {restart}, expected {t0}.")
        forcing, trajectory = (self._source.series(*span) if span is not None else None
                               for span in (outputs.forcing, outputs.trajectory))
        return AtmosphereRun(np.datetime64(t1, "s"), {time: time for time in outputs.restarts}, forcing, None, trajectory)

    def save(self, restart, path):
        """Write the time of a restart."""
        if self._communicator.is_root:
            with replacing(path, SerialCommunicator(), 100) as temporary:
                temporary.write_text(json.dumps({"time": str(restart)}))
        self._communicator.barrier()

    def load(self, path):
        """Return the time of a restart.

        Raises
        ------
        RestartError
        """
        try:
            return np.datetime64(json.loads(Path(path).read_text())["time"], "s")
        except (OSError, ValueError, KeyError) as error:
            raise RestartError(f"{path} cannot be read as a restart of an atmosphere of files ({error}).") from error


class _Span(NamedTuple):
    path: Path
    first: object
    last: object


class ColumnSource:
    """Files on columns, read by the root.

    Parameters
    ----------
    paths : sequence of Path
    names : dict of str to NamedField
        In place of the usual names of variables.
    communicator : Communicator
    orography : Path, optional
        File with the terrain of the columns, by default that of the first.

    Raises
    ------
    InputError
    """

    what = "columns"

    def __init__(self, paths, names, communicator, orography=None):
        self._names, self._communicator = names, communicator
        self._spans, self.columns = together(communicator, lambda: (
            [_Span(path, *(times_of(path)[[0, -1]])) for path in paths], _columns(paths[0], orography)))
        self._known = {self._spans[0].path}
        self.fields = tuple(FORCING)

    def series(self, start, end):
        """Return the :class:`~landda_hpc.coupling.atmosphere.Series` of a window on the root, None elsewhere.

        A file that begins with the window and has all of it is taken alone, as one forecast among overlapping ones; otherwise
        all files with a time of the window.
        """
        return on_root(self._communicator, lambda: self._series(start, end))

    def _series(self, start, end):
        whole = [span.path for span in self._spans if span.first == start and span.last >= end]
        touching = [span.path for span in self._spans if span.first <= end and span.last >= start]
        if not touching:
            raise InputError(f"atmosphere.source.files: no file has a time from {start} to {end} UTC; {len(self._spans)} files "
                             f"have {min(span.first for span in self._spans)} to {max(span.last for span in self._spans)}.")
        chosen = whole[:1] or touching
        for path in chosen:
            self._check_columns(path)
        return read_series(chosen, start, end, self._names)

    def _check_columns(self, path):
        """Refuse a file whose columns are not those of the first, one by one; each is looked at once."""
        if path in self._known:
            return
        latitude, longitude = read_positions(path)
        if not same_places(self.columns, self.columns._replace(latitude=latitude, longitude=longitude)):
            raise InputError(f"{path}: its {len(latitude)} columns are not the {self.columns.n_columns} of "
                             f"{self._spans[0].path}, one by one within 1e-4 degrees.")
        self._known.add(path)


def _columns(path, orography):
    """Return the columns of a file, with the terrain of another if there is one."""
    columns = read_columns(path)
    if orography is None:
        return columns
    terrain = read_columns(orography)
    if terrain.elevation is None or not same_places(terrain, columns):
        raise InputError(f"atmosphere.source.orography: {orography} has no {' or '.join(TERRAIN)} on the columns of {path}, "
                         "one by one within 1e-4 degrees.")
    return columns._replace(elevation=terrain.elevation)


class GridSource:
    """Files on latitudes and longitudes, each rank interpolating to its share of the land points.

    Parameters
    ----------
    open_forcing : callable
        ``open_forcing(domain)`` returns the :class:`~landda_hpc.forcing.gridded.file_forcing.FileForcing` of points.
    domain : Domain
        Of the land.
    time_step : int
        That the forcing was opened with [s].
    communicator : Communicator
    """

    fields = tuple(FORCING)

    def __init__(self, open_forcing, domain, time_step, communicator):
        self._communicator, self._step = communicator, np.timedelta64(time_step, "s")
        self._band = split_evenly(domain.n_total, communicator.size)[communicator.rank]
        self._forcing = open_forcing(domain.take(self._band.slice))
        self.columns = AtmosphereColumns.of_domain(domain)
        self.what = "latitudes and longitudes"

    def series(self, start, end):
        """Return the hourly :class:`~landda_hpc.coupling.atmosphere.Series` of a window on the root, None elsewhere."""
        times, records = hours(start, end), []
        for time in times:
            means = np.full((len(MEANS), self._band.n_points), np.nan)
            if time > start:
                steps = [self._forcing.at(step) for step in np.arange(time - HOUR, time, self._step)]
                means = np.stack([sum(getattr(step, name) for step in steps) / len(steps) for name in MEANS.values()])
            record = np.concatenate([self._forcing.instant(time), means])
            records.append(self._communicator.gather_points(record, self._band, 1))
        if not self._communicator.is_root:
            return None
        return Series(times, {name: np.stack([record[row] for record in records])
                              for row, name in enumerate((*INSTANTS, *MEANS))})
