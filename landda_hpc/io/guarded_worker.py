"""A process that calls functions for :mod:`landda_hpc.io.guarded`; what libraries print goes nowhere."""

import os
import pickle
import resource
import signal
import sys

import psutil

from landda_hpc.io.guarded import SIZE

GRACE = 5.0  # s after the time-out of the parent, should that be gone
RETIRES = 0.5  # share of the memory limit that a worker may keep from items that are done


def main():
    """Serve requests until the parent closes the pipe."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1):
        os.dup2(nowhere, stream)
    _, timeout, memory_limit, shared = pickle.loads(_receive(requests))
    # Imported before memory is counted, for nearly every function needs it.
    import numpy  # noqa: F401

    first = _address_space()
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    limit = first + memory_limit
    resource.setrlimit(resource.RLIMIT_AS, (limit if most == resource.RLIM_INFINITY else min(limit, most), most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _send(answers, "ready")
    os.dup2(nowhere, 2)
    while True:
        try:
            message = _receive(requests)
        except EOFError:
            return
        signal.setitimer(signal.ITIMER_REAL, timeout + GRACE)  # ends the process even within a library
        kind, content = _answer(message, shared)
        retires = _address_space() - first > RETIRES * memory_limit
        try:
            if kind == "error":
                pickle.loads(pickle.dumps(content))  # some exceptions cannot be made again
            _send(answers, (kind, content, retires))
        except MemoryError:
            _send(answers, ("memory", "the content needs more memory than is allowed.", True))
        except Exception as error:  # of pickle, which names many
            told = content if kind == "error" else error
            _send(answers, ("failed", f"what came of it cannot be handed over ({type(told).__name__}): {told}.", retires))
        signal.setitimer(signal.ITIMER_REAL, 0.0)


def _answer(message, shared):
    """Return the kind of what a call gave, and this."""
    try:
        function, args = pickle.loads(message)
        return "result", function(*args, *shared)
    except MemoryError:
        return "memory", "reading it needs more memory than is allowed."
    except Exception as error:  # the parent raises or tells it
        return "error", error


def _receive(stream):
    """Return the bytes of a request."""
    head = stream.read(SIZE.size)
    if len(head) < SIZE.size:
        raise EOFError
    return stream.read(SIZE.unpack(head)[0])


def _send(stream, message):
    buffers = []
    content = pickle.dumps(message, protocol=5, buffer_callback=buffers.append)
    parts = [content, *(buffer.raw() for buffer in buffers)]
    stream.write(b"".join([SIZE.pack(len(buffers)), *(SIZE.pack(len(part)) for part in parts)]))
    for part in parts:
        stream.write(part)
    stream.flush()


def _address_space():
    return psutil.Process().memory_info().vms


if __name__ == "__main__":
    main()
    sys.exit(0)
