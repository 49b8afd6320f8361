"""The one home of MPI: communicators with the few verbs that the rest of the package speaks."""

from landda_hpc.parallel.communicator import Communicator, SerialCommunicator
from landda_hpc.parallel.in_process import run_in_process
from landda_hpc.parallel.launch import install_abort_hook, world_communicator

__all__ = ["Communicator", "SerialCommunicator", "install_abort_hook", "run_in_process", "world_communicator"]
