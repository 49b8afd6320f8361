"""Functions that may crash, hang or ask for any amount of memory, called in processes of their own.

The C libraries that read HDF5, NetCDF and GRIB do all three on damaged files. A worker is a fresh interpreter that takes one
item after another; one that dies, exceeds its time or its memory is replaced, its item fails and the others go on. Workers
know nothing of MPI, so that they can be started from a rank. Arrays come back as out-of-band buffers of pickle protocol 5.

A damaged file may leave a library in disorder, therefore an item on which a used worker fails is tried once more by a new one.
"""

import os
import pickle
import queue
import select
import signal
import struct
import subprocess
import sys
import tempfile
import time
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait

from landda_hpc.errors import InputError, LanddaError

TIMEOUT = 120.0  # s for one item
MEMORY_LIMIT = 4 << 30  # bytes of address space that an item may add to those of a new worker
STARTING = 120.0  # s for a worker to start, on a busy machine
SIZE = struct.Struct("<Q")
#: Of launchers and MPI libraries; a worker that sees these takes itself for a rank.
MPI_VARIABLES = ("OMPI_", "PMIX_", "PMI_", "PRTE_", "HYDRA_", "I_MPI_", "MPI_LOCAL", "MV2_")
THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


class WorkerFailure(LanddaError):
    """A call that its process could not finish.

    Attributes
    ----------
    reason : str
        ``crashed``, ``hangs`` or ``memory``; ``failed`` for a result that pickle does not take.
    found : str
        In words.
    """

    def __init__(self, reason, found):
        super().__init__(found)
        self.reason, self.found = reason, found

    def __reduce__(self):
        return WorkerFailure, (self.reason, self.found)


class GuardedPool:
    """Workers that live as long as the context.

    Parameters
    ----------
    n_workers : int
    timeout : float
        Seconds for one item, without those to start a worker.
    memory_limit : int
        Bytes that one item may need.
    shared : tuple
        Further arguments of every call, sent to each worker once.
    """

    def __init__(self, n_workers=1, timeout=TIMEOUT, memory_limit=MEMORY_LIMIT, shared=()):
        self._n_workers, self._timeout = n_workers, timeout
        self._memory_limit, self._shared = memory_limit, shared
        self._idle, self._started, self._closed = queue.LifoQueue(), set(), False
        for _ in range(n_workers):
            self._idle.put(None)  # started when it is needed
        self._threads = ThreadPoolExecutor(n_workers, "guard")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """End the workers; items under way fail."""
        self._closed = True
        for worker in list(self._started):
            worker.kill()
        self._threads.shutdown(wait=True, cancel_futures=True)

    def map_unordered(self, function, items):
        """Yield ``(item, outcome)`` of every item as it is ready.

        The outcome is what ``function(item, *shared)`` returned, or an exception: the one that it raised, or
        :class:`WorkerFailure`.

        Parameters
        ----------
        function : callable
            Of a module, or a ``functools.partial`` of one; it and the items go through pickle.
        items : iterable
            Taken as workers become free.
        """
        items, running = iter(items), {}
        try:
            while True:
                for item in items:
                    running[self._threads.submit(self._outcome, function, item)] = item
                    if len(running) > self._n_workers:  # one in waiting for each change of items
                        break
                if not running:
                    return
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    yield running.pop(future), future.result()
        finally:
            for future in running:
                future.cancel()

    def call(self, function, *args):
        """Return ``function(*args, *shared)``.

        Raises
        ------
        Exception
            What the function raised, or :class:`WorkerFailure`.
        """
        outcome = self._threads.submit(self._outcome, function, *args).result()
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def _outcome(self, function, *args):
        """Return result or exception of a call; a used worker that fails gets a successor, which tries again."""
        worker = self._idle.get()
        try:
            while True:
                if worker is None:
                    worker = self._start()
                used, outcome = worker.n_calls > 0, worker.call(function, args)
                if worker.is_over:
                    worker = self._end(worker)
                if not (used and isinstance(outcome, WorkerFailure) and outcome.reason != "failed") or self._closed:
                    return outcome
                worker = worker and self._end(worker)
        finally:
            self._idle.put(worker)

    def _start(self):
        worker = _Worker(self._timeout, self._memory_limit, self._shared)
        self._started.add(worker)
        if self._closed:
            worker.kill()
        return worker

    def _end(self, worker):
        worker.kill()
        self._started.discard(worker)


