"""An atmosphere that is another program: it reads soil moisture and a restart, and writes forcing and a restart.

The program is started without a shell for each part of a run between two restarts: twice for a cycle, from ``T - 3 h`` to
``T + 3 h`` with the soil moisture and from there to ``T + 9 h`` without. It must write the fields of
:data:`landda_hpc.coupling.atmosphere.FORCING` on its columns (dimensions ``time``, ``ncol``) from the start to the end of its
part, both included, at least 3-hourly, means over the interval that ends at their time; for forecasts also ``t2m``, ``q2m``.
"""

import logging
import os
import secrets
import shutil
import signal
import subprocess
from pathlib import Path

import numpy as np

from landda_hpc.coupling.atmosphere import FORCING, FORECAST, Atmosphere, AtmosphereRun, Description, Outputs, Series
from landda_hpc.coupling.column_files import read_series
from landda_hpc.coupling.column_places import read_columns
from landda_hpc.coupling.exchange_files import stamp, write_soil_moisture
from landda_hpc.coupling.maps import same_places
from landda_hpc.errors import ConfigError, InputError, RestartError
from landda_hpc.io.atomic import replacing
from landda_hpc.parallel import SerialCommunicator, on_root

PLACEHOLDERS = ("start", "end", "soil_moisture", "forcing", "restart_in", "restart_out")
TOLD_LINES = 20  # of what the program said, when it failed
#: Of the environment of a rank, which would make a program take part in its MPI job.
OF_RANKS = ("OMPI_COMM_WORLD", "OMPI_MCA_orte", "OMPI_MCA_ess", "OMPI_UNIVERSE", "PMIX_", "PMI_")
logger = logging.getLogger(__name__)


class CommandAtmosphere(Atmosphere):
    """Another program.

    Parameters
    ----------
    command : sequence of str
        Program and arguments with placeholders, see :data:`PLACEHOLDERS`.
    base : Path
        Folder that it is started in.
    folder : Path
        For the files of a run, each in a folder of its own; that of the last stays.
    columns : AtmosphereColumns
    time_out : float
        [s]
    communicator : Communicator
        Whose root starts it.
    layer_thickness : sequence of float
        Of the soil of the land [m].
    limits : tuple of ndarray, optional
        Least and greatest soil moisture of its soils ``(n_columns,)``.

    Raises
    ------
    ConfigError
        For unknown placeholders.
    """

    suffix = ".restart"

    def __init__(self, command, base, folder, columns, time_out, communicator, layer_thickness, limits=None):
        self._limits = limits
        self._command, self._base, self._folder = tuple(command), Path(base), Path(folder).absolute()
        self._columns, self._time_out, self._communicator = columns, time_out, communicator
        self._layer_thickness = layer_thickness
        for argument in self._command:
            try:
                argument.format(**dict.fromkeys(PLACEHOLDERS, ""))
            except (KeyError, IndexError, ValueError) as error:
                known = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
                raise ConfigError(f"atmosphere.command: {argument!r} has a placeholder that is not known ({error}); known are "
                                  f"{known}; a brace itself is doubled.") from error

    def describe(self):
        """Return the :class:`~landda_hpc.coupling.atmosphere.Description`."""
        return Description(f"command {self._command[0]}", self._columns, "that of the program", tuple(FORCING), 3600, False,
                           False, True, {"atmosphere": "command"}, self._limits)

    def cold_start(self, time, source=None):
        """Return the path of a restart file, None where the program begins by itself."""
        return None if source is None else self.load(source)

    def save(self, restart, path):
        """Copy a restart file."""
        on_root(self._communicator, lambda: self._copy(restart, path))

    @staticmethod
    def _copy(source, path):
        with replacing(path, SerialCommunicator(), Path(source).stat().st_size) as temporary:
            shutil.copyfile(source, temporary)

    def load(self, path):
        """Return the path of a restart file.

        Raises
        ------
        RestartError
            For one that is not there.
        """
        if not Path(path).is_file():
            raise RestartError(f"{path}, a restart of the atmosphere, is missing.")
        return Path(path).absolute()

    def run(self, restart, t0, t1, soil_moisture=None, increments=None, outputs=Outputs()):
        """Start the program for each part: see :meth:`landda_hpc.coupling.atmosphere.Atmosphere.run`."""
        if increments is not None:
            raise ConfigError("The atmosphere of kind command takes no increments.")
        edges = [t0, *(time for time in outputs.restarts if t0 < time < t1), t1]
        result = on_root(self._communicator, lambda: self._run(restart, edges, soil_moisture, outputs))
        paths = self._communicator.broadcast(result[0] if result is not None else None)
        restarts = dict(zip(edges[1:], paths))
        return AtmosphereRun(restarts[t1], restarts, *(result[1] if result is not None else (None, None, None)))

    def _run(self, restart, edges, soil_moisture, outputs):
        folder = self._new_folder(edges[0], restart)
        theta, paths, parts = None, [], []
        if soil_moisture is not None:
            theta = folder / f"soil_moisture_{stamp(edges[0])}.nc"
            write_soil_moisture(theta, soil_moisture, edges[0], self._columns, {"title": "soil moisture of the land"},
                                self._layer_thickness)
        fields = (*FORCING, *(FORECAST if len(outputs.forecast) else ()), "zref")
        for start, end in zip(edges[:-1], edges[1:]):
            forcing, after = self._start(folder, start, end, theta, restart)
            needed = (*FORCING, *FORECAST) if len(outputs.forecast) else tuple(FORCING)
            parts.append(read_series(forcing, start, end, fields=tuple(dict.fromkeys(fields)), needed=needed))
            paths.append(after)
            theta, restart = None, after
        return paths, chosen(joined(parts), edges[0], outputs)

    def _new_folder(self, start, restart):
        """Return a folder that no program knows yet; one that outlived a killed run must not write among the new files."""
        for path in self._folder.iterdir() if self._folder.exists() else ():
            if restart is None or path != Path(restart).parent:
                shutil.rmtree(path, ignore_errors=True)
        folder = self._folder / f"{stamp(start)}_{secrets.token_hex(4)}"
        folder.mkdir(parents=True)
        return folder

    def _start(self, folder, start, end, theta, restart):
        """Run the program for a part and return the paths of its forcing and restart."""
        forcing = folder / f"forcing_{stamp(start)}.nc"
        after, log = folder / f"restart_{stamp(end)}{self.suffix}", folder / f"log_{stamp(start)}.txt"
        given = {"start": str(start), "end": str(end), "soil_moisture": str(theta or ""), "forcing": str(forcing),
                 "restart_in": str(restart or ""), "restart_out": str(after)}
        arguments = [argument.format(**given) for argument in self._command]
        self._call(arguments, log, f"{start} to {end} UTC")
        for path, what in ((forcing, "forcing"), (after, "restart_out")):
            if not path.is_file():
                raise InputError(f"atmosphere.command ended without an error but did not write its {what}, {path}, for {start} "
                                 f"to {end} UTC.\n  command  {' '.join(arguments)}\n{_tail(log)}")
        columns = read_columns(forcing)
        if not same_places(columns, self._columns):
            raise InputError(f"{forcing}: its {columns.n_columns} columns are not the {self._columns.n_columns} of "
                             "atmosphere.columns, one by one within 1e-4 degrees.")
        return forcing, after

    def _call(self, arguments, log, span):
        environment = {name: value for name, value in os.environ.items() if not name.startswith(OF_RANKS)}
        with open(log, "wb") as output:
            try:
                process = subprocess.Popen(arguments, cwd=self._base, env=environment, stdin=subprocess.DEVNULL, stdout=output,
                                           stderr=subprocess.STDOUT, start_new_session=True)
            except OSError as error:
                raise InputError(f"atmosphere.command: {arguments[0]} cannot be started: {error.strerror}.") from error
            try:
                code = process.wait(self._time_out)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)  # also what it has started itself
                process.wait()
                raise InputError(f"atmosphere.command took longer than atmosphere.time_out, {self._time_out} s, for {span} and "
                                 f"was ended.\n  command  {' '.join(arguments)}\n{_tail(log)}") from None
            except BaseException:
                os.killpg(process.pid, signal.SIGKILL)
                raise
        if code != 0:
            how = f"failed with exit code {code}" if code > 0 else f"was ended by the signal {signal.Signals(-code).name}"
            raise InputError(f"atmosphere.command {how} for {span}.\n  command  {' '.join(arguments)}\n{_tail(log)}")


