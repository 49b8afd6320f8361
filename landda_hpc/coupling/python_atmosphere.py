"""An atmosphere that is a class of the user's, a subclass of :class:`~landda_hpc.coupling.atmosphere.Atmosphere`.

It is made by ``Class(communicator, **arguments)``. All ranks call its operations together; a class that says
``on_root_alone = True`` is made on the root with a communicator of one rank, and only the root calls it. What it gives is
looked at before it is handed over, so that nothing impossible is kept for a run that goes on.
"""

import importlib
import inspect
import os
import sys

import numpy as np

from landda_hpc.coupling.atmosphere import (
    FIELDS,
    FORCING,
    FORECAST,
    Atmosphere,
    AtmosphereRun,
    Description,
    Outputs,
    Series,
)
from landda_hpc.coupling.column_files import check_values
from landda_hpc.errors import ConfigError, InputError
from landda_hpc.io.atomic import replacing
from landda_hpc.parallel import SerialCommunicator, on_root, together

OPERATIONS = ("describe", "cold_start", "run", "save", "load", "observe")
INTERVALS = (3600, 3 * 3600, 6 * 3600)  # s, of the forcing


def named_class(name, folder):
    """Return the class ``package.module:Class``, the module looked for in a folder first.

    Raises
    ------
    ConfigError
        For one that is not there or is no atmosphere.
    """
    module_name, _, class_name = name.partition(":")
    sys.path.insert(0, str(folder.resolve()))
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        raise ConfigError(f"atmosphere.object: {module_name} cannot be imported ({error}). It was looked for in {folder} and "
                          "among the installed packages.") from error
    finally:
        sys.path.pop(0)
    found = getattr(module, class_name, None)
    if not (isinstance(found, type) and issubclass(found, Atmosphere)):
        raise ConfigError(f"atmosphere.object: {class_name} of {module.__file__} is no subclass of "
                          "landda_hpc.coupling.atmosphere.Atmosphere.")
    lacking = sorted(getattr(found, "__abstractmethods__", ()))
    if lacking:
        raise ConfigError(f"atmosphere.object: {name} lacks {', '.join(lacking)} of the operations of an atmosphere.")
    for operation in OPERATIONS:
        own, expected = (list(inspect.signature(getattr(kind, operation)).parameters) for kind in (found, Atmosphere))
        if own[:len(expected)] != expected:
            raise ConfigError(f"atmosphere.object: {operation} of {name} takes ({', '.join(own)}), expected "
                              f"({', '.join(expected)}).")
    return found


