"""Folders of product files become gridded observations: whatever the order, the number of workers and what came before."""

import csv
import os
import re
import shutil

import h5py
import numpy as np
import pytest

from landda_hpc.config.observations import Ascat, Sensors, Smap
from landda_hpc.domain.dataset import read_domain
from landda_hpc.errors import InputError
from landda_hpc.observations.batch import seconds_of
from landda_hpc.observations.store import read_day
from landda_hpc.parallel import SerialCommunicator
from landda_hpc.parallel.in_process import run_in_process
from landda_hpc.workflow import ingest as ingest_module
from landda_hpc.workflow.bench_ingest import bench_ingest
from landda_hpc.workflow.ingest import ingest
from landda_hpc.workflow.ingest_records import COUNTS, INDEX, QUARANTINE
from tests.observations.granules import START, write_ascat, write_smap

SENSORS = Sensors(ascat=Ascat(), smap=Smap())
PLACES = [(10.0 + 2.5 * step, 20.0) for step in range(8)]  # in Africa and on


@pytest.fixture(scope="module")
def domain():
    return read_domain("5deg")


def ascat(path, value=4000, seconds=START, **more):
    """Write a pass over some land cells."""
    return write_ascat(path, [{"soil_moisture": value + 100 * step} for step in range(len(PLACES))], places=PLACES,
                       seconds=seconds, **more)


def content(folder):
    """Return all that counts in a store: observations by file, and the counts."""
    found = {path.name: h5py.File(path)["cell"][()].tolist() + h5py.File(path)["value"][()].tolist()
             + h5py.File(path)["parts/value"][()].tolist() for path in sorted(folder.glob("*.h5"))}
    return found, (folder / COUNTS).read_text()


def run(inputs, domain, folder, sensors=SENSORS, **more):
    return ingest(inputs, domain, folder, sensors, SerialCommunicator(), lambda line: None, **{"n_workers": 1, **more})


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    folder = tmp_path_factory.mktemp("archive")
    for number in range(4):
        ascat(folder / f"pass_{number}.nc", 3000 + 500 * number, START + 6000.0 * number)
    write_smap(folder / "half_orbit.h5", [{}] * 40, first=(150, 530))
    return folder


@pytest.fixture(scope="module")
def store(archive, domain, tmp_path_factory):
    folder = tmp_path_factory.mktemp("store")
    return folder, run([archive], domain, folder)


def test_order_workers_and_ranks_change_nothing(archive, store, domain, tmp_path):
    assert len(content(store[0])[0]) == 2 and store[1].n_refused == 0
    run([archive], domain, tmp_path / "two", n_workers=2)
    for path in sorted(archive.iterdir(), reverse=True):
        run([path], domain, tmp_path / "reverse")
    run_in_process(2, lambda rank: ingest([archive], domain, tmp_path / "ranks", SENSORS, rank, lambda line: None, 1))
    for name in ("two", "reverse", "ranks"):
        assert content(tmp_path / name) == content(store[0]), name


def test_what_is_there_is_not_done_again(archive, store, domain, tmp_path):
    folder = shutil.copytree(store[0], tmp_path / "store")
    before = content(folder)
    assert "0 of them new or changed" in run([archive], domain, folder).text
    moved = shutil.copytree(archive, tmp_path / "moved")  # the same content at other places
    assert "5 of them new or changed" in run([moved], domain, folder).text and content(folder) == before


def test_a_file_that_changed_replaces_what_it_gave(archive, domain, tmp_path):
    mine = shutil.copytree(archive, tmp_path / "mine")
    run([mine], domain, tmp_path / "store")
    ascat(mine / "pass_1.nc", 9000, START + 6000.0)
    run([mine], domain, tmp_path / "store")
    run([mine], domain, tmp_path / "fresh")
    assert content(tmp_path / "store") == content(tmp_path / "fresh")
    assert 90.5 in read_day(tmp_path / "store" / "ascat_20170217.h5", domain.cell).value


def reprocessed(path, value, stamp):
    """Write a SMAP half orbit that was processed at a time."""
    write_smap(path, [{"soil_moisture": value}] * 40, first=(150, 530))
    with h5py.File(path, "a") as file:
        step = file.require_group("Metadata/ProcessStep")
        step.attrs["stepDateTime"] = np.bytes_(stamp)
    return path


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_the_later_processing_counts(domain, tmp_path, order):
    files = [reprocessed(tmp_path / "old.h5", 0.2, "2017-02-18T00:00:00.000Z"),
             reprocessed(tmp_path / "new.h5", 0.3, "2022-02-18T00:00:00.000Z")]
    for number in order:
        run([files[number]], domain, tmp_path / "store")
    day = str(np.datetime64("2000-01-01") + np.timedelta64(int(START), "s"))[:10].replace("-", "")
    observed = read_day(tmp_path / "store" / f"smap_{day}.h5", domain.cell)
    assert observed.size > 0 and observed.value == pytest.approx(0.3)


