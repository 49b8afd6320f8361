"""Time of a piece of work."""

import time


def processor_time(work):
    """Return the processor time of calling ``work`` [s], which other work on the machine hardly changes."""
    begin = time.process_time()
    work()
    return time.process_time() - begin
