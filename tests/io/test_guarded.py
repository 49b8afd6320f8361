"""Workers that die, hang or grow fail alone; the others go on."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from landda_hpc.errors import InputError
from landda_hpc.io.guarded import GuardedPool, WorkerFailure, guarded_call
from landda_hpc.observations.guarded_files import read_guarded
from landda_hpc.observations.refusal import ProductRefusal
from tests.io import faults

LIMITS = {"timeout": 5.0, "memory_limit": 512 << 20}


def test_every_item_has_an_outcome_and_only_bad_ones_fail():
    items = ["good", "crash", "better", "hang", "grow", "bug", "abort", "refuse", "input", "lambda", "strange", "print", "best"]
    with GuardedPool(2, **LIMITS) as pool:
        outcomes = dict(pool.map_unordered(faults.act, items))
    assert set(outcomes) == set(items)
    reasons = {item: outcome.reason for item, outcome in outcomes.items() if isinstance(outcome, WorkerFailure)}
    assert reasons == {"crash": "crashed", "abort": "crashed", "hang": "hangs", "grow": "memory",
                       "lambda": "failed", "strange": "failed"}
    assert "SIGSEGV" in outcomes["crash"].found and type(outcomes["bug"]) is KeyError
    for item in ("good", "better", "print", "best"):
        values, text = outcomes[item]
        assert text == item and np.array_equal(values, np.arange(1000) * float(len(item)))
        values[0] = 1.0  # the arrays belong to the caller
    refusal = outcomes["refuse"]
    assert type(refusal) is ProductRefusal and (refusal.path, refusal.reason) == ("file.nc", "damaged")
    assert str(refusal).endswith("a hole. Mend it.") and type(outcomes["input"]) is InputError


def test_files_on_which_workers_fail_are_refused():
    outcomes = dict(read_guarded(faults.act, ["good", "crash", "bug", "grow", "input"], **LIMITS))
    assert {path: outcome.reason for path, outcome in outcomes.items() if path in ("crash", "bug", "grow")} == {
        "crash": "crashed", "bug": "damaged", "grow": "memory"}
    assert all(type(outcomes[path]) is ProductRefusal for path in ("crash", "bug", "grow"))
    assert type(outcomes["input"]) is InputError  # the file is not to blame


def test_one_call():
    assert guarded_call(faults.act, "one")[1] == "one"
    with pytest.raises(WorkerFailure, match="crashed"):
        guarded_call(faults.act, "crash")
    with pytest.raises(ProductRefusal):
        guarded_call(faults.act, "refuse")


def test_workers_persist_and_know_nothing_of_mpi(monkeypatch):
    monkeypatch.setenv("OMPI_COMM_WORLD_RANK", "3")
    monkeypatch.setenv("PMIX_RANK", "3")
    with GuardedPool(1) as pool:
        assert len({number for _, number in pool.map_unordered(faults.process, range(20))}) == 1
        assert pool.call(faults.modules_and_variables, 0) == ([], [])


def test_a_used_worker_that_crashes_is_not_held_against_the_file():
    with GuardedPool(1) as pool:
        assert [pool.call(faults.crash_if_used, name) for name in ("first", "second")] == ["first", "second"]


def test_items_are_taken_as_they_are_needed_and_a_loop_may_be_left():
    taken = []
    with GuardedPool(1) as pool:
        for item, _ in pool.map_unordered(faults.process, (taken.append(number) or number for number in range(100))):
            if item == 3:
                break
        assert len(taken) < 10 and pool.call(faults.act, "after")[1] == "after"


def test_no_worker_outlives_its_pool():
    with GuardedPool(1) as pool:
        number = pool.call(faults.process, 0)
    with pytest.raises(ProcessLookupError):
        os.kill(number, 0)


def test_a_worker_whose_parent_is_gone_ends():
    program = ("import sys; from landda_hpc.io.guarded import GuardedPool; from tests.io import faults\n"
               "pool = GuardedPool(1, timeout=1.0)\nprint(pool.call(faults.process, 0), flush=True)\n"
               "pool.call(faults.act, 'hang')")
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                          cwd=os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))) as parent:
        worker = int(parent.stdout.readline())
        time.sleep(0.3)
        parent.send_signal(signal.SIGKILL)
    for _ in range(100):
        time.sleep(0.1)
        try:
            os.kill(worker, 0)
            with open(f"/proc/{worker}/stat") as file:
                if file.read().rpartition(")")[2].split()[0] == "Z":  # ended; nobody collects it here
                    return
        except ProcessLookupError:
            return
    os.kill(worker, signal.SIGKILL)
    raise AssertionError("it still runs after 10 s")


def test_what_is_shared_is_sent_once():
    with GuardedPool(1, shared=(np.arange(3.0), 2.0)) as pool:
        assert dict(pool.map_unordered(faults.added, [1, 2])) == {1: 6.0, 2: 7.0}
