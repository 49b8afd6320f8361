"""The folder of a run and the names of the files in it."""

from pathlib import Path

CONFIGURATION = "configuration.yaml"  # with all defaults
HISTORY = "history.nc"
OVERPASS = "overpass.nc"


def run_folder(config):
    """Return the folder of a run's outputs."""
    return Path(config.run.folder or Path("runs") / config.run.name)
