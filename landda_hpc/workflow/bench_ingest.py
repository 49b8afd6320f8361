"""Speed of the ingest of product files: those given, or a simulated day of two MetOp and of SMAP at full density."""

import platform
import shutil
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np

from landda_hpc.config.observations import Ascat, Sensors, Smap
from landda_hpc.domain.dataset import domain_path, read_domain
from landda_hpc.simulation.settings import SimulationSettings
from landda_hpc.simulation.simulate import simulate_products
from landda_hpc.simulation.truth import SURFACE_FIELDS, TruthWindow
from landda_hpc.workflow.ingest import ingest

DAY = "2022-07-01"
NODES = 12.5  # km
PRODUCTS = ("ascat_b", "ascat_c", "smap")
#: A warm and moist surface without snow, so that most retrievals are kept.
SURFACE = {"soil_temperature": 290.0, "skin_temperature": 290.0, "snow_water_equivalent": 0.0}


class StillTruth:
    """A truth for simulators that changes with the place only."""

    def __init__(self, domain):
        self.domain = domain

    def window(self, start, end):
        """See :meth:`landda_hpc.simulation.truth.Truth.window`."""
        moisture = 0.25 + 0.1 * np.sin(np.radians(8.0 * self.domain.points.latitude))
        fields = {name: np.full((2, self.domain.n_total), SURFACE.get(name, np.nan)) for name in SURFACE_FIELDS}
        fields["soil_moisture"] = np.stack([moisture, moisture])
        return TruthWindow(np.array([start, end + 1.0]), fields)


def bench_ingest(communicator, inputs=(), domain="2.5deg", repeats=3, n_workers=None, parent="."):
    """Return a dict of what is read per second on the root, None elsewhere; medians of repeats into fresh folders.

    Parameters
    ----------
    communicator : Communicator
    inputs : sequence of path
        Files or folders; a simulated day by default.
    domain : str
        A shipped domain or a file.
    repeats : int
    n_workers : int, optional
        Of each rank; all cores by default.
    parent : path
        Folder for temporary files; all ranks see it.
    """
    loaded = read_domain(domain_path(domain))
    folder = Path(communicator.broadcast(tempfile.mkdtemp(prefix="ingest-", dir=parent) if communicator.is_root else None))
    try:
        if not inputs:
            inputs = [folder / "products"]
            simulate_products(StillTruth(loaded), DAY, np.datetime64(DAY) + 1, PRODUCTS, inputs[0],
                              SimulationSettings(spacing=NODES), communicator)
        communicator.barrier()
        sensors = Sensors(ascat=Ascat(platforms=("metop-a", "metop-b", "metop-c")), smap=Smap())
        seconds, summary = [], None
        for number in range(repeats):
            communicator.barrier()
            started = time.perf_counter()
            summary = ingest(inputs, loaded, folder / f"store_{number}", sensors, communicator, lambda line: None, n_workers)
            communicator.barrier()
            seconds.append(time.perf_counter() - started)
    finally:
        communicator.barrier()
        if communicator.is_root:
            shutil.rmtree(folder, ignore_errors=True)
    if not communicator.is_root:
        return None
    median = statistics.median(seconds)
    return {"machine": platform.machine(), "ranks": communicator.size, "workers_per_rank": n_workers, "domain": domain,
            "points": loaded.n_total, "files": summary.n_files, "megabytes": summary.n_bytes / 1e6,
            "nodes_and_cells": summary.n_received, "observations": int(sum(count.sum() for count in summary.coverage.values())),
            "repeats_s": seconds, "median_s": median, "megabytes_per_s": summary.n_bytes / 1e6 / median,
            "nodes_and_cells_per_s": summary.n_received / median}


def ingest_table(results):
    """Return the results as text."""
    return "\n".join([
        f"{results['files']} files, {results['megabytes']:.1f} MB, {results['nodes_and_cells']} nodes and cells, to "
        f"{results['observations']} observations at {results['points']} points",
        f"{results['median_s']:.2f} s (median of {', '.join(f'{one:.2f}' for one in results['repeats_s'])}): "
        f"{results['megabytes_per_s']:.1f} MB/s, {results['nodes_and_cells_per_s']:.3g} nodes and cells per second"])
