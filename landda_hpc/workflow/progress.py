"""Progress of a run, with the time left: a bar on a terminal, a line every few per cent in a batch log."""

import logging
import sys
import time

import numpy as np

LINES = 20  # of a batch log
logger = logging.getLogger(__name__)


class Progress:
    """Counts steps on the root; other ranks do nothing.

    Parameters
    ----------
    n_steps : int
        Of this run, without those done before it was resumed.
    time_step : int
        [s]
    """

    def __init__(self, n_steps, time_step, communicator, wanted=True):
        self._n_steps, self._time_step, self._done = n_steps, time_step, 0
        self._begin = time.monotonic()
        self._active = wanted and communicator.is_root and n_steps > 0
        self._bar = None
        if self._active and sys.stderr.isatty():
            from rich.progress import BarColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
            from rich.progress import Progress as Bar

            self._bar = Bar(TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f}%"),
                            TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn())
            self._task = self._bar.add_task("", total=n_steps)
            self._bar.start()

    def advance(self, model_time):
        """Count one step that ended at a model time."""
        self._done += 1
        if not self._active:
            return
        if self._bar is not None:
            if self._done % max(self._n_steps // 1000, 1) == 0 or self._done == self._n_steps:
                day = np.datetime_as_string(model_time, "D")
                self._bar.update(self._task, completed=self._done, description=day)
        elif self._done * LINES // self._n_steps != (self._done - 1) * LINES // self._n_steps:
            logger.info("%s", self.line())

    def line(self):
        """Return how far the run is, how fast and how long it still takes."""
        elapsed = max(time.monotonic() - self._begin, 1e-9)
        left = elapsed / self._done * (self._n_steps - self._done)
        days_per_hour = self._done * self._time_step / 86400.0 / (elapsed / 3600.0)
        return (f"{100 * self._done // self._n_steps} %, {days_per_hour:,.0f} simulated days per hour, "
                f"{left:,.0f} s left")

    def close(self):
        """End the bar."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None


class SectionTimers:
    """Seconds by section of the run: of the clock, and of the processor, which other work on the machine hardly changes.

    A section may lie within another, which counts it too.
    """

    def __init__(self):
        self.seconds, self.processor = {}, {}
        self._name, self._open = None, []

    def __call__(self, name):
        self._name = name
        return self

    def __enter__(self):
        self._open.append((self._name, time.perf_counter(), time.process_time()))

    def __exit__(self, *_):
        name, begin, used = self._open.pop()
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - begin
        self.processor[name] = self.processor.get(name, 0.0) + time.process_time() - used

    def summary(self, communicator):
        """Return the table of seconds by section, least, mean and greatest over ranks; None off the root."""
        parts = communicator.gather_object(self.seconds)
        if parts is None:
            return None
        lines = [f"  {'section':18s} {'min s':>9s} {'mean s':>9s} {'max s':>9s}"]
        for name in parts[0]:
            values = [part.get(name, 0.0) for part in parts]
            lines.append(f"  {name:18s} {min(values):9.2f} {sum(values) / len(values):9.2f} {max(values):9.2f}")
        return "\n".join(lines)
