"""Several ranks played by threads of one process, for tests that need no MPI."""

import threading

from landda_hpc.parallel.communicator import Communicator

TIMEOUT = 120.0  # s, after which ranks that wait for one that never comes give up


class _Meeting:
    """What the ranks of one group share: a barrier and a table of values."""

    def __init__(self, size):
        self.barrier = threading.Barrier(size, timeout=TIMEOUT)
        self.values = [None] * size


class ThreadCommunicator(Communicator):
    """One of the ranks of :func:`run_in_process`."""

    def __init__(self, rank, meeting):
        self.rank, self.size = rank, len(meeting.values)
        self._meeting = meeting

    def _exchange(self, value):
        self._meeting.values[self.rank] = value
        self._meeting.barrier.wait()
        values = list(self._meeting.values)
        self._meeting.barrier.wait()
        return values

    def gather_object(self, value):
        values = self._exchange(value)
        return values if self.is_root else None

    def broadcast(self, value):
        return self._exchange(value)[0]

    def exchange_objects(self, values):
        return [given[self.rank] for given in self._exchange(list(values))]

    def barrier(self):
        self._meeting.barrier.wait()

    def abort(self, code):
        self._meeting.barrier.abort()
        raise SystemExit(code)


def run_in_process(n_ranks, function):
    """Call ``function(communicator)`` on every rank and return the list of results.

    The first failure is raised again, after the other ranks were released from their barriers.
    """
    meeting = _Meeting(n_ranks)
    results, failures = [None] * n_ranks, []

    def play(rank):
        try:
            results[rank] = function(ThreadCommunicator(rank, meeting))
        except threading.BrokenBarrierError as error:
            failures.append((1, rank, error))
        except BaseException as error:  # whatever a rank dies of must reach the caller and free the others
            failures.append((0, rank, error))
            meeting.barrier.abort()

    threads = [threading.Thread(target=play, args=(rank,)) for rank in range(n_ranks)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise min(failures, key=lambda failure: failure[:2])[2]
    return results