def guarded_call(function, *args, timeout=TIMEOUT, memory_limit=MEMORY_LIMIT):
    """Return ``function(*args)`` of a process of its own; exceptions as :meth:`GuardedPool.call`."""
    with GuardedPool(1, timeout, memory_limit) as pool:
        return pool.call(function, *args)


class _Worker:
    """One process; ``is_over`` once it has ended or should."""

    def __init__(self, timeout, memory_limit, shared):
        self._timeout, self.n_calls, self.is_over = timeout, 0, False
        with tempfile.TemporaryFile() as messages:
            self._process = subprocess.Popen([sys.executable, "-P", "-m", "landda_hpc.io.guarded_worker"], env=_environment(),
                                             stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=messages, bufsize=0)
            try:
                self._send(("begin", timeout, memory_limit, shared))
                ready = self._receive(STARTING)
            except (EOFError, TimeoutError, BrokenPipeError) as error:
                self.kill()
                messages.seek(0)
                lines = messages.read().decode("utf-8", "replace").strip().splitlines()
                raise InputError("A process to read files in did not start: "
                                 f"{lines[-1] if lines else type(error).__name__}. Expected that {sys.executable} "
                                 "can import landda_hpc.") from error
        assert ready == "ready", ready

    def call(self, function, args):
        """Return the result of a call or the exception that stands for it."""
        self.n_calls += 1
        try:
            self._send((function, args))
            kind, content, self.is_over = self._receive(self._timeout)
        except TimeoutError:
            self.is_over = True
            return WorkerFailure("hangs", f"no end of the reading after {self._timeout:g} s.")
        except (EOFError, BrokenPipeError):
            self.is_over = True
            return self._death()
        return WorkerFailure(kind, content) if kind in ("memory", "failed") else content

    def kill(self):
        """End the process, whatever it does."""
        self.is_over = True
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            stream.close()

    def _death(self):
        code = self._process.wait()
        if code == -signal.SIGALRM:
            return WorkerFailure("hangs", f"no end of the reading after {self._timeout:g} s.")
        if code == -signal.SIGKILL:  # as the system does when it has no memory left
            return WorkerFailure("memory", "the process that read it was killed, as if for want of memory.")
        name = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        return WorkerFailure("crashed", f"the library that reads it crashed ({name}).")

    def _send(self, message):
        content = pickle.dumps(message, protocol=5)
        for part in (SIZE.pack(len(content)), content):
            view = memoryview(part)
            while view:
                view = view[self._process.stdin.write(view):]

    def _receive(self, timeout):
        deadline = time.monotonic() + timeout
        n_buffers, = SIZE.unpack(self._read(SIZE.size, deadline))
        sizes = [SIZE.unpack(self._read(SIZE.size, deadline))[0] for _ in range(n_buffers + 1)]
        content, *buffers = [self._read(size, deadline) for size in sizes]
        return pickle.loads(content, buffers=buffers)

    def _read(self, size, deadline):
        """Return ``size`` bytes, a buffer that arrays may own and change."""
        content, done = bytearray(size), 0
        stream, ready = self._process.stdout, select.poll()
        ready.register(stream, select.POLLIN | select.POLLHUP)
        while done < size:
            if not ready.poll(1000.0 * max(0.0, deadline - time.monotonic())):
                raise TimeoutError
            n_read = stream.readinto(memoryview(content)[done:])
            if not n_read:
                raise EOFError
            done += n_read
        return content


def _environment():
    """Return the variables of a worker: nothing of MPI, one thread, and modules from where this process takes them."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(MPI_VARIABLES)}
    return kept | dict.fromkeys(THREAD_VARIABLES, "1") | {
        "MPI4PY_RC_INITIALIZE": "0", "PYTHONPATH": os.pathsep.join(os.path.abspath(folder or ".") for folder in sys.path)}
