"""The one home of MPI: communicators with the few verbs that the rest of the package speaks."""

from landda_hpc.parallel.communicator import Communicator, SerialCommunicator
from landda_hpc.parallel.in_process import run_in_process
from landda_hpc.parallel.launch import stop_all, world_communicator

__all__ = ["Communicator", "SerialCommunicator", "run_in_process", "stop_all", "world_communicator"]
