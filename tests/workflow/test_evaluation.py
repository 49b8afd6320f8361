"""The evaluation of a twin folder: scores come out as its errors were made."""

import csv
import re

import h5py
import numpy as np
import pytest
import xarray
from click.testing import CliRunner

from landda_hpc.cli.evaluate import command as evaluate_command
from landda_hpc.cli.report import command as report_command
from landda_hpc.errors import InputError
from landda_hpc.observations.codes import NUMBERS
from landda_hpc.observations.store import day_path, read_day
from landda_hpc.plots import maps
from landda_hpc.workflow import twin_folder
from landda_hpc.workflow.evaluation import evaluate_twin, write_evaluation
from landda_hpc.workflow.report import write_report
from landda_hpc.workflow.score_filter import score_filter
from landda_hpc.workflow.score_triplets import Overpasses, nearest_samples
from landda_hpc.workflow.score_truth import score_truth
from landda_hpc.workflow.twin_folder import open_twin
from landda_hpc.workflow.verdict import sentences
from tests.workflow.synthetic_twin import ERRORS, INNOVATION_STD, SATELLITES, SPREAD, make_twin

DAYS = 60


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("twin") / "twin"
    make_twin(folder, n_days=DAYS)
    return folder


@pytest.fixture(scope="module")
def evaluation(folder):
    found = evaluate_twin(folder)
    yield found
    found.twin.close()


def answers(evaluation):
    return [text for _, text in sentences(evaluation)]


@pytest.mark.parametrize("name", ERRORS)
def test_errors_against_the_truth_are_those_that_were_made(evaluation, name):
    bias, std = ERRORS[name]
    scores = evaluation.truth.cells[name, "surface"]
    assert (scores.n == 8 * DAYS).all()
    np.testing.assert_allclose(scores.bias.mean(), bias, atol=0.001)
    np.testing.assert_allclose(scores.ubrmse.mean(), std, rtol=0.02)
    np.testing.assert_allclose(scores.rmse.mean(), np.hypot(bias, std), rtol=0.02)
    np.testing.assert_allclose(scores.spread, SPREAD, rtol=1e-12)
    deep = evaluation.truth.cells[name, "root_zone"]  # independent errors of a third below 0.1 m, weights 0.1, 0.3, 0.6
    np.testing.assert_allclose(deep.ubrmse.mean(), std * np.sqrt(0.1 ** 2 + 0.1 ** 2 + 0.2 ** 2), rtol=0.02)
    square = evaluation.truth.square[name, "surface"].mean()
    np.testing.assert_allclose(square, bias ** 2 + std ** 2, rtol=0.04)


def test_scores_do_not_depend_on_the_blocks_that_are_read(folder, evaluation, monkeypatch):
    monkeypatch.setattr(twin_folder, "BLOCK_BYTES", 1)
    twin = open_twin(folder)
    assert len(list(twin.blocks())) > 3
    again = score_truth(twin)
    for key, scores in evaluation.truth.cells.items():
        for own, other in zip(scores, again.cells[key]):
            np.testing.assert_array_equal(own, other)
        np.testing.assert_allclose(again.square[key], evaluation.truth.square[key], rtol=1e-12)
    twin.close()


@pytest.mark.parametrize(("name", "sensors"), [("SG_AT", ("amsr2", "smos")), ("SG_SP", ("amsr2", "ascat"))])
def test_triple_collocation_finds_the_errors_that_were_made(evaluation, name, sensors):
    scores = evaluation.triplets[name]
    n_cells = evaluation.twin.points.n_points
    assert scores.comparison.n_cells > 0.95 * n_cells
    assert scores.comparison.experiment.n.min() >= 2 * DAYS - 2  # both half-days of every day
    variances = [SATELLITES[sensor][2] ** 2 for sensor in sensors] + [ERRORS[name][1] ** 2, ERRORS["CTL"][1] ** 2]
    for check, variance in zip(scores.checks.values(), variances):
        assert check.ratio == pytest.approx(1.0, abs=0.06)
        assert check.true == pytest.approx(variance, rel=0.15)  # the truth varies between overpass and model
    assert scores.comparison.change == pytest.approx(scores.true_change, abs=3.0) and scores.true_change < -20.0


def test_triple_collocation_ranks_as_the_truth(evaluation):
    assert answers(evaluation)[0].startswith("Yes.") and "best in MT_ATSP" in answers(evaluation)[0]
    assert answers(evaluation)[1].startswith("Yes, also in the order")


def test_every_local_day_has_one_nearest_output():
    longitude = np.linspace(-179.9, 179.9, 97)
    days = []
    for step in range(80):
        seconds = 10800.0 * step
        places, day = nearest_samples(seconds, longitude, 4.0, 10800.0)
        local = (seconds + 240.0 * longitude[places] - 86400.0 * day) / 3600.0
        assert (np.abs(local - 4.0) <= 1.5).all()
        days += [(place, one) for place, one in zip(places, day) if 1 <= one <= 8]
    assert len(days) == len(set(days)) == 97 * 8


