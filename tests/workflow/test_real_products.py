"""Real retrievals from the files to the analysis: one ASCAT orbit and one SMAP half orbit in a global ensemble."""

import json

import h5py
import numpy as np
import pytest
import yaml
from click.testing import CliRunner

from landda_hpc.cli.main import cli
from landda_hpc.config.observations import Ascat, Sensors, Smap
from landda_hpc.domain.dataset import read_domain
from landda_hpc.observations.formats import read_product
from landda_hpc.observations.store import read_day

ORBITS = {
    "ascat": ("2017-02-20", "ascat_l2_125_nc", {"platforms": ["metop-a"], "bias": "none"}),
    "smap": ("2015-08-11", "smap_l2_spl2smp", {"bias": "none"}),
}


def call(*arguments):
    done = CliRunner().invoke(cli, [str(argument) for argument in arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


@pytest.mark.parametrize("sensor", ORBITS)
def test_an_orbit_is_assimilated_where_it_was(sensor, shared_data, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    day, folder, settings = ORBITS[sensor]
    products = shared_data / "data/products" / folder
    (tmp_path / "run.yaml").write_text(yaml.safe_dump({
        "run": {"name": "orbit", "start": f"{day}T00:00", "end": f"{day}T06:00", "time_step": "1h"},
        "domain": {"file": "2.5deg"}, "ensemble": {"size": 8}, "spin_up": {"ensemble": "1d"},
        "sensors": {sensor: settings}, "observations": {"folder": "observations"}, "output": {"interval": "3h"}}))
    assert "1 files, 1 of them new or changed, 0 refused" in call("obs", "ingest", "run.yaml", products, "--workers", 1)
    domain = read_domain("2.5deg")
    (product,) = products.iterdir()
    sensors = Sensors(ascat=Ascat(platforms=("metop-a",))) if sensor == "ascat" else Sensors(smap=Smap())
    batch = read_product(product, sensors).batch
    accepted = batch.select(batch.code == 0)
    row, column = (np.floor((place + edge) / 2.5).astype(int) for place, edge in ((accepted.latitude, 90.0),
                                                                                   (accepted.longitude, 180.0)))
    hit = set(zip(row.tolist(), column.tolist()))
    gridded = read_day(tmp_path / "observations" / f"{sensor}_{day.replace('-', '')}.h5", domain.cell)
    cells = {(int(np.floor((domain.points.latitude[point] + 90.0) / 2.5)), int(np.floor((domain.points.longitude[point] + 180.0)
                                                                                        / 2.5))) for point in gridded.point}
    land = set(zip(*(np.floor((place + edge) / 2.5).astype(int).tolist() for place, edge in (
        (domain.points.latitude, 90.0), (domain.points.longitude, 180.0)))))
    assert cells and cells <= hit and len(hit & land) >= len(cells) >= 0.9 * len(hit & land)
    call("run", "run.yaml")
    with h5py.File(tmp_path / f"runs/orbit/assimilation/{day.replace('-', '')}T06.h5") as file:
        assert sum(json.loads(file.attrs["counts"]).values()) == gridded.size
        analysed, change = file["point_cell"][()], file["applied_increment"][0]
        used = file["code"][()] == 0
        assert set(analysed) <= set(domain.cell[gridded.point])
        if used.any():
            innovation = dict(zip(file["cell"][()][used].tolist(), file["innovation"][()][used].tolist()))
            moved = np.array([innovation[int(cell)] for cell in analysed])
            assert (np.sign(change) == np.sign(moved))[np.abs(moved) > 0.02].mean() > 0.8
    assert "increments.png" in call("plot", "runs/orbit", "--page", "increments") or not used.any()
