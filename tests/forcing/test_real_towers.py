"""Every reader on its real file: values looked up by hand in the file, sums, clocks, observations."""

import h5py
import numpy as np
import pytest

from landda_hpc.errors import InputError
from landda_hpc.forcing.formats import detect_format, read_tower
from landda_hpc.forcing.solar import shortwave_offset

FORMATS = ("bondville_1998", "bondville_2001", "loobos", "ameriflux_l2", "col_de_porte")
WALNUT_GULCH = "walnut_gulch_wkg/AMF_USWkg_2004_L2_WG_V006.csv"


def time(text):
    return np.datetime64(text, "s")


@pytest.mark.parametrize("name", FORMATS)
def test_shortwave_follows_the_sun(real_tower, name):
    record = real_tower(name)
    offset = shortwave_offset(record.times, record.interval, record.shortwave_down, record.site.latitude,
                              record.site.longitude)
    # Mountains hide the morning sun of Col de Porte; the others are within a quarter of an hour.
    assert abs(offset) < (0.4 if name == "col_de_porte" else 0.15)


@pytest.mark.parametrize("name, start, stop, interval", [
    ("bondville_1998", "1998-01-01T23:30", "1999-01-01T00:00", 1800),
    ("bondville_2001", "2001-01-01T00:00", "2002-01-01T00:00", 1800),
    ("loobos", "1996-12-31T23:00", "1997-12-31T23:00", 1800),
    ("ameriflux_l2", "2004-05-06T18:00", "2005-01-01T06:30", 1800),
    ("col_de_porte", "2005-09-30T23:00", "2006-06-30T23:00", 3600)])
def test_period(real_tower, name, start, stop, interval):
    record = real_tower(name)
    assert (record.start, record.stop, record.interval) == (time(start), time(stop), interval)


@pytest.mark.parametrize("name, total, mean_temperature", [
    ("bondville_1998", 925.82, 285.744), ("bondville_2001", 630.11, 284.873), ("loobos", 768.04, 282.9476),
    ("ameriflux_l2", 191.17, 292.2630), ("col_de_porte", 895.43, 276.274)])
def test_precipitation_sum_and_mean_temperature(real_tower, name, total, mean_temperature):
    record = real_tower(name)
    assert record.precipitation.sum() * record.interval == pytest.approx(total, abs=0.01)
    assert record.air_temperature.mean() == pytest.approx(mean_temperature, abs=1e-3)


@pytest.mark.parametrize("name, row, expected", [
    ("bondville_1998", 0, {"air_temperature": 277.15, "eastward_wind": 8.86, "surface_pressure": 99300.0,
                           "longwave_down": 249.0}),
    ("bondville_1998", 18, {"air_temperature": 276.45, "longwave_down": 286.0, "eastward_wind": 5.77}),
    ("bondville_2001", 0, {"air_temperature": 258.75, "specific_humidity": 0.0011384, "surface_pressure": 100600.0,
                           "longwave_down": 189.0}),
    ("loobos", 0, {"air_temperature": 259.8, "longwave_down": 187.8, "eastward_wind": 2.017,
                   "surface_pressure": 102400.0, "specific_humidity": 1.384e-3}),
    ("ameriflux_l2", 0, {"air_temperature": 298.299, "surface_pressure": 85348.0, "shortwave_down": 1006.58,
                         "longwave_down": 331.402, "eastward_wind": 3.0830, "northward_wind": -1.70895}),
    ("col_de_porte", 4, {"air_temperature": 277.7, "longwave_down": 293.9, "eastward_wind": 0.2,
                         "surface_pressure": 87360.0})])
def test_values_of_a_row(real_tower, name, row, expected):
    record = real_tower(name)
    for variable, value in expected.items():
        assert getattr(record, variable)[row] == pytest.approx(value, rel=2e-5), variable