def test_overpasses_belong_to_the_local_day(folder, evaluation):
    overpasses = Overpasses(folder / "observations", evaluation.twin.points)
    day = int((np.datetime64("2022-04-20") - np.datetime64("2000-01-01")).astype(int))
    early, late = overpasses.at("amsr2", 1.5, day + 1), overpasses.at("amsr2", 25.5, day)
    np.testing.assert_array_equal(early, late)
    assert np.isfinite(early).all() and not np.isclose(early, overpasses.at("amsr2", 1.5, day)).any()
    assert np.isnan(overpasses.at("amsr2", 7.5, day)).all()  # beyond the width of an overpass


def test_filter_diagnostics_are_those_of_the_files(folder, evaluation):
    scores = evaluation.filters["MT_ATSP"]
    accepted, rejected, squares = 0, 0, []
    for path in sorted((folder / "MT_ATSP" / "assimilation").glob("*.h5")):
        with h5py.File(path) as file:
            smap = file["sensor"][()] == 2
            code = file["code"][()][smap]
            accepted, rejected = accepted + (code == 0).sum(), rejected + (code == NUMBERS["M3"]).sum()
            squares.append(file["normalised"][()][smap][code == 0] ** 2)
    assert scores.codes[2, 0] == accepted and scores.codes[2, NUMBERS["M3"]] == rejected
    numbers = scores.sensors["smap"]
    assert numbers["n"] == accepted == scores.assimilated[:, 2].sum() == scores.probability[2].sum()
    assert numbers["normalised_std"] ** 2 + numbers["normalised_mean"] ** 2 == pytest.approx(np.concatenate(squares).mean())
    assert numbers["spread_skill"] == pytest.approx(1.0 / INNOVATION_STD, rel=0.02)
    assert numbers["desroziers_observation"] == pytest.approx(INNOVATION_STD ** 2, rel=0.04)
    assert abs(numbers["autocorrelation"]) < 0.05
    assert scores.sensors["metop-b"]["spread_skill"] == pytest.approx(1.0, rel=0.02)
    months = [found for (_, sensor), found in scores.monthly.items() if sensor == "smap"]
    assert sum(found[0] for found in months) == accepted and len(months) == 2


def test_checks_outside_their_range_are_named(evaluation):
    assert "CTL" not in evaluation.filters
    unexpected = evaluation.filters["MT_ATSP"].unexpected()
    assert {(sensor, key) for sensor, key, _ in unexpected} == {("smap", "normalised_std"), ("smap", "spread_skill")}
    assert "SG_SP, smap: standard deviation" in answers(evaluation)[2] and "metop" not in answers(evaluation)[2]


def test_increments_and_water_close(evaluation):
    scores = evaluation.filters["SG_AT"]
    sums = scores.diagnostics.increment_sums
    np.testing.assert_allclose(sums[0, 0], 1.5 * sums[1, 0], rtol=1e-9)
    area = np.cos(np.radians(evaluation.twin.points.latitude))
    column = 1000.0 * (np.array([0.1, 0.3, 0.6, 1.0])[:, None] * sums[1, 0]).sum(axis=0)
    assert scores.water.sum() == pytest.approx((column * area).sum() / area.sum(), rel=1e-9)


def test_files(folder, evaluation, tmp_path):
    write_evaluation(evaluation, tmp_path)
    with open(tmp_path / "truth.csv") as file:
        rows = {(row["soil moisture"], row["experiment"]): row for row in csv.DictReader(file) if row["cells"] == "all cells"}
    assert float(rows["surface layer", "MT_ATSP"]["RMSE change [%]"]) == pytest.approx(-52.6, abs=2.0)
    written = xarray.open_dataset(tmp_path / "maps.nc")
    field = written["rmse"].sel(experiment="SG_SP", quantity="surface")
    point = evaluation.twin.points
    here = field.sel(latitude=point.latitude[7], longitude=point.longitude[7])
    assert float(here) == pytest.approx(evaluation.truth.cells["SG_SP", "surface"].rmse[7], rel=1e-6)
    assert np.isfinite(field).sum() == point.n_points < field.size
    assert written.attrs["Conventions"].startswith("CF") and written.attrs["seed"] == "5"
    written.close()


def test_a_period_leaves_out_the_beginning(folder):
    found = evaluate_twin(folder, start="2022-05-01", end="2022-05-11")
    assert len(found.twin.times) == 80 and (found.truth.cells["CTL", "surface"].n == 80).all()
    assert found.filters["SG_SP"].days[0] == np.datetime64("2022-05-01") and len(found.filters["SG_SP"].days) == 10
    assert "Nothing can be said: no cell has enough triplets" in answers(found)[1]
    found.twin.close()


