"""The package's own tower layout: units, wind, observations, round trip and errors that name the line."""

import numpy as np
import pytest

from landda_hpc.errors import InputError
from landda_hpc.forcing.formats import read_tower
from landda_hpc.forcing.units import observed_to_si, to_si
from landda_hpc.forcing.write_csv import write_tower_csv
from landda_hpc.variables import FORCING

HEADER = """\
# name: My meadow
# latitude: 46.67
# longitude: 10.58
# elevation: 1480
# land_cover: 10 (grasslands)
# soil_type: 6
# deep_soil_temperature: 280.5
# greenness: 0.1 0.1 0.2 0.4 0.6 0.8 0.8 0.8 0.6 0.4 0.2 0.1
# start_soil_moisture: 0.3 0.31 0.32 0.33
# start_snow_depth: 0.5
# labels: end
# utc_offset: 1
# note: a note: with a colon
"""
TITLE = ("time,air_temperature[C],relative_humidity[%],wind_speed[m s-1],wind_direction[degree],surface_pressure[hPa],"
         "shortwave_down[W m-2],longwave_down[W m-2],precipitation[mm],obs_soil_moisture_0.05m[%],obs_snow_depth[cm]\n")
ROWS = ["2019-05-01T01:00,10,50,2,270,850,0,300,1.8,31.2,5",
        "2019-05-01T02:00,9,55,3,180,850,0,300,0,,4",
        "2019-05-01T03:00,8,60,0,,850,0,301,0,30.1,-9999"]


def write(folder, header=HEADER, title=TITLE, rows=ROWS, name="tower.csv"):
    path = folder / name
    path.write_text(header + title + "\n".join(rows) + "\n")
    return path


def test_units_labels_and_wind(tmp_path):
    record = read_tower("csv", write(tmp_path))
    assert record.start == np.datetime64("2019-04-30T23:00:00") and record.interval == 3600
    np.testing.assert_allclose(record.air_temperature, [283.15, 282.15, 281.15])
    np.testing.assert_allclose(record.surface_pressure, 85000.0)
    np.testing.assert_allclose(record.precipitation, [1.8 / 3600, 0.0, 0.0])
    np.testing.assert_allclose(record.eastward_wind, [2.0, 0.0, 0.0], atol=1e-12)  # west wind blows to the east
    np.testing.assert_allclose(record.northward_wind, [0.0, 3.0, 0.0], atol=1e-12)


def test_site_and_start_state(tmp_path):
    site = read_tower("csv", write(tmp_path)).site
    assert (site.name, site.land_cover, site.soil_type) == ("My meadow", 10, 6)
    assert site.initial_state == {"soil_moisture": (0.3, 0.31, 0.32, 0.33), "snow_depth": 0.5}
    assert site.wind_height == 10.0


def test_observations(tmp_path):
    record = read_tower("csv", write(tmp_path))
    series = record.observations["soil_moisture_0.05m"]
    np.testing.assert_allclose(series.values, [0.312, np.nan, 0.301])
    assert (series.quantity, series.depth, series.units) == ("soil_moisture", 0.05, "m3 m-3")
    np.testing.assert_allclose(record.observations["snow_depth"].values, [0.05, 0.04, np.nan])
    assert "a note: with a colon" in record.notes


def test_without_labels_and_offset_times_are_utc_starts(tmp_path):
    header = HEADER.replace("# labels: end\n", "").replace("# utc_offset: 1\n", "")
    assert read_tower("csv", write(tmp_path, header=header)).start == np.datetime64("2019-05-01T01:00:00")


