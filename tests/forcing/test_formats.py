"""The registry, the options that all readers share, and small files that are wrong."""

import numpy as np
import pytest

from landda_hpc.errors import ConfigError, InputError
from landda_hpc.forcing.formats import FORMATS, detect_format, read_tower

LOOBOS_ROW = ("1997 07 {day:02d} {hour:02d} {minute:02d}  200.0  300.0  1.0E-04  2.0E-04  {temperature}  3.0  100000.0"
              "  8.0E-03\n")


def loobos_file(folder, temperatures, drop=()):
    """Write a small file of the loobos format, one row each half hour, some rows left out."""
    path = folder / "small.dat"
    rows = [LOOBOS_ROW.format(day=1 + row // 48, hour=row // 2 % 24, minute=row % 2 * 30, temperature=value)
            for row, value in enumerate(temperatures) if row not in drop]
    path.write_text("# a comment\n" + "".join(rows))
    return path


def test_rain_and_snow_are_added_and_central_european_time_is_undone(tmp_path):
    record = read_tower("loobos", loobos_file(tmp_path, [290.0] * 6))
    assert record.start == np.datetime64("1997-06-30T23:00:00")
    np.testing.assert_allclose(record.precipitation, 3.0e-4)
    assert any("rainfall plus snowfall" in note for note in record.notes)


def test_clock_can_be_overridden(tmp_path):
    record = read_tower("loobos", loobos_file(tmp_path, [290.0] * 6), utc_offset=0.0, labels="end")
    assert record.start == np.datetime64("1997-06-30T23:30:00")
    assert "set in the configuration" in record.notes[0]


def test_site_can_be_overridden_and_says_so(tmp_path):
    record = read_tower("loobos", loobos_file(tmp_path, [290.0] * 6), site={"soil_type": 3, "greenness": [0.4] * 12})
    assert record.site.soil_type == 3 and record.site.greenness == (0.4,) * 12
    assert "soil_type" in record.site.set_up[-1]


def test_unknown_site_entry_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="soil_typ: not known.*soil_type"):
        read_tower("loobos", loobos_file(tmp_path, [290.0] * 6), site={"soil_typ": 3})


def test_missing_records_are_filled_and_counted(tmp_path):
    record = read_tower("loobos", loobos_file(tmp_path, [280, 281, 282, 283, 284, 285], drop=(2, 3)), max_gap=7200)
    np.testing.assert_allclose(record.air_temperature, [280, 281, 282, 283, 284, 285])
    assert record.precipitation[2] == 0.0
    notes = "\n".join(record.notes)
    assert "2 records are absent" in notes and "air_temperature: 2 missing" in notes and "taken as dry" in notes


def test_missing_records_stop_by_default(tmp_path):
    path = loobos_file(tmp_path, [280, 281, 282, 283], drop=(2,))
    with pytest.raises(InputError, match=r"small.dat: \w+ is missing in 1 of 4.*\n.*1997-07-01T00:00:00"):
        read_tower("loobos", path)


def test_temperature_in_celsius_is_noticed(tmp_path):
    with pytest.raises(InputError, match="air_temperature is outside its physical bounds in 4 of 4"):
        read_tower("loobos", loobos_file(tmp_path, [12.0] * 4))


@pytest.mark.parametrize("options, part", [({"max_gaps": 3}, "max_gaps"), ({"labels": "centre"}, "centre"),
                                           ({"missing_precipitation": "dry"}, "missing_precipitation")])
def test_wrong_options_are_refused(tmp_path, options, part):
    with pytest.raises(ConfigError, match=part):
        read_tower("loobos", loobos_file(tmp_path, [290.0] * 4), **options)


def test_unknown_format_lists_the_known(tmp_path):
    with pytest.raises(ConfigError, match="bondville_1998"):
        read_tower("netcdf", tmp_path / "x")


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "sample"])
def test_absent_file_is_an_input_error(tmp_path, name):
    with pytest.raises(InputError, match="nowhere.dat: the file does not exist"):
        read_tower(name, tmp_path / "nowhere.dat")


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "sample"])
def test_foreign_file_is_refused_with_its_name(tmp_path, name):
    path = tmp_path / "prose.txt"
    path.write_text("It was a dark and stormy night.\nThe rain fell in torrents.\n")
    with pytest.raises(InputError, match="prose.txt"):
        read_tower(name, path)
    with pytest.raises(InputError, match="not recognised"):
        detect_format(path)


def test_automatic_format(tmp_path):
    assert read_tower("auto", loobos_file(tmp_path, [290.0] * 4)).site.name == "Loobos"


def test_observations_where_there_are_none_are_refused(tmp_path):
    path = loobos_file(tmp_path, [290.0] * 4)
    with pytest.raises(InputError, match="no observations"):
        read_tower("loobos", path, observations=path)
    with pytest.raises(InputError, match="obs.dat: the file does not exist"):
        read_tower("loobos", path, observations=tmp_path / "obs.dat")


def test_sample_tower_is_whole_and_says_what_is_estimated():
    record = read_tower("sample")
    assert record.times.size == 8760 and record.start == np.datetime64("2001-01-01T05:00:00")
    assert record.precipitation.sum() * 3600 == pytest.approx(834.5)
    assert record.air_temperature.mean() == pytest.approx(287.57, abs=0.01)
    assert record.shortwave_down.mean() == pytest.approx(178.79, abs=0.01)
    assert 280.0 < record.longwave_down.mean() < 360.0
    assert any(note.startswith("longwave estimated") for note in record.notes)
    assert set(record.site.initial_state) >= {"soil_temperature", "soil_moisture", "skin_temperature"}
