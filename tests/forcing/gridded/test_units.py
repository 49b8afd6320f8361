"""Units of files on their way to those of the fields."""

import pytest

from landda_hpc.forcing.gridded.units import conversion


@pytest.mark.parametrize("units, wanted, flux, factor, offset, amount", [
    ("K", "K", False, 1.0, 0.0, False), ("degC", "K", False, 1.0, 273.15, False), ("degF", "K", False, 5 / 9, 255.372, False),
    ("hPa", "Pa", False, 100.0, 0.0, False), ("millibars", "Pa", False, 100.0, 0.0, False),
    ("g/kg", "kg kg-1", False, 1e-3, 0.0, False), ("kg kg**-1", "kg kg-1", False, 1.0, 0.0, False),
    ("%", "1", False, 0.01, 0.0, False), ("km h-1", "m s-1", False, 1 / 3.6, 0.0, False),
    ("W/m^2", "W m-2", True, 1.0, 0.0, False), ("J m**-2", "W m-2", True, 1.0, 0.0, True),
    ("MJ m-2 day-1", "W m-2", True, 1e6 / 86400, 0.0, False), ("m", "kg m-2 s-1", True, 1000.0, 0.0, True),
    ("m of water equivalent", "kg m-2 s-1", True, 1000.0, 0.0, True), ("mm", "kg m-2 s-1", True, 1.0, 0.0, True),
    ("kg m-2", "kg m-2 s-1", True, 1.0, 0.0, True), ("mm/day", "kg m-2 s-1", True, 1 / 86400, 0.0, False),
    ("kg.m-2.s-1", "kg m-2 s-1", True, 1.0, 0.0, False), ("m s-1", "kg m-2 s-1", True, 1000.0, 0.0, False)])
def test_known_units(units, wanted, flux, factor, offset, amount):
    found = conversion(units, wanted, flux)
    assert found.factor == pytest.approx(factor, rel=1e-12) and found.amount == amount
    assert found.offset == pytest.approx(offset, abs=1e-3)


@pytest.mark.parametrize("units, wanted, flux", [
    ("furlong", "K", False), ("", "Pa", False), ("Pa", "K", False), ("J m-2", "K", False), ("mm", "K", False),
    ("W", "W m-2", True), ("kg m-2", "W m-2", True), ("mm", "W m-2", True), ("m s-1", "Pa", True)])
def test_units_of_another_kind_are_refused(units, wanted, flux):
    with pytest.raises(ValueError, match="unit"):
        conversion(units, wanted, flux)
