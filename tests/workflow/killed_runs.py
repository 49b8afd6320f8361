"""Runs that are killed (SIGKILL) at a given place: ``python -m tests.workflow.killed_runs CONFIG STAGE ...``, one run for each.

Each runs in a fork, so that the package is imported once, in the folder ``runs/<stage>`` with ``_`` for blanks.
"""

import os
import signal
import sys
from pathlib import Path

from landda_hpc.config import load_config
from landda_hpc.coupling import exchange_files
from landda_hpc.coupling.weather_atmosphere import WeatherAtmosphere
from landda_hpc.io import history, restart
from landda_hpc.parallel import SerialCommunicator
from landda_hpc.workflow import coupled_cycle
from landda_hpc.workflow.land_run import LandRun
from landda_hpc.workflow.run import run

#: Owner and name of a function, and the call after which the process is killed, the first of them number 1.
STAGES = {
    "in the middle of a window": (LandRun, "advance", 8),
    "while a checkpoint goes to the disk": (LandRun, "write_checkpoint", 2),
    "after the hand-over": (coupled_cycle, "write_soil_moisture", 2),
    "while soil moisture is written": (exchange_files, "_times", 6),
    "during the first atmosphere": (WeatherAtmosphere, "_hour", 5),
    "during the second atmosphere": (WeatherAtmosphere, "_hour", 33),
    "before the restart of the atmosphere": (WeatherAtmosphere, "run", 3),
    "between the restart and the forcing": (WeatherAtmosphere, "save", 3),
    "while the forcing is written": (exchange_files, "_series", 4),
    "between forcing and forecast": (coupled_cycle, "write_forcing", 1),
    "after the forecast began": (coupled_cycle, "write_forecast", 1),
    "after the forecast": (coupled_cycle, "write_forecast", 2),
    "during the forecast": (WeatherAtmosphere, "_hour", 20),
    "while the forecast is written": (exchange_files, "_series", 3),
    "while the atmosphere is saved": (restart, "_write_field", 60),
    "while the history is written": (history, "_resize", 2),
}


def kill_after(owner, name, number):
    """Let this process be killed when a function has been called so often."""
    function, calls = getattr(owner, name), []

    def call(*given, **more):
        result = function(*given, **more)
        calls.append(name)
        if len(calls) == number:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(owner, name, call)


def main(path, *stages):
    """Run the configuration once for each stage; print the stages whose run was not killed."""
    for stage in stages:
        if child := os.fork():
            if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != -signal.SIGKILL:
                print(stage)
        else:
            kill_after(*STAGES[stage])
            run(load_config(path, (f"run.name={stage.replace(' ', '_')}",)), SerialCommunicator(), Path(path).parent)
            os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
