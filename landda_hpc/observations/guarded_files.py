"""Product files read where they can do no harm: see :mod:`landda_hpc.io.guarded`."""

from landda_hpc.io.guarded import MEMORY_LIMIT, TIMEOUT, GuardedPool, WorkerFailure
from landda_hpc.observations.refusal import ProductRefusal

#: Reasons of refusals that stand for those of failures.
_REASONS = {"failed": "damaged"}


def read_guarded(function, paths, n_workers=1, timeout=TIMEOUT, memory_limit=MEMORY_LIMIT):
    """Yield ``(path, outcome)`` of every file as it is ready, whatever the order.

    Parameters
    ----------
    function : callable
        Of the path, from a module or a ``functools.partial`` of one, such as
        :func:`landda_hpc.observations.formats.read_product`.
    paths : iterable of str or Path
    n_workers : int
    timeout : float
        Seconds for one file.
    memory_limit : int
        Bytes that one file may need.

    Yields
    ------
    path, outcome
        What the function returned, or a :class:`~landda_hpc.observations.refusal.ProductRefusal`, also for a file that
        crashes the library, hangs or needs too much memory; or another :class:`~landda_hpc.errors.LanddaError` that the
        function raised.
    """
    with GuardedPool(n_workers, timeout, memory_limit) as pool:
        for path, outcome in pool.map_unordered(function, paths):
            yield path, as_refusal(outcome) if isinstance(outcome, WorkerFailure) else outcome


def as_refusal(failure):
    """Return the refusal of the file on which a worker failed."""
    return ProductRefusal(failure.item, _REASONS.get(failure.reason, failure.reason), failure.found, "Fetch it again.")
