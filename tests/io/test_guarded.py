"""Calls that crash, hang or take too much memory cost their own item only."""

import ctypes
import os
import sys
import time

import numpy as np
import pytest

from landda_hpc.io.guarded import GuardedPool, WorkerFailure
from landda_hpc.observations.refusal import ProductRefusal


def square(item):
    return item * item


def misbehave(item):
    """Do what an item says."""
    if item == "crash":
        ctypes.string_at(0)
    if item == "exit":
        os._exit(3)
    if item == "hang":
        time.sleep(600.0)
    if item == "memory":
        return np.ones(2**40 // 8).sum()
    if item == "refuse":
        raise ProductRefusal("a.nc", "damaged", "nothing fits.", "Fetch it again.")
    if item == "modules":
        return "mpi4py" in sys.modules, sorted(name for name in os.environ if name.startswith(("OMPI_", "PMIX_")))
    return item


def outcomes(items, n_workers=2, **settings):
    with GuardedPool(n_workers, **settings) as pool:
        return dict(pool.map_unordered(misbehave, items))


def test_results_of_all_items():
    with GuardedPool(2) as pool:
        assert sorted(pool.map_unordered(square, range(20))) == [(n, n * n) for n in range(20)]
        assert pool.call(square, 7) == 49  # the same workers again


@pytest.mark.parametrize("n_workers", [1, 2])
def test_a_crash_costs_its_item_only(n_workers):
    found = outcomes([1, "crash", 2, "exit", 3, "memory", 4], n_workers)
    assert [found[item] for item in (1, 2, 3, 4)] == [1, 2, 3, 4]
    assert found["crash"].reason == found["exit"].reason == "crashed" and "SIGSEGV" in found["crash"].found
    assert "exit code 3" in found["exit"].found
    assert found["memory"].reason == "memory"


def test_what_hangs_is_ended():
    found = outcomes(["hang", 1], timeout=3.0)
    assert found[1] == 1 and found["hang"].reason == "hangs"


def test_refusals_come_back_as_they_are():
    refusal = outcomes(["refuse"])["refuse"]
    assert isinstance(refusal, ProductRefusal) and refusal.reason == "damaged" and refusal.path == "a.nc"
    assert str(refusal) == str(ProductRefusal("a.nc", "damaged", "nothing fits.", "Fetch it again."))
    with GuardedPool() as pool, pytest.raises(ProductRefusal):
        pool.call(misbehave, "refuse")
    with GuardedPool() as pool, pytest.raises(WorkerFailure, match="died"):
        pool.call(misbehave, "exit")


def test_workers_know_nothing_of_mpi(monkeypatch):
    monkeypatch.setenv("OMPI_COMM_WORLD_RANK", "0")
    monkeypatch.setenv("PMIX_RANK", "0")
    assert outcomes(["modules"])["modules"] == (False, [])


def test_no_worker_remains():
    with GuardedPool(2) as pool:
        list(pool.map_unordered(square, range(4)))
        processes = [worker._process for worker in pool._workers]
    assert all(process.poll() is not None for process in processes)
