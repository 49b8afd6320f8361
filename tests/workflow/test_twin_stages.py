"""The stages of a twin experiment: skipped, continued or made anew, with makers that only leave traces."""

from types import SimpleNamespace

import pytest

from landda_hpc.config.twin import TwinConfig
from landda_hpc.errors import ConfigError
from landda_hpc.parallel.communicator import SerialCommunicator
from landda_hpc.workflow import report, twin
from landda_hpc.workflow.run_files import CONFIGURATION

ALL = ["truth", "openloop", "products", "observations", "climatology", "CTL", "SG_AT", "SG_SP", "MT_ATSP", "report"]
ASSIMILATING = ["SG_AT", "SG_SP", "MT_ATSP"]


class Cut(Exception):
    """A stage that ends early."""


class Makers:
    """Stand-ins for what makes the stages; ``made`` lists them, ``cut`` names one that is stopped half-way."""

    def __init__(self, folder, monkeypatch):
        self.folder, self.made, self.resumed, self.cut, self.domain = folder, [], [], None, "domain"
        monkeypatch.setattr(twin, "run", self.run)
        monkeypatch.setattr(twin, "simulate_products", self.simulate)
        monkeypatch.setattr(twin, "ingest", self.ingest)
        monkeypatch.setattr(twin, "make_climatologies", lambda *_: self.make("climatology") or "made")
        monkeypatch.setattr(report, "write_report", lambda *_, **__: self.make("report", None))
        monkeypatch.setattr(twin, "configured_domain", lambda *_: SimpleNamespace(digest=lambda: self.domain))
        monkeypatch.setattr(twin, "HistoryTruth", lambda *_: None)

    def make(self, name, file="trace"):
        if name not in self.made:
            self.made.append(name)
        if file:
            (self.folder / name).mkdir(parents=True, exist_ok=True)
            (self.folder / name / file).write_text("")
        if self.cut == name:
            raise Cut

    def run(self, config, communicator, base, resume):
        name = config.run.folder.rsplit("/", 1)[-1]
        if resume:
            self.resumed.append(name)
        self.make(name, CONFIGURATION)

    def simulate(self, truth, start, end, products, *_):
        self.make("products")

    def ingest(self, paths, *_):
        assert all(path.exists() for path in paths)
        self.make("observations")
        return SimpleNamespace(text="ingested")


@pytest.fixture
def makers(tmp_path, monkeypatch):
    return Makers(tmp_path / "results", monkeypatch)


def stages(makers, cut=None, common=None, sensors=None, **changes):
    """Run the twin experiment and return the stages that were made and those of them that went on with a run."""
    makers.made, makers.resumed, makers.cut = [], [], cut
    config = TwinConfig.model_validate({
        "twin": {"folder": str(makers.folder), "record_start": "2021-03-01", "start": "2022-03-01",
                 "evaluate_from": "2022-04-01", "end": "2022-08-01", **changes},
        "common": {"domain": {"file": "5deg"}, **(common or {})}, "sensors": sensors or {"ascat": {}, "smap": {}}})
    told = []
    experiment = twin.TwinExperiment(config, makers.folder.parent, SerialCommunicator(), told.append)
    if cut:
        with pytest.raises(Cut):
            experiment.run()
    else:
        assert experiment.run() == makers.folder / "report.html"
    skipped = [line.split(":")[0] for line in told if line.endswith("nothing has changed")]
    assert not set(skipped) & set(makers.made)
    return makers.made


def test_all_stages_in_order_and_none_of_them_again(makers):
    assert stages(makers) == ALL
    assert stages(makers) == []


@pytest.mark.parametrize("cut", ["truth", "SG_AT"])
def test_a_run_that_was_cut_goes_on_and_what_was_done_stays(makers, cut):
    assert stages(makers, cut=cut) == ALL[:ALL.index(cut) + 1]
    (makers.folder / cut / "checkpoint").write_text("")
    assert stages(makers) == ALL[ALL.index(cut):]
    assert makers.resumed == [cut] and (makers.folder / cut / "checkpoint").exists()


def test_a_run_cut_before_it_wrote_anything_begins(makers):
    stages(makers, cut="truth")
    (makers.folder / "truth" / CONFIGURATION).unlink()
    assert stages(makers) == ALL and makers.resumed == []


@pytest.mark.parametrize("changes, again", [
    ({"products": {"seed": 8}}, ["products", "observations", "climatology", *ASSIMILATING, "report"]),
    ({"sensors": {"ascat": {"min_count": {"obs": 60, "model": 60}}, "smap": {}}},
     ["observations", "climatology", "SG_AT", "SG_SP", "MT_ATSP", "report"]),
    ({"truth": {"soil_table": "statsgo"}}, ["truth", "products", "observations", "climatology", *ASSIMILATING, "report"]),
    ({"common": {"perturb": {"state": {"taper": False}}}}, ["CTL", *ASSIMILATING, "report"]),
    ({"weather_errors": {"seed": 12}}, ["openloop", "climatology", "CTL", *ASSIMILATING, "report"]),
    ({"end": "2022-09-01"}, ALL)])
def test_what_depends_on_a_change_is_made_anew_without_leftovers(makers, changes, again):
    stages(makers)
    for name in ALL[:-1]:
        (makers.folder / name / "leftover").write_text("")
    assert stages(makers, **changes) == again
    assert makers.resumed == []
    assert [name for name in ALL[:-1] if (makers.folder / name / "leftover").exists()] == \
        [name for name in ALL[:-1] if name not in again]
    assert stages(makers, **changes) == []


def test_a_stage_whose_output_was_removed_is_made_again_alone(makers):
    stages(makers)
    (makers.folder / "CTL" / CONFIGURATION).unlink()
    (makers.folder / "CTL").rmdir()
    assert stages(makers) == ["CTL"]


def test_products_that_are_not_kept_are_made_again_only_with_their_observations(makers):
    dropped = {"products": {"keep": False}}
    assert stages(makers, **dropped) == ALL and not (makers.folder / "products").exists()
    assert stages(makers, **dropped) == []
    assert stages(makers) == []  # asking for them later changes no result
    record = makers.folder / "stages" / "observations.json"
    record.write_text(record.read_text().replace("true", "false"))
    assert stages(makers, **dropped)[:2] == ["products", "observations"]
    assert not (makers.folder / "products").exists()


def test_a_configuration_that_no_run_can_have_stops_before_the_first_stage(makers):
    with pytest.raises(ConfigError, match="ensemble.membres"):
        stages(makers, common={"ensemble": {"membres": 5}})
    assert makers.made == [] and not makers.folder.exists()