class PythonAtmosphere(Atmosphere):
    """A class of the user's at work.

    Parameters
    ----------
    kind : type
        Subclass of :class:`~landda_hpc.coupling.atmosphere.Atmosphere`.
    arguments : dict
        That it is made with.
    communicator : Communicator
    """

    def __init__(self, kind, arguments, communicator):
        self._communicator, self._name, self.suffix = communicator, kind.__name__, kind.suffix
        self._everywhere = not kind.on_root_alone
        self._inner = self._call(lambda: kind(communicator if self._everywhere else SerialCommunicator(), **arguments))
        self._description = self._call(lambda: self._inner.describe())
        if not self._everywhere:
            self._description = communicator.broadcast(self._description)
        if not isinstance(self._description, Description):
            raise ConfigError(f"atmosphere.object: describe() of {self._name} returned {type(self._description).__name__}, "
                              "expected landda_hpc.coupling.atmosphere.Description.")

    def _call(self, function):
        """Return what an operation gives; None on ranks that do not take part."""
        return function() if self._everywhere else on_root(self._communicator, function)

    def describe(self):
        """Return the :class:`~landda_hpc.coupling.atmosphere.Description`."""
        return self._description

    def cold_start(self, time, source=None):
        """Return a restart: see :meth:`landda_hpc.coupling.atmosphere.Atmosphere.cold_start`."""
        return self._call(lambda: self._inner.cold_start(time, source))

    def run(self, restart, t0, t1, soil_moisture=None, increments=None, outputs=Outputs()):
        """Integrate and refuse what cannot be handed over: see :meth:`landda_hpc.coupling.atmosphere.Atmosphere.run`."""
        result = self._call(lambda: self._inner.run(restart, t0, t1, soil_moisture, increments, outputs))
        together(self._communicator, lambda: self._check(result, t0, t1, outputs))
        if result is None:
            return AtmosphereRun(None, dict.fromkeys(outputs.restarts))
        return result

    def save(self, restart, path):
        """Write a restart, which appears whole; the class is given another name with the same ending.

        Raises
        ------
        InputError
            Where nothing was written.
        """
        with replacing(path, self._communicator, 0) as temporary:
            own = path.with_name(f"unfinished_{path.name}")
            self._call(lambda: self._inner.save(restart, own))
            self._communicator.barrier()
            on_root(self._communicator, lambda: self._move(own, temporary))

    def _move(self, own, temporary):
        if not own.is_file():
            raise InputError(f"atmosphere.object: save() of {self._name} did not write {own}, the file that it was given.")
        os.replace(own, temporary)

    def load(self, path):
        """Return the restart of a file."""
        return self._call(lambda: self._inner.load(path))

    def observe(self, trajectory, obs):
        """Return model equivalents: see :meth:`landda_hpc.coupling.atmosphere.Atmosphere.observe`."""
        return self._call(lambda: self._inner.observe(trajectory, obs))

    def warm_up(self):
        """Compile what it needs."""
        if self._inner is not None:
            self._inner.warm_up()

    # ---- what it gives

    def _check(self, result, t0, t1, outputs):
        where = f"atmosphere.object {self._name}, run from {t0} to {t1} UTC"
        if not isinstance(result, AtmosphereRun):
            raise InputError(f"{where}: it returned {type(result).__name__}, expected "
                             "landda_hpc.coupling.atmosphere.AtmosphereRun.")
        lacking = [str(time) for time in outputs.restarts if time not in result.restarts]
        if lacking:
            raise InputError(f"{where}: there is no restart of {', '.join(lacking)} UTC among restarts.")
        if outputs.forcing is not None:
            self._check_series(where, "forcing", result.forcing, FORCING)
            first, last = outputs.forcing
            if len(result.forcing.time) < 2 or result.forcing.time[0] != first or result.forcing.time[-1] != last:
                raise InputError(f"{where}: the times of forcing are {', '.join(map(str, result.forcing.time[:8]))}, expected "
                                 f"{first} to {last} UTC.")
            steps = np.unique(np.diff(result.forcing.time.astype("datetime64[s]"))).astype(np.int64)
            if len(steps) != 1 or steps[0] not in INTERVALS:
                raise InputError(f"{where}: the times of forcing are {', '.join(map(str, steps))} s apart, expected one of "
                                 f"{', '.join(map(str, INTERVALS))} throughout.")
        if len(outputs.forecast):
            self._check_series(where, "forecast", result.forecast, FORECAST)
            if not np.array_equal(result.forecast.time, np.array(outputs.forecast)):
                raise InputError(f"{where}: the times of forecast are not the {len(outputs.forecast)} that were asked for, "
                                 f"{outputs.forecast[0]} to {outputs.forecast[-1]} UTC.")

    def _check_series(self, where, what, series, needed):
        if not isinstance(series, Series):
            raise InputError(f"{where}: {what} is {type(series).__name__}, expected landda_hpc.coupling.atmosphere.Series.")
        lacking = [name for name in needed if name not in series.fields]
        unknown = [name for name in series.fields if name not in FIELDS]
        if lacking or unknown:
            raise InputError(f"{where}: the fields of {what} are {', '.join(series.fields)}; "
                             f"missing are {', '.join(lacking) or 'none'}, not known {', '.join(unknown) or 'none'}.")
        shape = len(series.time), self._description.columns.n_columns
        for name, values in series.fields.items():
            if np.shape(values) != shape:
                raise InputError(f"{where}: {name} of {what} has the shape {np.shape(values)}, expected (n_times, n_columns) = "
                                 f"{shape}.")
            check_values(f"{where}, {what}", name, values, series.time, int(FIELDS[name].mean))