@pytest.mark.parametrize("name, unit, value, expected", [
    ("air_temperature", "K", 280.0, 280.0), ("air_temperature", "degC", 5.0, 278.15),
    ("specific_humidity", "g kg-1", 6.0, 0.006), ("relative_humidity", "1", 0.5, 50.0),
    ("surface_pressure", "kPa", 95.0, 95000.0), ("surface_pressure", "hPa", 950.0, 95000.0),
    ("precipitation", "mm h-1", 3.6, 0.001), ("precipitation", "mm/h", 3.6, 0.001),
    ("precipitation", "mm", 3.6, 0.002), ("precipitation", "kg m-2 s-1", 0.001, 0.001),
    ("wind_speed", "km h-1", 36.0, 10.0)])
def test_units_of_the_forcing(name, unit, value, expected):
    assert to_si("f", name, unit, value, 1800) == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize("quantity, unit, value, expected, si", [
    ("soil_moisture", "%", 31.0, 0.31, "m3 m-3"), ("soil_temperature", "C", 5.0, 278.15, "K"),
    ("snow_depth", "cm", 50.0, 0.5, "m"), ("snow_water_equivalent", "mm", 7.0, 7.0, "kg m-2"),
    ("chlorophyll", "mg", 2.0, 2.0, "mg")])
def test_units_of_observations(quantity, unit, value, expected, si):
    found, name = observed_to_si("f", quantity, unit, value)
    assert found == pytest.approx(expected, rel=1e-14) and name == si


def test_absent_longwave_is_estimated(tmp_path):
    title = TITLE.replace("longwave_down[W m-2],", "")
    rows = [f"2019-05-01T{hour:02d}:00,10,50,2,270,850,{400 if 6 < hour < 18 else 0},0,30,5" for hour in range(1, 24)]
    record = read_tower("csv", write(tmp_path, title=title, rows=rows))
    assert any(note.startswith("longwave estimated") for note in record.notes)
    assert ((record.longwave_down > 200) & (record.longwave_down < 366)).all()


def test_long_hole_in_the_rain_is_dry_only_on_request_and_counted(tmp_path):
    rows = [f"2019-05-01T{hour:02d}:00,10,50,2,270,850,0,300,{'' if 5 <= hour < 15 else 1},30,5"
            for hour in range(1, 21)]
    path = write(tmp_path, rows=rows)
    with pytest.raises(InputError, match="precipitation is missing in 10 of 20"):
        read_tower("csv", path)
    record = read_tower("csv", path, missing_precipitation="zero")
    assert record.precipitation.sum() * 3600 == pytest.approx(10.0)
    assert any("precipitation: 10 missing records" in note for note in record.notes)


@pytest.mark.parametrize("packed", [False, True])
def test_round_trip_is_exact(tmp_path, packed):
    record = read_tower("csv", write(tmp_path))
    path = tmp_path / ("again.csv.gz" if packed else "again.csv")
    write_tower_csv(path, record)
    again = read_tower("auto", path)
    np.testing.assert_array_equal(again.times, record.times)
    for name in FORCING:
        np.testing.assert_array_equal(getattr(again, name), getattr(record, name))
    for name, series in record.observations.items():
        np.testing.assert_array_equal(again.observations[name].values, series.values)
        np.testing.assert_array_equal(again.observations[name].times, series.times)
    assert again.site.greenness == record.site.greenness and again.site.initial_state == record.site.initial_state
    assert set(record.notes) <= set(again.notes)


def test_round_trip_of_a_real_tower_with_daily_observations(tmp_path, real_tower):
    record = real_tower("col_de_porte")
    write_tower_csv(tmp_path / "cdp.csv.gz", record, tmp_path / "daily.csv")
    again = read_tower("csv", tmp_path / "cdp.csv.gz", tmp_path / "daily.csv")
    for name in FORCING:
        np.testing.assert_array_equal(getattr(again, name), getattr(record, name))
    for name, series in record.observations.items():
        np.testing.assert_array_equal(again.observations[name].values, series.values)
        assert (again.observations[name].interval, again.observations[name].depth) == (86400, series.depth)


def test_daily_observations_need_their_own_file(tmp_path, real_tower):
    with pytest.raises(InputError, match="observations_path"):
        write_tower_csv(tmp_path / "cdp.csv", real_tower("col_de_porte"))


