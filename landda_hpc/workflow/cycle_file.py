"""The file of an assimilation cycle: what became of every observation and of every analysed point.

The root writes it column by column as it gathers them from the ranks, so it never holds more than a few of them; where ranks
have little, it gathers all that they have at once.
"""

import json
from pathlib import Path

import h5py
import numpy as np

from landda_hpc.assimilation.observations import SENSORS
from landda_hpc.io.atomic import agreed, replacing
from landda_hpc.observations.codes import N_CODES, named_counts
from landda_hpc.parallel import SerialCommunicator, on_root
from landda_hpc.times import EPOCH

FOLDER = "assimilation"
OBSERVED = ("cell", "analysis_time", "latitude", "longitude", "time", "sensor", "observed", "scaled", "error_std", "code",
            "innovation", "variance", "normalised", "residual", "freedom")
ANALYSED = ("point_cell", "point_time", "chi_square", "n_used", "outcome", "water")
INCREMENTS = ("raw_increment", "applied_increment")
SMALL = 2**18  # bytes of a rank that are gathered at once
N_KEYS = 2  # cell and time, the first columns of each kind, by which all are sorted


def cycle_file(folder, end):
    """Return the file of the cycle of a run folder that ends at a time (datetime64)."""
    stamp = np.datetime_as_string(np.datetime64(end, "s"), "h").replace("-", "")
    return Path(folder) / FOLDER / f"{stamp}.h5"


def write_cycle(path, steps, n_layers, attributes, communicator):
    """Write the file of a cycle, sorted by analysis time and cell; all ranks take part.

    Parameters
    ----------
    path : Path
    steps : list of pair of dict
        Of each analysis of this rank, the columns of the observations and those of the analysed points.
    n_layers : int
    attributes : dict of str to str
        Provenance.
    communicator : Communicator

    Raises
    ------
    OutputError
        On all ranks, if the root cannot write.
    """
    sizes = communicator.gather_object(sum(column.nbytes for step in steps for part in step for column in part.values()))
    at_once = communicator.broadcast(sum(sizes) < SMALL * communicator.size if communicator.is_root else None)
    columns, alone = _gathered(steps, n_layers, communicator, at_once), SerialCommunicator()

    def write():
        needed = sum(sizes)
        try:
            with (replacing(path, alone, needed) as temporary, agreed(alone, path, needed),
                  h5py.File(temporary, "w") as file):
                _fill(file, columns, attributes)
        finally:
            _finish(columns)

    if not communicator.is_root:
        _finish(columns)
    on_root(communicator, write)


def _gathered(steps, n_layers, communicator, at_once):
    """Yield name and values of each column, the values of all ranks on the root; all ranks must ask for all of them."""
    def gather(kind, names):
        own = {name: np.concatenate([step[kind][name] for step in steps], axis=-1) for name in names} if steps else None
        parts = communicator.gather_object(own)
        if not communicator.is_root:
            return dict.fromkeys(names)
        parts = [part for part in parts if part is not None]
        return {name: np.concatenate([part[name] for part in parts], axis=-1) if parts
                else np.zeros((n_layers, 0) if name in INCREMENTS else 0) for name in names}

    for kind, names in enumerate((OBSERVED, (*ANALYSED, *INCREMENTS))):
        order = None
        for some in [names] if at_once else [names[:N_KEYS], *((name,) for name in names[N_KEYS:])]:
            values = gather(kind, some)
            if order is None and communicator.is_root:
                order = np.lexsort([values[name] for name in names[:N_KEYS]])
            for name in some:
                yield name, None if order is None else values[name][..., order]


def _finish(columns):
    """Take part in what is left to gather."""
    for _ in columns:
        pass


def _fill(file, columns, attributes):
    for name, value in attributes.items():
        file.attrs[name] = value
    file.attrs["sensors"] = json.dumps(SENSORS)
    for name, values in columns:
        file.create_dataset(name, data=values, track_times=False)
        if name == "code":
            counts = np.bincount(values.astype(np.int64), minlength=N_CODES)
            file.attrs["counts"] = json.dumps(named_counts(counts))
    file["time"].attrs["units"] = file["analysis_time"].attrs["units"] = f"seconds since {EPOCH}".replace("T", " ")


def run_counts(folder):
    """Return ``{code: count}`` of the observations of all cycles of a run folder."""
    total = {}
    for path in sorted((Path(folder) / FOLDER).glob("*.h5")):
        with h5py.File(path, "r") as file:
            for name, count in json.loads(file.attrs["counts"]).items():
                total[name] = total.get(name, 0) + count
    return total