def test_nodes_of_both_distances_are_not_averaged(domain, tmp_path):
    fine, coarse = ascat(tmp_path / "fine.nc", 4000), ascat(tmp_path / "coarse.nc", 8000, n_cells=42)
    for nodes, largest in (("12.5km", 50.0), ("25km", 90.0)):
        run([fine, coarse], domain, tmp_path / nodes, Sensors(ascat=Ascat(nodes=nodes)))
        observed = read_day(tmp_path / nodes / "ascat_20170217.h5", domain.cell)
        assert largest - 20.0 < observed.value.max() < largest


def test_broken_files_are_put_aside_and_their_successors_taken(archive, domain, tmp_path):
    mine = shutil.copytree(archive, tmp_path / "mine")
    whole = (mine / "pass_2.nc").read_bytes()
    (mine / "pass_2.nc").write_bytes(whole[:2000])
    (mine / "notes.txt").write_text("not a product")
    summary = run([mine], domain, tmp_path / "store", quarantine=tmp_path / "aside")
    assert summary.n_refused == 2 and "pass_2.nc: truncated" in summary.text
    rows = {row["file"]: row for row in csv.DictReader((tmp_path / "store" / QUARANTINE).open())}
    assert rows[str(mine / "pass_2.nc")]["reason"] == "truncated" and rows[str(mine / "notes.txt")]["reason"] == "foreign"
    assert [path.name for path in (tmp_path / "aside").iterdir()] == ["pass_2.nc"] and (mine / "notes.txt").exists()
    (mine / "pass_2.nc").write_bytes(whole)
    assert "1 of them new or changed" in run([mine], domain, tmp_path / "store").text
    run([archive], domain, tmp_path / "expected")
    assert content(tmp_path / "store") == content(tmp_path / "expected")
    assert len((tmp_path / "store" / INDEX).read_text().splitlines()) == 7


def test_versions_across_midnight(domain, tmp_path):
    """A pass from before to after midnight is one granule in the files of both days."""
    late = float(seconds_of(np.datetime64("2017-02-17T23:59:52")))
    run([ascat(tmp_path / "a.nc", 4000, late)], domain, tmp_path / "store")
    assert {path.name for path in (tmp_path / "store").glob("*.h5")} <= {"ascat_20170217.h5", "ascat_20170218.h5"}


def test_bench_tells_what_was_read(archive, tmp_path):
    results = bench_ingest(SerialCommunicator(), [archive], "5deg", 1, 1, tmp_path)
    assert results["files"] == 5 and results["observations"] > 0 and results["megabytes_per_s"] > 0.0
    assert results["nodes_and_cells"] == 4 * 82 + 40 and not list(tmp_path.iterdir())


def test_a_name_that_another_content_takes_over(archive, domain, tmp_path, monkeypatch):
    """The old file is kept under another name beside its successor: both are in the store, whatever is looked at first."""
    monkeypatch.setattr(ingest_module, "GROUP", 1)
    for name in ("a_kept.nc", "z_kept.nc"):
        mine = shutil.copytree(archive, tmp_path / name / "mine")
        run([mine], domain, tmp_path / name / "store")
        (mine / "pass_1.nc").rename(mine / name)
        ascat(mine / "pass_1.nc", 9000, START + 50000.0)
        run([mine], domain, tmp_path / name / "store")
        run([mine], domain, tmp_path / name / "fresh")
        assert content(tmp_path / name / "store") == content(tmp_path / name / "fresh")


def test_files_that_were_only_touched_or_named_otherwise_are_known(archive, store, domain, tmp_path, monkeypatch):
    mine, folder = shutil.copytree(archive, tmp_path / "mine"), tmp_path / "store"
    run([mine], domain, folder)
    monkeypatch.chdir(mine)
    assert "5 files, 0 of them new" in run(["."], domain, folder).text
    before = (folder / "ascat_20170217.h5").stat().st_mtime_ns
    for path in mine.iterdir():
        os.utime(path, (0, 0))
    assert "5 of them new or changed, 0 refused; 5 known" in run([mine], domain, folder).text
    assert (folder / "ascat_20170217.h5").stat().st_mtime_ns == before and content(folder) == content(store[0])


