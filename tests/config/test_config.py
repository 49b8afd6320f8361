"""Configurations: what is told of a wrong one, and what a right one says of itself."""

import pytest

from landda_hpc.config import load_config
from landda_hpc.config.explain import all_keys, explain
from landda_hpc.config.values import format_duration, parse_duration, parse_time
from landda_hpc.errors import ConfigError

SMALL = "sites:\n  - forcing: {format: sample}\n"


@pytest.fixture
def write(tmp_path):
    def call(text):
        path = tmp_path / "site.yaml"
        path.write_text(text)
        return path

    return call


def message(path, *changes):
    with pytest.raises(ConfigError) as error:
        load_config(path, changes)
    assert error.value.exit_code == 2
    return str(error.value)


def test_a_misspelt_key_is_named_with_line_and_suggestion(write):
    text = message(write(SMALL + "ensemble:\n  siez: 3\n"))
    assert "site.yaml:4: ensemble.siez is not a known key" in text and "Did you mean ensemble.size?" in text


def test_all_problems_are_told_at_once(write):
    text = message(write(SMALL + "run: {start: 2021-02-30, time_step: 2h}\nensemble: {size: two}\noutptu: {}\n"))
    for part in ("2021-02-30", "no date that exists", "time_step", "ensemble.size", "outptu", "output"):
        assert part in text


@pytest.mark.parametrize("text, part", [
    ("", "neither a site"), ("sites: []", "neither a site"),
    (SMALL + "domain: {}", "both sites and a domain"), ("domain: {}", "run.start is missing"),
    ("- 1", "expected sections"), ("run: {", "not valid YAML"),
    (SMALL + SMALL, "'sites' of line 1 stands here again"),
    (SMALL + "ensemble: {size: 2}", "at least 3"), (SMALL + "output: {interval: 50min}", "multiple of run.time_step"),
    (SMALL + "noah: {layer_thickness: [0.1, 0.9]}", "perturb.state.std has 4 layers"),
    (SMALL + "run: {start: 2001-02-01, end: 2001-01-01}", "is not after start"),
    ("sites: [{forcing: {format: csv}}]", "file is missing"), (SMALL + "run: {time_step: soon}", "is no duration")])
def test_what_cannot_run_is_refused(write, text, part):
    assert part in message(write(text))


def test_a_missing_file_is_named(tmp_path):
    assert "does not exist" in message(tmp_path / "none.yaml")


def test_changes_of_the_command_line(write):
    config = load_config(write(SMALL), ["ensemble.size=5", "sites.0.soil_class=3", "run.time_step=15min"])
    assert (config.ensemble.size, config.sites[0].soil_class, config.run.time_step) == (5, 3, 900)
    assert "expected section.key=value" in message(write(SMALL), "ensemble.size")
    assert "no place" in message(write(SMALL), "sites.7.soil_class=3")


def test_the_resolved_configuration_reads_back(write, tmp_path):
    config = load_config(write(SMALL + "run: {start: 2001-03-01T06:00, wall_time: 2h}\n"))
    again = tmp_path / "again.yaml"
    again.write_text(config.resolved_yaml())
    assert load_config(again) == config


def test_the_digest_covers_what_determines_the_numbers(write):
    plain = load_config(write(SMALL)).digest()
    for change in ("run.name=other", "output.interval=2h", "run.end=2001-06-01", "restart.keep=5"):
        assert load_config(write(SMALL), [change]).digest() == plain
    for change in ("ensemble.seed=1", "run.time_step=15min", "sites.0.soil_class=2", "noah.surface_layer=older",
                   "perturb.truncate=3"):
        assert load_config(write(SMALL), [change]).digest() != plain


@pytest.mark.parametrize("text, seconds", [("30min", 1800), ("1h", 3600), ("900", 900), (900, 900), ("2d", 172800),
                                           ("15mn", 900), ("1.5h", 5400)])
def test_durations(text, seconds):
    assert parse_duration(text) == seconds
    assert parse_duration(format_duration(seconds)) == seconds


def test_times_are_utc():
    assert str(parse_time("2001-01-01T06:00Z")) == "2001-01-01T06:00:00"


def test_every_key_explains_itself():
    for key, field in all_keys():
        assert key in explain(key)
        assert field.description or f"{key}." in explain(key), "neither a description nor keys of its own"
    with pytest.raises(ConfigError, match="Did you mean"):
        explain("ensemble.sise")


def test_kinds_are_told_in_words():
    assert "[list of float; default" in explain("noah.layer_thickness")
    assert "Annotated" not in explain("") and "Optional" not in explain("")
