"""The registry of tower formats: one name, one reader, one way to recognise a file."""

from collections.abc import Callable
from importlib.resources import as_file, files
from pathlib import Path
from typing import NamedTuple

from landda_hpc.errors import ConfigError, InputError
from landda_hpc.forcing import bondville
from landda_hpc.forcing.ameriflux import read_ameriflux_l2
from landda_hpc.forcing.assemble import ReadOptions
from landda_hpc.forcing.bondville import read_bondville_1998, read_bondville_2001
from landda_hpc.forcing.col_de_porte import read_col_de_porte
from landda_hpc.forcing.loobos import read_loobos
from landda_hpc.forcing.tower_csv import open_text, read_tower_csv

HEAD_CHARACTERS = 8000  # of a file, looked at to recognise it
SAMPLE_FILE = "greensboro_tmy3.csv.gz"


class Format(NamedTuple):
    """Reader ``(path, observations, options) -> TowerRecord`` and test of the first characters of a file."""

    read: Callable
    recognise: Callable
    description: str


def read_sample(path=None, observations=None, options=ReadOptions()):
    """Return the tower that the package ships; `path` may be left out."""
    if path is not None:
        return read_tower_csv(path, observations, options)
    with as_file(files("landda_hpc") / "data" / "sample_tower" / SAMPLE_FILE) as packaged:
        return read_tower_csv(packaged, observations, options)


def _first_row(head):
    """Return the cells of the first line that is not a comment."""
    lines = (line for line in head.splitlines() if line.strip() and not line.startswith("#"))
    return next(lines, "").split()


FORMATS = {
    "bondville_1998": Format(read_bondville_1998, lambda head: bondville.is_hrldas(head) is True,
                             "HRLDAS single point, relative humidity, labels at the end"),
    "bondville_2001": Format(read_bondville_2001, lambda head: bondville.is_hrldas(head) is False,
                             "HRLDAS single point, specific humidity, labels at the start"),
    "loobos": Format(read_loobos, lambda head: len(_first_row(head)) == 13, "JULES example, Loobos 1997"),
    "ameriflux_l2": Format(read_ameriflux_l2, lambda head: "YEAR, GAP, DTIME" in head, "AmeriFlux level 2 CSV"),
    "col_de_porte": Format(read_col_de_porte, lambda head: len(_first_row(head)) == 12 and not head.startswith("!"),
                           "FSM example, Col de Porte"),
    "csv": Format(read_tower_csv, lambda head: "\ntime," in "\n" + head, "the package's own layout, for any tower"),
    "sample": Format(read_sample, lambda head: False, "the tower shipped with the package"),
}


def read_tower(format, path=None, observations=None, **options):
    """Return the :class:`~landda_hpc.forcing.tower.TowerRecord` of a file.

    Parameters
    ----------
    format : str
        A name of :data:`FORMATS`, or ``auto`` to recognise it.
    path : str or Path or None
        The forcing file; None only for ``sample``.
    observations : str or Path or None
        File of observations where the format has one.
    **options
        Fields of :class:`~landda_hpc.forcing.assemble.ReadOptions`.
    """
    unknown = sorted(set(options) - set(ReadOptions._fields))
    if unknown:
        raise ConfigError(f"{', '.join(unknown)}: not known as an option of a tower. "
                          f"Known: {', '.join(ReadOptions._fields)}.")
    if format != "sample" and path is None:
        raise ConfigError(f"The tower format {format!r} needs a path.")
    if format != "auto" and format not in FORMATS:
        raise ConfigError(f"Tower format {format!r} is not known. Known: auto, {', '.join(FORMATS)}.")
    for file in (path, observations):
        if file is not None and not Path(file).is_file():
            raise InputError(f"{file}: the file does not exist (tower format {format}). "
                             "A relative path counts from the folder of the configuration.")
    if format == "auto":
        format = detect_format(path)
    return FORMATS[format].read(path, observations, ReadOptions(**options))


def detect_format(path):
    """Return the name of the format whose marks the first lines of the file carry."""
    try:
        with open_text(path) as file:
            head = file.read(HEAD_CHARACTERS)
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not a text file; known formats: {', '.join(FORMATS)}.") from error
    fitting = [name for name, entry in FORMATS.items() if entry.recognise(head)]
    if len(fitting) != 1:
        raise InputError(f"{path}: the format is not recognised; name one of {', '.join(FORMATS)}.")
    return fitting[0]