def test_a_day_that_was_removed_comes_again(archive, store, domain, tmp_path):
    folder = shutil.copytree(store[0], tmp_path / "store")
    (folder / "ascat_20170217.h5").unlink()
    run([archive], domain, folder)
    assert content(folder) == content(store[0])


def test_an_index_that_was_cut_is_completed(archive, store, domain, tmp_path):
    folder = shutil.copytree(store[0], tmp_path / "store")
    text = (folder / INDEX).read_text()
    (folder / INDEX).write_text(text[:-20])
    assert "1 of them new or changed" in run([archive], domain, folder).text
    assert sorted((folder / INDEX).read_text().splitlines()) == sorted(text.splitlines())
    assert content(folder) == content(store[0])


def test_a_store_of_other_settings_is_told_before_anything_is_read(archive, store, domain):
    with pytest.raises(InputError, match="(?s)made with other settings.*esme_max"):
        run([archive], domain, store[0], Sensors(ascat=Ascat(qc={"esme_max": 14.0}), smap=Smap()))


def test_nothing_in_the_quarantine_is_overwritten_or_read(archive, domain, tmp_path):
    mine = shutil.copytree(archive, tmp_path / "mine")
    aside, whole = mine / "aside", (mine / "pass_2.nc").read_bytes()
    for size in (0, 1000):
        (mine / "pass_2.nc").write_bytes(whole[:size])
        run([mine], domain, tmp_path / "store", quarantine=aside)
    assert {path.stat().st_size for path in aside.iterdir()} == {0, 1000}
    assert "0 of them new" in run([mine], domain, tmp_path / "store", quarantine=aside).text


@pytest.mark.parametrize("versions", [(("008", "R18290", 1), ("009", "R19240", 1)),
                                      (("009", "R19240", 1), ("009", "R19240", 2))])
@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_the_later_release_counts(domain, tmp_path, versions, order):
    files = []
    for (version, release, number), value in zip(versions, (0.2, 0.3)):
        files.append(reprocessed(tmp_path / f"{len(files)}.h5", value, "2022-02-18T00:00:00.000Z"))
        with h5py.File(files[-1], "a") as file:
            about = file["Metadata/DatasetIdentification"].attrs
            about["ECSVersionID"], about["CompositeReleaseID"] = np.bytes_(version), np.bytes_(release)
            about["fileName"] = np.bytes_(f"SMAP_L2_SM_P_02801_D_20170217T000000_{release}_{number:03d}.h5")
    for place in order:
        run([files[place]], domain, tmp_path / "store")
    assert read_day(tmp_path / "store" / "smap_20170217.h5", domain.cell).value == pytest.approx(0.3)


def test_the_table_tells_satellites_and_codes(store):
    text = store[1].text
    for row in (r"ascat_l2_125\s+328\s+32\s+296\s+A1 296", r"ascat\s+metop-b\s+\d+\s+1\s+2017-02-17\s+2017-02-17",
                r"smap\s+smap\s+\d+\s+1\s+2017-02-17"):
        assert re.search(row, text), (row, text)


@pytest.mark.parametrize("one_by_one", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_one_real_orbit_in_six_files_counts_once(shared_data, domain, tmp_path, one_by_one):
    """NetCDF and BUFR, orbit and pieces, nodes of 12.5 and 25 km: each footprint of the orbit counts at most once."""
    folders = ("ascat_l2_125_nc", "ascat_l2_125_bufr_pdu", "ascat_l2_250_nc", "ascat_l2_250_bufr", "ascat_l2_250_bufr_pdu")
    files = [path for name in folders for path in sorted((shared_data / "data/products" / name).iterdir())]
    sensors = Sensors(ascat=Ascat(platforms=("metop-a",)))
    for group in [[path] for path in reversed(files)] if one_by_one else [files]:
        run(group, domain, tmp_path / "store", sensors)
    run(files[:1], domain, tmp_path / "orbit", sensors)
    several, one = (read_day(tmp_path / name / "ascat_20170220.h5", domain.cell) for name in ("store", "orbit"))
    assert set(several.product) == set(one.product)
    count, expected = (np.bincount(found.point, found.n_footprints, domain.n_total) for found in (several, one))
    # The pieces in BUFR keep some nodes and reject others, by flags that NetCDF has lost and by rounding.
    assert expected.sum() > 9000 and (count <= expected + 0.02 * expected.max()).all()
    assert count.sum() == pytest.approx(expected.sum(), rel=0.03)
