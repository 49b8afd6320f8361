"""Calls that may crash, hang or take all memory, made in processes of their own.

The libraries that decode satellite and weather files (HDF5, netCDF, ecCodes) die of some damaged ones, which no ``except``
catches. A :class:`GuardedPool` keeps worker processes that each do one call after the other; one that dies or takes too long is
replaced, its item comes back as a :class:`WorkerFailure` and the others go on. Workers know nothing of MPI, so that ranks of a
run can have some.
"""

import contextlib
import os
import resource
import subprocess
import sys
import time
from multiprocessing.connection import Connection, wait

from landda_hpc.errors import LanddaError

TIMEOUT = 300.0  # s, of one call
MEMORY_LIMIT = 6 * 2**30  # bytes of address space of one worker
LAUNCHER_VARIABLES = ("OMPI_", "PMIX_", "PMI_", "PRTE_", "MPI_", "HYDRA_", "SLURM_")
ENDING = 5.0  # s that a worker has to end by itself


class WorkerFailure(LanddaError):
    """A call that its process did not survive.

    Attributes
    ----------
    reason : str
        ``crashed``, ``hangs`` or ``memory``.
    found : str
        In words.
    """

    def __init__(self, reason, found):
        super().__init__(found)
        self.reason, self.found = reason, found

    def __reduce__(self):
        return WorkerFailure, (self.reason, self.found)


class _Worker:
    """One process and the connection to it."""

    def __init__(self, memory_limit, shared):
        mine, its = _pipes()
        environment = {name: value for name, value in os.environ.items() if not name.startswith(LAUNCHER_VARIABLES)}
        environment["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
        descriptors = [connection.fileno() for connection in its]
        self._process = subprocess.Popen(
            [sys.executable, "-c", f"from landda_hpc.io.guarded import work; work({descriptors}, {memory_limit})"],
            pass_fds=descriptors, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env=environment)
        for connection in its:
            connection.close()
        self.answers, self._calls = mine
        self._send(shared)
        self.item, self.started = None, None

    def give(self, function, item):
        """Let the worker call ``function(item, *shared)``."""
        self.item, self.started = item, time.monotonic()
        self._send((function, item))

    def _send(self, content):
        """Send something; a worker that is dead shows when its answer is taken."""
        with contextlib.suppress(BrokenPipeError):
            self._calls.send(content)

    def take(self):
        """Return the outcome of the call: a result or an exception."""
        try:
            outcome = self.answers.recv()
        except (EOFError, OSError):
            code = self._process.wait(ENDING)
            outcome = WorkerFailure("crashed", f"the process that read it died of {_cause(code)}.")
        return outcome

    @property
    def alive(self):
        """Whether the process runs."""
        return self._process.poll() is None

    def stop(self):
        """End the process."""
        for connection in (self.answers, self._calls):
            connection.close()
        self._process.kill()
        self._process.wait()


class GuardedPool:
    """Worker processes for calls that may go wrong; a context manager.

    Parameters
    ----------
    n_workers : int
    timeout : float
        Of one call [s].
    memory_limit : int
        Of one worker [bytes of address space].
    shared : tuple
        Further arguments of every call, sent to each worker once.
    """

    def __init__(self, n_workers=1, timeout=TIMEOUT, memory_limit=MEMORY_LIMIT, shared=()):
        self._n_workers, self._timeout, self._memory_limit, self._shared = n_workers, timeout, memory_limit, shared
        self._workers = []

    def __enter__(self):
        return self

    def __exit__(self, *error):
        for worker in self._workers:
            worker.stop()
        self._workers.clear()

    def map_unordered(self, function, items):
        """Yield ``(item, outcome)`` of ``function(item, *shared)`` as they come; the outcome is the result or an exception.

        Parameters
        ----------
        function : callable
            That a worker can import by its name.
        items : iterable
        """
        waiting = iter(items)
        while True:
            self._hire(function, waiting)
            busy = [worker for worker in self._workers if worker.item is not None]
            if not busy:
                return
            patience = max(0.0, min(worker.started for worker in busy) + self._timeout - time.monotonic())
            ready = wait([worker.answers for worker in busy], patience)
            for worker in busy:
                if worker.answers in ready:
                    item, outcome = worker.item, worker.take()
                    worker.item = None
                    if isinstance(outcome, WorkerFailure) and not worker.alive:
                        self._dismiss(worker)
                    yield item, outcome
                elif time.monotonic() - worker.started >= self._timeout:
                    self._dismiss(worker)
                    yield worker.item, WorkerFailure("hangs", f"reading it did not end within {self._timeout:g} s.")

    def call(self, function, item):
        """Return ``function(item, *shared)``, or raise what it raised or a :class:`WorkerFailure`."""
        ((_, outcome),) = self.map_unordered(function, [item])
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def _hire(self, function, waiting):
        """Give an item to every idle worker and start workers as long as there are items for them."""
        idle = [worker for worker in self._workers if worker.item is None]
        while idle or len(self._workers) < self._n_workers:
            try:
                item = next(waiting)
            except StopIteration:
                return
            if not idle:
                idle.append(_Worker(self._memory_limit, self._shared))
                self._workers.append(idle[0])
            idle.pop().give(function, item)

    def _dismiss(self, worker):
        worker.stop()
        self._workers.remove(worker)


def _pipes():
    """Return this side's and the worker's connections: to read from and to write to."""
    down, up = os.pipe(), os.pipe()
    return ((Connection(up[0], writable=False), Connection(down[1], readable=False)),
            (Connection(down[0], writable=False), Connection(up[1], readable=False)))


def _cause(code):
    """Return in words what a process ended with."""
    if code < 0:
        import signal

        return f"signal {signal.Signals(-code).name}"
    return f"exit code {code}"


def work(descriptors, memory_limit):
    """Do calls until there are no more; what a worker process runs."""
    calls, answers = Connection(descriptors[0], writable=False), Connection(descriptors[1], readable=False)
    resource.setrlimit(resource.RLIMIT_AS, (memory_limit, resource.getrlimit(resource.RLIMIT_AS)[1]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    shared = calls.recv()
    while True:
        try:
            function, item = calls.recv()
        except EOFError:
            return
        try:
            outcome = function(item, *shared)
        except MemoryError:
            outcome = WorkerFailure("memory", f"reading it takes more than {memory_limit / 2**30:.0f} GiB.")
        except Exception as error:  # every failure of a call is an outcome of it
            outcome = error
        answers.send(outcome)

