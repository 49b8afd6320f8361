"""The communicator of MPI jobs."""

import functools

from mpi4py import MPI

from landda_hpc.parallel.communicator import Communicator


class MPICommunicator(Communicator):
    """The ranks of an MPI communicator, by default all of the job."""

    def __init__(self, mpi=None):
        self.mpi = MPI.COMM_WORLD if mpi is None else mpi
        self.rank, self.size = self.mpi.rank, self.mpi.size

    @functools.cached_property
    def _node(self):
        """Return the rank on the node and the number of nodes."""
        node = self.mpi.Split_type(MPI.COMM_TYPE_SHARED)
        rank = node.rank
        node.Free()
        return rank, self.mpi.allreduce(int(rank == 0))

    @property
    def is_first_of_node(self):
        return self._node[0] == 0

    @property
    def n_nodes(self):
        return self._node[1]

    def gather_object(self, value):
        return self.mpi.gather(value)

    def broadcast(self, value):
        return self.mpi.bcast(value)

    def exchange_objects(self, values):
        return self.mpi.alltoall(values)

    def scatter_objects(self, make):
        if not self.is_root:
            return self.mpi.recv(source=0)
        for rank in range(1, self.size):
            self.mpi.send(make(rank), dest=rank)
        return make(0)

    def barrier(self):
        self.mpi.Barrier()

    def any(self, flag):
        return bool(self.mpi.allreduce(bool(flag), MPI.LOR))

    def abort(self, code):
        self.mpi.Abort(code)


def library_version():
    """Return the first line of what the MPI library says of itself."""
    return MPI.Get_library_version().splitlines()[0].strip("\0")