@pytest.mark.parametrize("old, new, part", [
    ("# soil_type: 6\n", "", "lacks soil_type"),
    ("# soil_type: 6", "# soiltype: 6\n# soil_type: 6", "unknown entries soiltype"),
    ("# labels: end", "# labels: ending", "ending"),
    ("air_temperature[C]", "air_temperature[F]", "unit 'F' of air_temperature.*K, C"),
    ("air_temperature[C]", "temperature[C]", "'temperature' is not known"),
    ("air_temperature[C]", "air_temperature", "no unit"),
    ("obs_snow_depth[cm]", "obs_snow_depth[in]", "obs_snow_depth"),
    ("T02:00,9,55", "T02:00,9,x5", "line 16, column relative_humidity.*'x5'"),
    ("2019-05-01T02:00", "01.05.2019 02:00", "line 16, column time.*ISO 8601"),
    (",,4", ",4", "line 16 has 10 cells, expected 11"),
    ("2019-05-01T03:00", "2019-05-01T02:00", "do not increase"),
    ("surface_pressure[hPa]", "surface_pressure[Pa]", "surface_pressure is outside"),
])
def test_errors_say_where(tmp_path, old, new, part):
    text = (HEADER + TITLE + "\n".join(ROWS)).replace(old, new)
    path = tmp_path / "wrong.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=part) as caught:
        read_tower("csv", path)
    assert "wrong.csv" in str(caught.value)


def test_absent_column_is_named(tmp_path):
    rows = [row.rsplit(",", 3)[0] for row in ROWS]
    with pytest.raises(InputError, match="no column for precipitation"):
        read_tower("csv", write(tmp_path, title=TITLE.split(",precipitation")[0] + "\n", rows=rows))


EXCHANGE = ",heat_exchange_coefficient[m s-1],momentum_exchange_coefficient[m s-1]\n"


def with_exchange(folder, values, title=EXCHANGE):
    rows = [f"{row},{value}" for row, value in zip(ROWS, values)]
    return write(folder, title=TITLE.rstrip("\n") + title, rows=rows)


def test_exchange_coefficients_and_their_round_trip(tmp_path):
    record = read_tower("csv", with_exchange(tmp_path, ["0.01,0.02", "0,0.03", "-0.001,0.04"]))
    np.testing.assert_array_equal(record.heat_exchange_coefficient, [0.01, 0.0, -0.001])
    np.testing.assert_array_equal(record.momentum_exchange_coefficient, [0.02, 0.03, 0.04])
    write_tower_csv(tmp_path / "again.csv", record)
    again = read_tower("csv", tmp_path / "again.csv")
    np.testing.assert_array_equal(again.heat_exchange_coefficient, record.heat_exchange_coefficient)
    np.testing.assert_array_equal(again.momentum_exchange_coefficient, record.momentum_exchange_coefficient)
    assert read_tower("csv", write(tmp_path)).heat_exchange_coefficient is None


@pytest.mark.parametrize("values, title, part", [
    (["0.01,0.02", ",0.03", "0.01,0.04"], EXCHANGE, "heat_exchange_coefficient is missing in 1 of 3"),
    (["0.01,0.02", "0.01,-0.1", "0.01,0.04"], EXCHANGE, "momentum_exchange_coefficient is outside.*\n.*-0.1 m s-1"),
    (["0.02"] * 3, ",momentum_exchange_coefficient[m s-1]\n", "without heat_exchange_coefficient"),
    (["0.01,0.02"] * 3, EXCHANGE.replace("m s-1", "1"), "unit '1' of heat_exchange_coefficient")])
def test_exchange_coefficients_that_cannot_be_used(tmp_path, values, title, part):
    with pytest.raises(InputError, match=f"(?s){part}"):
        read_tower("csv", with_exchange(tmp_path, values, title))
