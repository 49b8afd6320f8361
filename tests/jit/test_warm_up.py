"""One rank compiles, the others wait and receive."""

import logging
import threading
import time

from landda_hpc.errors import LanddaError
from landda_hpc.jit import compile_on_root_first, driver_kernel, keep
from landda_hpc.parallel.in_process import run_in_process
from tests.jit.kernels import compiled_only, fill, scratch


class Ranks:
    """Threads that play ranks, with an MPI of their own."""

    def __init__(self, size, mpi=None):
        self.size, self.mpi = size, mpi

    def run(self, function):
        """Return what each rank's function returned or raised."""
        def play(rank):
            rank.mpi = self.mpi
            try:
                return function(rank)
            except (LanddaError, ArithmeticError) as error:
                return error

        return run_in_process(self.size, play)


class SlowMPI:
    """A non-blocking barrier that a rank asks for three times before it is complete."""

    def __init__(self):
        self.asked = 0

    def Ibarrier(self):  # noqa: N802, the name of MPI
        return self

    def Test(self):  # noqa: N802, the name of MPI
        self.asked += 1
        return self.asked > 3


class TestCompileOnRootFirst:
    """One rank compiles, the others wait and load."""

    def test_others_start_after_the_root_has_finished(self):
        events = []

        def warm_up(rank):
            events.append(("start", rank.is_root))
            time.sleep(0.1)
            events.append(("end", rank.is_root))

        Ranks(3).run(lambda rank: compile_on_root_first(rank, lambda: warm_up(rank)))
        assert events[:2] == [("start", True), ("end", True)]
        assert sorted(events[2:]) == [("end", False)] * 2 + [("start", False)] * 2

    def test_failure_of_the_root_stops_all(self):
        called = []

        def warm_up(rank):
            called.append(rank.rank)
            raise ZeroDivisionError("cannot compile")

        outcomes = Ranks(3).run(lambda rank: compile_on_root_first(rank, lambda: warm_up(rank)))
        assert isinstance(outcomes[0], ZeroDivisionError)
        assert all(isinstance(outcome, LanddaError) and "rank 0" in str(outcome) for outcome in outcomes[1:])
        assert called == [0]

    def test_waiting_polls_where_there_is_mpi(self):
        ranks = Ranks(1)
        ranks.mpi = SlowMPI()
        assert ranks.run(lambda rank: compile_on_root_first(rank, lambda: None)) == [None]
        assert ranks.mpi.asked == 4

    @compiled_only
    def test_it_says_what_takes_so_long(self, caplog, fresh_cache, tmp_path):
        caplog.set_level(logging.INFO, logger="landda_hpc.jit")
        Ranks(1).run(lambda rank: compile_on_root_first(rank, lambda: driver_kernel(fill.py_func)(scratch(float), 9.0)))
        assert caplog.text.count("compiling the kernels, once for this version") == 1
        assert str(tmp_path) in caplog.text
        caplog.clear()
        Ranks(1).run(lambda rank: compile_on_root_first(rank, lambda: driver_kernel(fill.py_func)(scratch(float), 9.0)))
        assert "kernels ready after" in caplog.text and "compiling" not in caplog.text

    @compiled_only
    def test_others_receive_the_kernels_and_open_no_file(self, fresh_cache, monkeypatch):
        monkeypatch.setattr(keep, "_received", {})
        loaded, load = [], keep.KernelFiles._load

        def noted_load(files, key):
            loaded.append(threading.current_thread().name)
            return load(files, key)

        monkeypatch.setattr(keep.KernelFiles, "_load", noted_load)
        compiled = {}

        def play(rank):
            own = driver_kernel(fill.py_func)  # as each process has its own
            compile_on_root_first(rank, lambda: own(scratch(float), 9.0))
            compiled[rank.rank] = sum(own.stats.cache_misses.values())
            return threading.current_thread().name

        names = Ranks(3).run(play)
        assert compiled == {0: 1, 1: 0, 2: 0} and set(loaded) == {names[0]}
