"""What this machine has for the package, with a remedy where something is missing."""

import os
import platform
import shutil
import sys

import h5py
import numba
import psutil

import landda_hpc
from landda_hpc.jit import cache, processor


def report(communicator):
    """Return the findings as text, warnings last."""
    warnings = []
    facts = [("landda_hpc", landda_hpc.__version__), ("python", f"{platform.python_version()} {sys.executable}"),
             ("machine", f"{platform.machine()}, {psutil.cpu_count(logical=False) or os.cpu_count()} cores, "
                         f"{psutil.virtual_memory().total / 2**30:.0f} GiB"),
             ("ranks", f"{communicator.size} ({'MPI' if communicator.mpi else 'serial'})"),
             ("mpi", _mpi(warnings)), ("mpirun", shutil.which("mpirun") or "not found"),
             ("hdf5", f"{h5py.version.hdf5_version}, h5py {h5py.version.version}, "
                      f"{'parallel' if h5py.get_config().mpi else 'not parallel'}"),
             ("numba", f"{numba.__version__}, threading layers {', '.join(_threading())}"),
             ("processor", _processor()), ("kernel cache", _cache(warnings)), ("slurm", _slurm())]
    if not h5py.get_config().mpi:
        warnings.append("h5py is not built with MPI: files are gathered to rank 0. tools/bootstrap builds it where mpicc "
                        "and parallel HDF5 are installed.")
    if shutil.which("mpirun") is None and shutil.which("srun") is None:
        warnings.append("neither mpirun nor srun is on the PATH: load the MPI module of the cluster, or run one rank.")
    lines = [f"  {name:14s} {value}" for name, value in facts]
    lines += [f"  warning        {warning}" for warning in warnings] or ["  all is well"]
    return "\n".join(lines)


def _mpi(warnings):
    try:
        import mpi4py

        from landda_hpc.parallel.mpi import library_version
    except (ImportError, RuntimeError) as error:
        warnings.append(f"mpi4py cannot start ({error}): install an MPI library, then tools/bootstrap.")
        return "not usable"
    return f"{library_version()}, mpi4py {mpi4py.__version__}"


def _threading():
    layers = []
    for name, module in (("tbb", "tbbpool"), ("omp", "omppool"), ("workqueue", "workqueue")):
        try:
            __import__(f"numba.np.ufunc.{module}")
        except ImportError:
            continue
        layers.append(name)
    return layers or ["none"]


def _processor():
    name, features = processor.wanted()
    vectors = next((width for flag, width in (("+avx512f", "512-bit"), ("+avx2", "256-bit"), ("+avx", "256-bit"))
                    if flag in features), "128-bit")
    return f"{name}, {vectors} vectors"


def _cache(warnings):
    folder = cache.folder()
    if not os.access(folder, os.W_OK):
        warnings.append(f"{folder} cannot be written: kernels are compiled at every start. Set LANDDA_CACHE_DIR.")
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    return f"{folder} ({size / 2**20:.0f} MiB)"


def _slurm():
    if "SLURM_JOB_ID" in os.environ:
        return f"job {os.environ['SLURM_JOB_ID']}, {os.environ.get('SLURM_NTASKS', '?')} tasks"
    return "installed" if shutil.which("sbatch") else "not found"
