"""What this machine has for the package, with a remedy where something is missing."""

import os
import platform
import shutil
import subprocess
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
             ("processor", _processor()), ("kernel cache", _cache(warnings)), ("spare cache", _spare()),
             ("slurm", _slurm(warnings)), ("ranks by", _launcher())]
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
    can_write = os.access(folder, os.W_OK)
    kernels = [path.stat().st_size for path in folder.rglob("*.nbc")]
    if not can_write and not kernels:
        warnings.append(f"{folder} cannot be written and holds no kernels: they are compiled into the spare cache of the first "
                        "node. Fill it with `landda warmup`.")
    return (f"{folder} on {_file_system(folder)}, {len(kernels)} kernels, {sum(kernels) / 2**20:.0f} MiB"
            f"{'' if can_write else ', read-only'}")


def _spare():
    return f"{cache.spare_folder()} on {_file_system(cache.spare_folder())}, for what the other cannot keep"


def _file_system(folder):
    """Return the type of the file system that a folder is on or would be on: nfs4, lustre, tmpfs, ext4, ..."""
    while not folder.exists():
        folder = folder.parent
    mounts = [part for part in psutil.disk_partitions(all=True) if folder.resolve().is_relative_to(part.mountpoint)]
    return max(mounts, key=lambda part: len(part.mountpoint)).fstype if mounts else "an unknown file system"


def _slurm(warnings):
    if shutil.which("sbatch") is None:
        return "not found"
    version = _first_line("sbatch", "--version")
    environment = os.environ
    if "SLURM_JOB_ID" not in environment:
        return version
    if "LANDDA_ENVIRONMENT" not in environment:
        warnings.append("LANDDA_ENVIRONMENT is not set in this job; the scripts of jobs/ need it.")
    return (f"{version}, job {environment['SLURM_JOB_ID']}, {environment.get('SLURM_NTASKS', '?')} tasks on "
            f"{environment.get('SLURM_JOB_NUM_NODES', '?')} nodes")


def _launcher():
    """Return what `landda job` starts ranks with here."""
    if shutil.which("srun") is not None and "pmix" in _output("srun", "--mpi=list"):
        return "srun --mpi=pmix"
    return f"mpirun, {_first_line('mpirun', '--version')}" if shutil.which("mpirun") else "nothing: one rank"


def _output(*command):
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20.0)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return "" if done.returncode else done.stdout + done.stderr


def _first_line(*command):
    return next(iter(_output(*command).splitlines()), f"{command[0]} is installed but does not answer")
