"""The configuration that a run leaves in its folder: with every default, and file names that hold from any folder."""

import os
from pathlib import Path

import yaml

from landda_hpc.coupling.grid_names import is_sphere
from landda_hpc.domain.dataset import SHIPPED

#: Keys of file names that count from the folder of the configuration; ``*`` stands for every item or key.
FILES = ("run.first_state", "domain.file", "forcing.files.*", "forcing.orography", "forcing.land_mask", "observations.folder",
         "observations.climatology", "sensors.*.obs_error.map", "sites.*.forcing.file", "sites.*.forcing.observations",
         "atmosphere.source.files.*", "atmosphere.source.orography", "atmosphere.source.land_mask", "atmosphere.columns",
         "atmosphere.cold_start", "atmosphere.folder")
#: Keys of files that may also be the name of a shipped domain or a cubed sphere.
DOMAINS = ("domain.file", "atmosphere.columns")


def saved_configuration(config, base, folder):
    """Return a configuration as YAML.

    Parameters
    ----------
    config : RunConfig
    base : path
        Folder that its file names are relative to.
    folder : Path
        Of the run.
    """
    document = config.model_dump(mode="json")
    for key in FILES:
        section, name = key.split(".")[:2]
        if key in DOMAINS and document[section] is not None:
            value = document[section][name]
            if value in SHIPPED or is_sphere(value):
                continue
        _anchor(document, key.split("."), base)
    document["run"]["folder"] = os.path.abspath(folder)
    return yaml.safe_dump(document, sort_keys=False, width=120)


def _anchor(section, keys, base):
    """Make the file names at a key absolute; changes the section."""
    first, *rest = keys
    if isinstance(section, dict):
        places = list(section) if first == "*" else [first] if first in section else []
    else:
        places = range(len(section)) if isinstance(section, list) and first == "*" else ()
    for place in places:
        if rest:
            _anchor(section[place], rest, base)
        elif section[place] is not None:
            section[place] = os.path.abspath(Path(base) / section[place])
