"""Reasons to stop a run early with a checkpoint: a signal of the batch system, or the end of the wall time."""

import signal
import time

import psutil

SIGNALS = (signal.SIGTERM, signal.SIGUSR1, signal.SIGINT)
SAFETY = 1.5  # the last checkpoint's time is kept free this many times before the wall time ends
LEAST_RESERVE = 5.0  # s


_early = []


def note_early_signal():
    """Let SIGUSR1 be remembered from now on: a run that is asked to stop while it starts does so at its first chance."""
    signal.signal(signal.SIGUSR1, lambda number, _: _early.append(number))


class Interrupt:
    """Watches for signals and the wall time; ranks agree before they stop.

    Parameters
    ----------
    communicator : Communicator
    wall_time : int or None
        Since the process began [s].
    """

    def __init__(self, communicator, wall_time=None):
        self._communicator, self._wall_time = communicator, wall_time
        self._begin, self._previous = psutil.Process().create_time(), {}
        self._signal = _early[-1] if _early else None
        self._last_look, self._longest = time.time(), 0.0
        self.checkpoint_seconds = 0.0

    def __enter__(self):
        for number in SIGNALS:
            self._previous[number] = signal.signal(number, self._catch)
        return self

    def __exit__(self, *_):
        for number, handler in self._previous.items():
            signal.signal(number, handler)

    def _catch(self, number, _frame):
        self._signal = number

    def reason(self):
        """Return why all ranks should stop now, or None; every rank must ask at the same step.

        The wall time must last for as long as it once took from one look to the next, such as a whole cycle, and a checkpoint.
        """
        now = time.time()
        self._longest, self._last_look = max(self._longest, now - self._last_look), now
        own = f"signal {signal.Signals(self._signal).name}" if self._signal is not None else None
        if own is None and self._wall_time is not None:
            left = self._wall_time - (now - self._begin)
            if left < SAFETY * self.checkpoint_seconds + self._longest + LEAST_RESERVE:
                own = f"the wall time of {self._wall_time} s ends"
        if not self._communicator.any(own is not None):
            return None
        reasons = self._communicator.broadcast(self._communicator.gather_object(own))
        return next(reason for reason in reasons if reason)
