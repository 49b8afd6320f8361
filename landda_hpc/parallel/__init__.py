"""The one home of MPI: communicators with the few verbs that the rest of the package speaks."""

from landda_hpc.parallel.communicator import Communicator, SerialCommunicator
from landda_hpc.parallel.in_process import run_in_process
from landda_hpc.parallel.launch import stop_all, world_communicator
from landda_hpc.parallel.rooted import on_root, together

__all__ = ["Communicator", "SerialCommunicator", "on_root", "run_in_process", "stop_all", "together", "world_communicator"]
