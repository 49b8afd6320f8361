"""The tower page: right panels, right scores, without a display."""

import io

import numpy as np
import pytest
import xarray as xr

from landda_hpc.forcing.tower import ObservedSeries
from landda_hpc.plots.history import curve_of, interval_bounds
from landda_hpc.plots.tower import plot_tower

START = np.datetime64("2001-01-01T00:00:00")


def history(days=10, hours=3, snow=0.0, members=0):
    """Return a small history dataset with END labels."""
    n = days * 24 // hours
    ends = START + (np.arange(n) + 1) * np.timedelta64(hours * 3600, "s")
    time_bounds = np.stack([ends - np.timedelta64(hours * 3600, "s"), ends], axis=1)
    wave = np.sin(np.arange(n) * 2 * np.pi * hours / 24)[:, np.newaxis]
    soil = np.full((n, 4, 1), 0.25) + 0.01 * np.arange(4)[:, np.newaxis]
    flat, layered = ("time", "point"), ("time", "layer", "point")
    data = {"air_temperature": (flat, 280 + 5 * wave), "precipitation": (flat, 1e-5 + 0 * wave),
            "shortwave_down": (flat, 200 + 100 * wave), "longwave_down": (flat, 300 + 0 * wave),
            "soil_moisture": (layered, soil), "soil_moisture_spread": (layered, soil * 0.1),
            "soil_temperature": (layered, soil * 0 + 281.0), "skin_temperature": (flat, 281 + wave),
            "latent_heat_flux": (flat, 50 + 20 * wave), "sensible_heat_flux": (flat, 30 + 20 * wave),
            "ground_heat_flux": (flat, 5 * wave), "evaporation": (flat, 2e-5 + 0 * wave),
            "snow_water_equivalent": (flat, snow + 0 * wave), "snow_depth": (flat, snow / 300 + 0 * wave),
            "time_bnds": (("time", "nv"), time_bounds.astype("datetime64[ns]")),
            "layer_thickness": ("layer", [0.1, 0.3, 0.6, 1.0])}
    if members:
        data.pop("soil_moisture_spread")
        offsets = np.linspace(-0.05, 0.05, members)
        data["soil_moisture"] = (("time", "layer", "point", "member"), soil[..., np.newaxis] + offsets)
    return xr.Dataset(data, coords={"time": ends.astype("datetime64[ns]")})


def daily(quantity, values, depth=None, units="1"):
    times = START + np.arange(len(values)) * np.timedelta64(86400, "s")
    return ObservedSeries(quantity, times, np.asarray(values, dtype=float), units, depth, 86400, "test")


def panel_titles(figure):
    return [axis.get_title(loc="left") for axis in figure.axes if axis.get_title(loc="left")]


def text_of(figure, panel):
    return next(axis.get_title(loc="right") for axis in figure.axes if axis.get_title(loc="left").startswith(panel))


def test_page_without_snow_has_no_snow_panel_and_can_be_saved():
    figure = plot_tower(history(), site_name="Tower", title="open loop")
    assert panel_titles(figure) == ["Weather", "Radiation", "Soil moisture", "Temperature of soil and skin",
                                    "Heat fluxes, positive upward, ground heat into the soil", "Accumulated water"]
    assert figure._suptitle.get_text() == "Tower: open loop"
    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=40)
    assert stream.getvalue()[:4] == b"\x89PNG"


def test_snow_panels_come_with_snow_or_with_observed_snow():
    assert "Snow water equivalent" in panel_titles(plot_tower(history(snow=30.0)))
    observed = {"snow_depth": daily("snow_depth", [0.3] * 10)}
    titles = panel_titles(plot_tower(history(), observed))
    assert "Snow depth" in titles and "Snow water equivalent" not in titles


def test_observation_is_compared_to_the_layer_of_its_depth():
    observed = {"a": daily("soil_moisture", [0.20] * 10, 0.05), "b": daily("soil_moisture", [0.20] * 10, 0.5)}
    lines = text_of(plot_tower(history(), observed), "Soil moisture").splitlines()
    assert lines[0].startswith("5 cm:  bias +0.05 ") and lines[0].endswith("n 10")
    assert lines[1].startswith("50 cm:  bias +0.07 ")


def test_observed_flux_gets_its_own_panel_and_scores():
    observed = {"latent_heat_flux": daily("latent_heat_flux", np.linspace(38, 42, 10))}
    figure = plot_tower(history(), observed)
    assert "Latent heat flux, positive upward" in panel_titles(figure)
    assert "bias +10 " in text_of(figure, "Latent heat flux")


def test_observations_of_another_year_are_left_out():
    series = daily("snow_depth", [0.3] * 10)
    late = ObservedSeries("snow_depth", series.times + np.timedelta64(366, "D"), series.values, "m", None, 86400, "")
    assert "Snow depth" not in panel_titles(plot_tower(history(), {"snow_depth": late}))


def test_footer_carries_the_notes():
    figure = plot_tower(history(), notes=["longwave estimated: by a test"])
    footer = figure._supxlabel.get_text()
    assert "Longwave estimated: by a test." in footer and "standard deviation" in footer


def test_long_runs_are_drawn_as_daily_means():
    short, long = (plot_tower(history(days=days)) for days in (10, 60))
    for figure, n_values in ((short, 80), (long, 60)):
        radiation = next(axis for axis in figure.axes if axis.get_title(loc="left") == "Radiation")
        assert len(radiation.lines[0].get_xdata()) == n_values


def test_spread_of_members_is_the_central_ninety_percent():
    curve = curve_of(history(members=21), "soil_moisture", 0, 0)
    np.testing.assert_allclose(curve.centre, 0.25)
    np.testing.assert_allclose(curve.upper - curve.lower, 0.09)


def test_spread_is_one_standard_deviation_each_side():
    curve = curve_of(history(), "soil_moisture", 0, 1)
    np.testing.assert_allclose(curve.upper - curve.centre, 0.026)


def test_bounds_without_time_bnds_come_from_the_end_labels():
    dataset = history()
    expected = interval_bounds(dataset)
    np.testing.assert_array_equal(interval_bounds(dataset.drop_vars("time_bnds")), expected)


def test_empty_dataset_is_refused():
    with pytest.raises(ValueError, match="none of the variables"):
        plot_tower(xr.Dataset({"x": ("time", [1.0, 2.0])},
                              coords={"time": np.array(["2001-01-01", "2001-01-02"], dtype="datetime64[ns]")}))
