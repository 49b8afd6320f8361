"""Where a file comes from: attributes that every output carries."""

import datetime
import hashlib
import subprocess
from pathlib import Path

import landda_hpc

CONVENTIONS = "CF-1.10"


def provenance(command, configuration, seed, n_ranks, inputs=()):
    """Return the attributes of an output file.

    Parameters
    ----------
    command : str
        The command line.
    configuration : str
        The resolved configuration as YAML.
    seed : int
    n_ranks : int
    inputs : sequence of path
        Files that were read; each is named with its SHA-256.
    """
    now = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    checksums = "\n".join(f"{Path(path).name} sha256 {sha256(path)}" for path in inputs)
    return {"Conventions": CONVENTIONS, "history": f"{now} {command}", "command": command,
            "configuration": configuration, "version": landda_hpc.__version__, "commit": commit(), "seed": str(seed),
            "n_ranks": str(n_ranks), "inputs": checksums or "none"}


def sha256(path):
    """Return the SHA-256 of a file in hexadecimal."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def commit():
    """Return the git commit of the package's checkout, or ``unknown``."""
    folder = Path(landda_hpc.__file__).parent
    if not (folder.parent / ".git").exists():
        return "unknown"
    try:
        answer = subprocess.run(["git", "-C", str(folder), "rev-parse", "HEAD"], capture_output=True, text=True,
                                timeout=5, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return "unknown"
    return answer.stdout.strip() if answer.returncode == 0 else "unknown"