def _tail(log):
    """Return the last lines of what the program said."""
    lines = Path(log).read_text(errors="replace").splitlines()[-TOLD_LINES:]
    if not lines:
        return "  it said nothing"
    return "\n".join([f"  it said, at the end of {log}:", *(f"    {line}" for line in lines)])


def joined(parts):
    """Return the :class:`~landda_hpc.coupling.atmosphere.Series` of parts that follow each other, their common time once."""
    first, *others = parts
    names = [name for name in first.fields if all(name in part.fields for part in others)]
    return Series(np.concatenate([first.time, *(part.time[1:] for part in others)]),
                  {name: np.concatenate([first.fields[name], *(part.fields[name][1:] for part in others)]) for name in names})


def chosen(series, start, outputs):
    """Return forcing, forecast and trajectory of a series that begins at the start of a run.

    Raises
    ------
    InputError
        For times that the series does not have.
    """
    def span(limits):
        if limits is None:
            return None
        inside = (series.time >= limits[0]) & (series.time <= limits[1])
        if not inside.any() or series.time[inside][0] != limits[0] or series.time[inside][-1] != limits[1]:
            raise InputError(f"The forcing of the atmosphere has no record of {limits[0]} or {limits[1]}; its times are "
                             f"{', '.join(map(str, series.time[:8]))} and so on.")
        return Series(series.time[inside], {name: values[inside] for name, values in series.fields.items()})

    forcing = span(outputs.forcing)
    if forcing is not None:
        for name, values in forcing.fields.items():
            if name in FORCING and FORCING[name].mean:
                values[0] = np.nan
    return forcing, _forecast(series, start, outputs.forecast), span(outputs.trajectory)


def _forecast(series, start, times):
    """Return the records of a forecast; precipitation is the mean since the record before."""
    if not len(times):
        return None
    rows = [np.flatnonzero(series.time == time) for time in times]
    if any(len(row) != 1 for row in rows):
        lacking = next(time for time, row in zip(times, rows) if len(row) != 1)
        raise InputError(f"The forcing of the atmosphere has no record of {lacking}, which the forecast needs. Choose another "
                         "atmosphere.forecast_interval, or let the program write more often.")
    fields = {name: series.fields[name][[int(row[0]) for row in rows]] for name in FORECAST}
    before = 0
    for place, row in enumerate(rows):
        hourly = series.fields["rainf"][before + 1:int(row[0]) + 1]
        fields["rainf"][place] = hourly.mean(axis=0) if len(hourly) else np.nan
        before = int(row[0])
    return Series(np.array(times), fields)
