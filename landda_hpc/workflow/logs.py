"""Logging with the rank and the model time on every line."""

import logging
import sys


class _Stamp(logging.Filter):
    """Adds rank and model time to records."""

    def __init__(self, rank):
        super().__init__()
        self.rank, self.time = rank, None

    def filter(self, record):
        """Stamp a record with the rank and the model time; all records pass."""
        record.rank = self.rank
        record.model_time = "-" if self.time is None else str(self.time)
        return True


class RunLog:
    """The log of a run: terminal, and on the root a file in the run folder.

    Rank 0 tells what ``level`` asks for, the others warnings only.
    """

    def __init__(self, level, communicator, path=None):
        self._stamp = _Stamp(communicator.rank)
        self._root = logging.getLogger("landda_hpc")
        self._root.setLevel(level if communicator.is_root else logging.WARNING)
        form = logging.Formatter("%(asctime)s [rank %(rank)d] %(model_time)s %(levelname)s %(message)s",
                                 "%Y-%m-%d %H:%M:%S")
        self._handlers = [logging.StreamHandler(sys.stderr)]
        if path is not None and communicator.is_root:
            self._handlers.append(logging.FileHandler(path))
        for handler in self._handlers:
            handler.setFormatter(form)
            handler.addFilter(self._stamp)
            self._root.addHandler(handler)

    def at(self, time):
        """Set the model time of the following lines."""
        self._stamp.time = time

    def close(self):
        """Detach the handlers."""
        for handler in self._handlers:
            self._root.removeHandler(handler)
            handler.close()
