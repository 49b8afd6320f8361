"""Pieces of the forcing made once, the next ones by a thread while the model computes."""

from concurrent.futures import ThreadPoolExecutor


class ReadAhead:
    """A few pieces by their key, made by a function that only one thread calls.

    The numbers are the same with and without the thread; an error of a piece is raised when the piece is asked for.

    Parameters
    ----------
    make : callable
        ``make(key)`` returns a piece.
    threaded : bool
        Make pieces that are announced in a thread; otherwise when they are asked for.
    """

    def __init__(self, make, threaded):
        self._make, self._pieces = make, {}
        self._pool = ThreadPoolExecutor(1, "forcing") if threaded else None

    def get(self, keys, soon):
        """Return the pieces of ``keys``, keep these, and let those of ``soon`` be made; all others are forgotten."""
        for key in keys:
            if key not in self._pieces:
                self._pieces[key] = self._submit(key)
        pieces = [self._result(key) for key in keys]
        kept = (*keys, *soon)
        self._pieces = {key: piece for key, piece in self._pieces.items() if key in kept}
        if self._pool is not None:
            for key in soon:
                if key not in self._pieces:
                    self._pieces[key] = self._submit(key)
        return pieces

    def _submit(self, key):
        return self._pool.submit(self._make, key) if self._pool is not None else _Made(self._make(key))

    def _result(self, key):
        try:
            return self._pieces[key].result()
        except Exception:
            del self._pieces[key]  # it is made again if the caller tries again
            raise


class _Made:
    """A piece that is there."""

    def __init__(self, value):
        self._value = value

    def result(self):
        """Return it."""
        return self._value