def test_report_of_two_experiments_without_observations(tmp_path):
    make_twin(tmp_path / "twin", ("CTL", "SG_AT"), n_days=8, satellites=False, windows=False, region=(40, 60, 0, 30),
              constant=2, masked=4)
    report = write_report(tmp_path / "twin", command="landda report twin")
    page, found = report.path.read_text(), report.evaluation
    assert not found.triplets and not found.filters
    scores = found.truth.cells["CTL", "surface"]
    assert scores.n[4] == 0 and np.isnan(scores.rmse[4])  # masked in one experiment, so in none scored
    assert np.isnan(scores.correlation[2]) and scores.rmse[2] > 0.0
    assert "Nothing can be said" in page and "No experiment has observations in its" in page
    assert page.count('src="data:image/png;base64,') == 4
    assert 'id="figures"' not in page and not report.index  # what a coupled twin is asked for
    coupled = tmp_path / "twin" / "CTL" / "configuration.yaml"
    coupled.write_text(coupled.read_text() + "atmosphere: {kind: weather}\n")
    assert "the runs have no forecasts" in write_report(tmp_path / "twin").path.read_text()
    assert not re.search(r'(src|href)="(?!data:|#)', page) and "http" not in re.sub(r"base64,[^\"]*", "", page)


def test_windows_without_observations_tell_nothing(folder, evaluation, tmp_path):
    source = next((folder / "SG_AT" / "assimilation").glob("*.h5"))
    (tmp_path / "assimilation").mkdir()
    with h5py.File(source) as file, h5py.File(tmp_path / "assimilation" / source.name, "w") as empty:
        for name, values in file.items():
            empty[name] = values[..., :0]
    assert score_filter(tmp_path, evaluation.twin.points, evaluation.twin.thickness) is None
    assert score_filter(tmp_path / "nothing", evaluation.twin.points, evaluation.twin.thickness) is None


def test_runs_with_other_layers_are_refused(tmp_path):
    make_twin(tmp_path / "twin", ("CTL",), n_days=1, satellites=False, region=(45, 55, 0, 20))
    with h5py.File(tmp_path / "twin" / "CTL" / "history.nc", "r+") as file:
        file["layer_thickness"][3] = 2.0
    with pytest.raises(InputError, match="soil layers"):
        open_twin(tmp_path / "twin")


def test_report_of_all_experiments(folder, monkeypatch):
    monkeypatch.setattr("landda_hpc.workflow.evaluation_figures.DOTS_PER_INCH", 40)
    monkeypatch.setattr("landda_hpc.plots.maps.PIXELS", 200)
    maps.frame_of.cache_clear()
    result = CliRunner().invoke(report_command, [str(folder), "--start", "2022-04-08"])
    assert result.exit_code == 0, result.output
    page = (folder / "report.html").read_text()
    assert page.count("<figure>") == 12 and "Not in all respects" in page
    for text in ("Innovations by sensor", "frozen model soil", "Croplands", "Provenance"):
        assert text in page
    assert len(list((folder / "evaluation").glob("*.png"))) == 12


def test_command_line(folder, tmp_path):
    result = CliRunner().invoke(evaluate_command, [str(folder), "-o", str(tmp_path), "--minimum-triplets", "20"])
    assert result.exit_code == 0, result.output
    assert "Triple collocation: share of noise" in result.output and (tmp_path / "maps.nc").exists()
    result = CliRunner().invoke(evaluate_command, [str(tmp_path)])
    assert result.exit_code == 2 and "--reference" in result.output


def test_what_cannot_be_evaluated(tmp_path):
    with pytest.raises(InputError, match="truth/history.nc"):
        open_twin(tmp_path)
    make_twin(tmp_path / "twin", ("CTL",), n_days=2, satellites=False, region=(45, 55, 0, 20))
    with pytest.raises(InputError, match="0 times"):
        open_twin(tmp_path / "twin", start="2030-01-01")
    found = evaluate_twin(tmp_path / "twin")
    assert "nothing to compare" in answers(found)[0]
    (tmp_path / "twin" / "CTL" / "assimilation").mkdir()
    (tmp_path / "twin" / "CTL" / "assimilation" / "20220401T06.h5").write_bytes(b"no")
    with pytest.raises(InputError, match="20220401T06"):
        evaluate_twin(tmp_path / "twin")


def test_observations_can_be_read_whatever_made_them(folder, evaluation):
    path = day_path(folder / "observations", "smos", "2022-04-20")
    cells = evaluation.twin.points.cell
    assert read_day(path, cells).size > 0
    with pytest.raises(InputError, match="other settings"):
        read_day(path, cells, {"grid": "another"})


@pytest.mark.parametrize(("factor", "verdict"), [(0.9, "Yes."), (1.0, "No."), (1.1, "No."), (np.nan, "Nothing can be said")])
def test_verdict_on_the_assimilation(evaluation, factor, verdict):
    baseline = {quantity: evaluation.truth.cells["CTL", quantity] for quantity in ("surface", "root_zone")}
    cells = {(name, quantity): (scores if name == "CTL"
                                else scores._replace(rmse=factor * scores.rmse, ubrmse=factor * scores.ubrmse))
             for name in ERRORS for quantity, scores in baseline.items()}
    assert answers(evaluation._replace(truth=evaluation.truth._replace(cells=cells)))[0].startswith(verdict)
    biased = {**cells, ("SG_AT", "surface"): cells["CTL", "surface"]._replace(ubrmse=0.5 * baseline["surface"].ubrmse)}
    if factor == 1.1:
        assert answers(evaluation._replace(truth=evaluation.truth._replace(cells=biased)))[0].startswith("In part.")
