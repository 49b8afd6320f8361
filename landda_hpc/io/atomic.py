"""Files that appear whole or not at all: written under a temporary name, flushed to the disk, then renamed.

A run need not wait for the disk: a :class:`Finisher` flushes and renames while the next steps are computed.
"""

import os
import threading
import time
from contextlib import contextmanager, suppress
from pathlib import Path

from landda_hpc.errors import OutputError

MARGIN = 1 << 20  # bytes beside the data that a file may need


def free_bytes(path):
    """Return the free bytes on the disk of a file to be written."""
    status = os.statvfs(Path(path).parent)
    return status.f_bavail * status.f_frsize


def full_disk_message(path, needed):
    """Return the message for a file that does not fit on its disk."""
    path = Path(path)
    return (f"{path.name} cannot be written: the disk is full.\n"
            f"  folder   {path.parent}\n  needed   {needed} bytes\n  free     {free_bytes(path)} bytes\n"
            "  what was there before is intact; make room and run again with --resume.")


def sync(path):
    """Force a file or a folder to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def agreed(communicator, path, needed):
    """Run a piece of writing on all ranks; if it fails on any, all raise the same :class:`OutputError`.

    HDF5 reports a full disk as OSError, RuntimeError or ValueError, depending on where it met it.
    """
    message = None
    try:
        yield
    except (OSError, RuntimeError, ValueError) as error:
        message = f"{error}"
    if communicator.any(message is not None):
        failed = [text for text in communicator.broadcast(communicator.gather_object(message)) if text is not None]
        full = free_bytes(path) < needed + MARGIN or any("No space left" in text for text in failed)
        detail = full_disk_message(path, needed) if full else (
            f"{Path(path).name} cannot be written in {Path(path).parent}: {failed[0]}. "
            "What was there before is intact.")
        raise OutputError(detail)


def require_space(path, communicator, needed):
    """Raise :class:`OutputError` on all ranks unless the disk of ``path`` can take ``needed`` more bytes."""
    with agreed(communicator, path, needed):
        if communicator.is_root and free_bytes(path) < needed + MARGIN:
            raise OSError(28, "No space left on device")


class Finisher:
    """Puts one written file at a time on the disk, in a thread of the root, while the ranks go on.

    The file has its final name only when it is on the disk whole; until then what was there before is all there is.
    """

    def __init__(self):
        self._begin = self._end = 0.0
        self._thread = self._path = self._error = None
        self._needed = 0

    @property
    def seconds(self):
        """Seconds that the last file took to its final name, so far if it has none yet; 0 off the root."""
        return (self._end or time.perf_counter()) - self._begin if self._begin else 0.0

    def start(self, temporary, path, needed, then=None):
        """Begin with a file on the root; ``then`` is called when it is there. The one before must have been waited for."""
        def finish():
            try:
                _put_in_place(temporary, path)
                if then is not None:
                    then()
            except OSError as error:  # told by :meth:`wait`, on all ranks
                self._error = error
                _remove(temporary)
            self._end = time.perf_counter()

        self._path, self._needed = path, needed
        self._begin, self._end = time.perf_counter(), 0.0
        self._thread = threading.Thread(target=finish, name=f"finish {path.name}")
        self._thread.start()

    def wait(self, communicator):
        """Wait on all ranks for the file that was begun, if any.

        Raises
        ------
        OutputError
            On all ranks, where it could not be put on the disk.
        """
        path, needed = communicator.broadcast((self._path, self._needed) if communicator.is_root else None)
        if path is None:
            return
        with agreed(communicator, path, needed):
            self.join()
            error, self._error, self._path = self._error, None, None
            if error is not None:
                raise error

    def join(self):
        """Wait on this rank alone; an error is kept for :meth:`wait`."""
        if self._thread is not None:
            self._thread.join()
            self._thread = None


def _remove(temporary):
    """Remove what is left of a file; where that cannot be, the failure before it is the one to be told."""
    with suppress(OSError):
        temporary.unlink(missing_ok=True)


def _put_in_place(temporary, path):
    sync(temporary)
    os.replace(temporary, path)
    sync(path.parent)


@contextmanager
def replacing(path, communicator, needed, finisher=None, then=None):
    """Give a temporary path to write on all ranks; on success it becomes ``path``, on failure it is removed.

    Parameters
    ----------
    path : Path
    communicator : Communicator
    needed : int
        Bytes that will be written; a disk that cannot take them is refused before anything is.
    finisher : Finisher, optional
        Takes the written file over; ``path`` is there when that was waited for.
    then : callable, optional
        Called on the root when ``path`` is there.
    """
    path = Path(path)
    temporary = path.with_name(path.name + ".tmp")
    with agreed(communicator, path, needed):
        if communicator.is_root:
            path.parent.mkdir(parents=True, exist_ok=True)
    require_space(path, communicator, needed)
    handed_over = False
    try:
        yield temporary
        if finisher is not None:
            handed_over = True
            if communicator.is_root:
                finisher.start(temporary, path, needed, then)
            return
        with agreed(communicator, path, needed):
            if communicator.is_root:
                _put_in_place(temporary, path)
                if then is not None:
                    then()
    finally:
        if communicator.is_root and not handed_over:
            _remove(temporary)
