"""Product files read where they can do no harm: see :mod:`landda_hpc.io.guarded`."""

from landda_hpc.errors import LanddaError
from landda_hpc.io.guarded import MEMORY_LIMIT, TIMEOUT, GuardedPool, WorkerFailure
from landda_hpc.observations.refusal import REASONS, ProductRefusal


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
        What the function returned, or an exception: a :class:`~landda_hpc.observations.refusal.ProductRefusal`, also for a
        file that crashes the library, hangs or needs too much memory; FileNotFoundError; or another
        :class:`~landda_hpc.errors.LanddaError` that the function raised.
    """
    with GuardedPool(n_workers, timeout, memory_limit) as pool:
        for path, outcome in pool.map_unordered(function, paths):
            yield path, as_refusal(path, outcome)


def as_refusal(path, outcome):
    """Return the outcome of a guarded reading, a refusal in place of what no reader raises on purpose."""
    if isinstance(outcome, WorkerFailure):
        reason = outcome.reason if outcome.reason in REASONS else "damaged"
        return ProductRefusal(path, reason, outcome.found, "Fetch it again.")
    if isinstance(outcome, Exception) and not isinstance(outcome, (LanddaError, FileNotFoundError)):
        return ProductRefusal(path, "damaged", f"reading failed ({type(outcome).__name__}): {outcome}.", "Fetch it again.")
    return outcome
