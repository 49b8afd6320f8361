"""Files that appear whole or not at all: written under a temporary name, flushed to the disk, then renamed."""

import os
from contextlib import contextmanager
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


@contextmanager
def replacing(path, communicator, needed):
    """Give a temporary path to write on all ranks; on success it becomes ``path``, on failure it is removed.

    Parameters
    ----------
    path : Path
    communicator : Communicator
    needed : int
        Bytes that will be written; a disk that cannot take them is refused before anything is.
    """
    path = Path(path)
    temporary = path.with_name(path.name + ".tmp")
    with agreed(communicator, path, needed):
        if communicator.is_root:
            path.parent.mkdir(parents=True, exist_ok=True)
    require_space(path, communicator, needed)
    try:
        yield temporary
        with agreed(communicator, path, needed):
            if communicator.is_root:
                sync(temporary)
                os.replace(temporary, path)
                sync(path.parent)
    finally:
        if communicator.is_root and temporary.exists():
            temporary.unlink()