def test_bondville_1998_is_the_forcing_of_the_reference_run(shared_data, tower_folder):
    record = read_tower("bondville_1998", tower_folder / "bondville" / "bondville_1998.dat", labels="start")
    names = {"tair": "air_temperature", "qair": "specific_humidity", "wind_e": "eastward_wind",
             "wind_n": "northward_wind", "psurf": "surface_pressure", "swdown": "shortwave_down",
             "lwdown": "longwave_down", "rainf": "precipitation"}
    with h5py.File(shared_data / "data" / "golden" / "noah33_bondville_1998.h5") as reference:
        for theirs, ours in names.items():
            np.testing.assert_array_equal(getattr(record, ours).astype(np.float32), reference["forcing"][theirs][:])
        times = reference["time"][:].astype("U16").astype("datetime64[s]")
        np.testing.assert_array_equal(record.times, times)
        np.testing.assert_array_equal(record.site.greenness, reference["greenness_monthly"][:])
        start = reference["initial_state"]
        np.testing.assert_array_equal(record.site.initial_state["soil_temperature"], start["stc"][:])
        np.testing.assert_array_equal(record.site.initial_state["soil_moisture"], start["smc"][:])
        assert record.site.initial_state["skin_temperature"] == start["t1"][()]
        assert record.site.initial_state["snow_depth"] == start["snowh"][()]
        assert record.site.initial_state["snow_water_equivalent"] == start["sneqv"][()] * 1000.0
        assert record.site.initial_state["canopy_water"] == start["cmc"][()] * 1000.0


def test_bondville_2001_observations(real_tower):
    observations = real_tower("bondville_2001").observations
    shallow, deep = observations["soil_moisture_0.05m"], observations["soil_moisture_0.25m"]
    assert shallow.times[0] == time("2001-05-01") and shallow.interval == 86400 and shallow.values.size == 154
    assert shallow.values[0] == pytest.approx(0.2351063158)
    assert deep.values[3] == pytest.approx(0.3765263158) and deep.depth == 0.25
    assert observations["leaf_area_index"].values[1] == pytest.approx(0.0637300143)


def test_walnut_gulch_counts_its_repairs(real_tower):
    notes = "\n".join(real_tower("ameriflux_l2").notes)
    assert "eastward_wind: 15 missing records in 2 holes (longest 7 h" in notes
    assert "shortwave_down: 74 missing records in 53 holes" in notes
    assert "slightly negative" in notes and "UTC-7 h, naming the end" in notes


def test_walnut_gulch_has_a_seven_hour_hole_that_stops_unless_it_may_be_filled(tower_folder):
    with pytest.raises(InputError) as caught:
        read_tower("ameriflux_l2", tower_folder / WALNUT_GULCH, max_gap=10800)
    for part in (WALNUT_GULCH, "eastward_wind", "2004-09-20T06:30:00", "15 of 11497", "max_gap: 25200"):
        assert part in str(caught.value)


def test_walnut_gulch_observations(real_tower):
    observations = real_tower("ameriflux_l2").observations
    first = {name: series.values[0] for name, series in observations.items()}
    assert first["latent_heat_flux"] == 93.478 and first["sensible_heat_flux"] == 244.57
    assert first["ground_heat_flux"] == 54.742
    assert first["soil_temperature_0.05m"] == pytest.approx(303.939)
    assert first["soil_moisture_0.05m"] == pytest.approx(0.01)
    assert first["soil_moisture_0.15m"] == pytest.approx(0.10)
    assert np.isnan(observations["latent_heat_flux"].values).sum() == 1064
    assert observations["latent_heat_flux"].times[0] == time("2004-05-06T18:00")


def test_latent_heat_at_walnut_gulch_peaks_in_the_afternoon_of_local_time(real_tower):
    series = real_tower("ameriflux_l2").observations["latent_heat_flux"]
    hour = (series.times - series.times.astype("datetime64[D]")) / np.timedelta64(1, "h")
    means = [np.nanmean(series.values[hour == value]) for value in np.arange(0.0, 24.0, 0.5)]
    assert 18.5 <= np.argmax(means) / 2 <= 21.5


def test_col_de_porte_observations(real_tower):
    observations = real_tower("col_de_porte").observations
    day = np.flatnonzero(observations["snow_depth"].times == time("2006-01-28"))[0]
    values = {name: series.values[day] for name, series in observations.items()}
    assert values["albedo"] == 0.84 and values["snow_depth"] == 1.02 and values["snow_water_equivalent"] == 245.0
    assert values["skin_temperature"] == pytest.approx(269.89)
    assert values["soil_temperature_0.2m"] == pytest.approx(274.20)
    assert np.isnan(observations["snow_depth"].values[-1])


@pytest.mark.parametrize("name, path", [("bondville_1998", "bondville/bondville_1998.dat"),
                                        ("bondville_2001", "bondville/bondville_2001.dat"),
                                        ("loobos", "loobos/Loobos_1997.dat"), ("ameriflux_l2", WALNUT_GULCH),
                                        ("col_de_porte", "col_de_porte/met_CdP_0506.txt")])
def test_format_is_recognised(tower_folder, name, path):
    assert detect_format(tower_folder / path) == name
