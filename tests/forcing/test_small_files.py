"""Small files of the AmeriFlux and HRLDAS formats, with the traps of the real ones."""

import numpy as np
import pytest

from landda_hpc.errors import InputError
from landda_hpc.forcing.formats import detect_format, read_tower

AMERIFLUX_HEADER = """Sitename: Nowhere Prairie
Location: Latitude: 40.0  Longitude: -105.2  Elevation (masl): 1600
"""
NAMES = "YEAR, GAP, DTIME, DOY, HRMIN, TA, RH, WS, PRESS, PREC, Rg, Rgl, LE, TS1, TSdepth1, SWC1"
UNITS = "YEAR, GAP, DTIME, DOY, HRMIN, deg C, %, m/s, kPa, mm, W/m2, W/m2, W/m2, deg C, cm, %"
SITE = {"land_cover": 10, "soil_type": 6, "deep_soil_temperature": 283.0, "greenness": (0.4,) * 12}

HRLDAS = """&location
 latitude = 40.01 ! degrees
 longitude = -88.37
 vegetation_category = 12
 soil_category = 8
 deep_soil_temperature = 285.0
 elevation = 218.0
/
&initial
 snow_depth = 0.01
 snow_water_equivalent = 1.0
 canopy_water = 0.01
 skin_temperature = 263.7
 soil_layer_thickness = 0.10, 0.30, 0.60, 1.00
 soil_temperature = 266.1, 274.0, 276.9, 279.9
 soil_moisture = 0.298, 0.294, 0.271, 0.307
/
&conversion
 have_relative_humidity = {relative}
 temperature_offset = {offset}
 temperature_scale = 1.0
 pressure_scale = 100.0
 precipitation_scale = {scale}
/
---
yyyy mm dd hh mi |  m s{{-1}}
---
"""


def ameriflux(folder, rows, name="flux.csv"):
    path = folder / name
    path.write_text(AMERIFLUX_HEADER + "\n".join([NAMES, UNITS, ",".join(["100.0"] * 16), *rows]) + "\n")
    return path


def ameriflux_row(row, temperature=10.0, wind=2.0, rain=0.9, latent=50.0, water=12.0):
    minutes = 30 * row + 30
    clock = minutes // 60 % 24 * 100 + minutes % 60
    return f"2004,0,0,{60 + minutes // 1440},{clock},{temperature},50,{wind},84,{rain},0,300,{latent},9.5,5,{water}"


def test_ameriflux_of_an_unknown_tower_needs_its_site(tmp_path):
    path = ameriflux(tmp_path, [ameriflux_row(row) for row in range(6)])
    with pytest.raises(InputError, match="Nowhere Prairie.*land_cover, soil_type, deep_soil_temperature, greenness"):
        read_tower("ameriflux_l2", path)


def test_ameriflux_units_time_zone_and_missing_codes(tmp_path):
    rows = [ameriflux_row(0), ameriflux_row(1, temperature=-9999, latent=-6999), ameriflux_row(2, temperature=12.0),
            ameriflux_row(3, water=-9999)]
    record = read_tower("auto", ameriflux(tmp_path, rows), site=SITE, max_gap=1800)
    assert record.start == np.datetime64("2004-02-29T07:00:00")  # end label 00:30 of day 60, UTC-7
    np.testing.assert_allclose(record.air_temperature, [283.15, 284.15, 285.15, 283.15])
    np.testing.assert_allclose(record.precipitation, 0.9 / 1800)
    np.testing.assert_allclose(record.surface_pressure, 84000.0)
    np.testing.assert_allclose(record.observations["latent_heat_flux"].values, [50.0, np.nan, 50.0, 50.0])
    np.testing.assert_allclose(record.observations["soil_moisture_0.05m"].values, [0.12, 0.12, 0.12, np.nan])
    assert any("air_temperature: 1 missing" in note for note in record.notes)


def test_ameriflux_row_with_too_few_cells_is_named(tmp_path):
    with pytest.raises(InputError, match="data row 2 has 3 cells, the header 16"):
        read_tower("ameriflux_l2", ameriflux(tmp_path, [ameriflux_row(0), "2004,0,1"]), site=SITE)


def hrldas(folder, row, relative=".true.", offset=273.15, scale=0.014111):
    path = folder / "point.dat"
    header = HRLDAS.format(relative=relative, offset=offset, scale=scale)
    path.write_text(header + "".join(f"1998 01 02 00 {minute} {row}\n" for minute in ("00", "30")))
    return path


def test_hrldas_with_relative_humidity_and_inches(tmp_path):
    path = hrldas(tmp_path, "8.0 4.0 100.0 1000.0 0.0 250.0 0.1")
    assert detect_format(path) == "bondville_1998"
    record = read_tower("bondville_1998", path)
    assert record.start == np.datetime64("1998-01-01T23:30:00")
    assert record.air_temperature[0] == 277.15 and record.surface_pressure[0] == 1e5
    assert record.precipitation[0] == pytest.approx(2.54 / 1800, rel=1e-4)
    assert record.specific_humidity[0] == pytest.approx(0.00507, abs=2e-5)


def test_hrldas_with_specific_humidity_and_millimetres(tmp_path):
    path = hrldas(tmp_path, "8.0 277.15 0.005 1000.0 0.0 250.0 1.8", ".false.", 0.0, 0.000555)
    record = read_tower("auto", path)
    assert record.start == np.datetime64("1998-01-02T00:00:00")
    assert (record.air_temperature[0], record.specific_humidity[0]) == (277.15, 0.005)
    assert record.precipitation[0] == pytest.approx(0.001, rel=2e-3)


def test_hrldas_without_a_conversion_is_refused(tmp_path):
    path = hrldas(tmp_path, "8.0 4.0 100.0 1000.0 0.0 250.0 0.1")
    path.write_text(path.read_text().replace("pressure_scale = 100.0", ""))
    with pytest.raises(InputError, match="the header lacks pressure_scale"):
        read_tower("bondville_1998", path)


def test_hrldas_row_with_a_word_is_refused(tmp_path):
    with pytest.raises(InputError, match="point.dat.*12 numbers"):
        read_tower("bondville_1998", hrldas(tmp_path, "8.0 warm 100.0 1000.0 0.0 250.0 0.1"))
