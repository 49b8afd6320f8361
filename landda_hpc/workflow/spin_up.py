"""The spin-up before a run: many years of one unperturbed member, a run of its own in the folder ``spin_up``.

Its last checkpoint is the first state of all members of the run.
"""

import numpy as np

from landda_hpc.config import RunConfig, load_config
from landda_hpc.errors import RestartError
from landda_hpc.forcing.calendar import shift_years
from landda_hpc.io.restart import RestartCatalog
from landda_hpc.workflow.run_files import CONFIGURATION, run_folder

FOLDER = "spin_up"
LEAST_RESTART_INTERVAL = 90 * 86400  # s; a quarter of a year of one member is soon done again
HISTORY_VARIABLES = ["soil_moisture", "soil_temperature", "snow_water_equivalent"]


def spin_up_config(config, folder):
    """Return the configuration of the spin-up of a run, whose one record of history is the soil at its end.

    Parameters
    ----------
    config : RunConfig
    folder : Path
        Of the run.
    """
    end = config.run.start - np.timedelta64(config.spin_up.ensemble, "s")
    start = shift_years(end, -config.spin_up.years)
    document = config.model_dump(mode="json", exclude_unset=True)
    length = int((end - start) / np.timedelta64(1, "s"))
    document["run"] |= {"name": f"{config.run.name} spin-up", "folder": str(folder / FOLDER), "start": str(start),
                        "end": str(end)}
    document["run"].pop("stop_after_cycles", None)
    document["ensemble"] = {"size": 1}
    document["output"] = {"interval": f"{length}s", "variables": HISTORY_VARIABLES}
    document["restart"] = {"interval": f"{max(config.restart.interval, LEAST_RESTART_INTERVAL)}s", "keep": config.restart.keep}
    if config.spin_up.cycle is not None:
        document["forcing"] = {**document.get("forcing", {}), "cycle": config.spin_up.cycle}
    for key in ("spin_up", "perturb", "sensors", "atmosphere"):
        document.pop(key, None)
    return RunConfig.model_validate(document)


def finished_state(config):
    """Return the restart file at the end of a spin-up, or None if it is not there yet.

    Raises
    ------
    RestartError
        When the folder holds the spin-up of another configuration.
    """
    folder = run_folder(config)
    if not (folder / CONFIGURATION).exists():
        return None
    if load_config(folder / CONFIGURATION).digest() != config.digest():
        raise RestartError(f"{folder} holds the spin-up of another configuration. Remove it, or give run.folder another name.")
    path = RestartCatalog(folder).path(config.run.end)
    return path if path.exists() else None
