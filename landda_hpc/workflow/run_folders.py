"""Which experiments are meant: run folders by name, from folders of runs, single runs and ``NAME=PATH``."""

from pathlib import Path

from landda_hpc.coupling.exchange_files import FORECASTS
from landda_hpc.errors import InputError
from landda_hpc.workflow.run_files import CONFIGURATION, HISTORY
from landda_hpc.workflow.twin_folder import EXPERIMENTS
from landda_hpc.workflow.twin_runs import OPEN_LOOP, TRUTH


def is_run(folder):
    """Return whether a folder is that of a run: it has a history, a configuration or forecasts."""
    return any((Path(folder) / name).exists() for name in (HISTORY, CONFIGURATION, FORECASTS))


def experiments_of(given):
    """Return ``{name: Path}`` of experiments, the baseline first: CTL where it is there, else the first.

    Parameters
    ----------
    given : sequence of str
        Folders of a run, whose names are those of the experiments; folders that hold such; or ``NAME=PATH``.

    Raises
    ------
    InputError
        For a folder without runs, and a name of two experiments.
    """
    found = []
    for text in given:
        name, equals, path = str(text).partition("=")
        if equals and not Path(text).exists():
            if not Path(path).is_dir():
                raise InputError(f"{path}, the folder of {name}, does not exist.")
            found.append((name, Path(path)))
        elif is_run(text):
            found.append((Path(text).resolve().name, Path(text)))
        else:
            found += _inside(Path(text))
    names = [name for name, _ in found]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError(f"More than one experiment is called {', '.join(twice)}. Give them names: NAME=PATH.")
    order = {name: number for number, name in enumerate(EXPERIMENTS)}
    return dict(sorted(found, key=lambda item: order.get(item[0], len(order))))


def _inside(folder):
    """Return the runs that a folder holds, without the truth and the open loop of a twin."""
    if not folder.is_dir():
        raise InputError(f"{folder} does not exist. Give the folder of a run, a folder of runs, or NAME=PATH.")
    runs = [(one.name, one) for one in sorted(folder.iterdir())
            if one.is_dir() and is_run(one) and one.name not in (TRUTH, OPEN_LOOP)]
    if not runs:
        raise InputError(f"{folder} is neither the folder of a run nor of a twin experiment, nor does it hold runs: expected "
                         f"{HISTORY}, {CONFIGURATION} or {FORECASTS} in it or in a folder below.")
    return runs
