"""Maps: every pixel shows its cell, the coast is that of the Earth, colours and limits are sensible."""

import io
import socket

import numpy as np
import pytest
from matplotlib.figure import Figure

from landda_hpc.plots import coast
from landda_hpc.plots.maps import draw_map, frame_of
from landda_hpc.plots.scales import class_scale, displayed, pretty_units, scale_of

LATITUDES, LONGITUDES = np.arange(-57.5, 90.0, 5.0), np.arange(-177.5, 180.0, 5.0)
VALUES = np.random.default_rng(5).random((len(LATITUDES), len(LONGITUDES)))


def picture(latitudes, longitudes, values, **how):
    axis = Figure().subplots()
    draw_map(axis, latitudes, longitudes, values, scale_of(VALUES), **how)
    return axis, axis.images[-1].get_array()


def frame(latitudes, longitudes):
    return frame_of(tuple(latitudes), tuple(longitudes))


def test_every_pixel_shows_the_cell_it_lies_in():
    found = frame(LATITUDES, LONGITUDES)
    left, right, bottom, top = found.extent
    x = left + (np.arange(found.row.shape[1]) + 0.5) * (right - left) / found.row.shape[1]
    y = bottom + (np.arange(found.row.shape[0]) + 0.5) * (top - bottom) / found.row.shape[0]
    longitude, latitude = found.projection.inverse(x[None, :], y[:, None])
    inside = found.row >= 0
    assert 0.7 < inside.mean() < 0.95
    assert np.abs(LATITUDES[found.row] - latitude)[inside].max() <= 2.5 + 1e-9
    assert np.abs(LONGITUDES[found.column] - longitude)[inside].max() <= 2.5 + 1e-9


def test_areas_on_the_map_are_those_of_the_cells():
    row = frame(LATITUDES, LONGITUDES).row
    shares = np.bincount(row[row >= 0], minlength=len(LATITUDES)) / (row >= 0).sum()
    edges = np.sin(np.deg2rad(np.append(LATITUDES - 2.5, 90.0)))
    expected = (edges[1:] - edges[0]) / (edges[-1] - edges[0])
    np.testing.assert_allclose(np.cumsum(shares), expected, atol=1.0 / row.shape[0])  # one row of pixels


def test_direction_of_latitude_and_start_of_longitude_do_not_matter():
    expected = picture(LATITUDES, LONGITUDES, VALUES)[1]
    assert (picture(LATITUDES[::-1], LONGITUDES, VALUES[::-1])[1] == expected).all()
    turned = np.roll(VALUES, -36, axis=1)
    assert (picture(LATITUDES, LONGITUDES + 180.0, turned)[1] == expected).all()


def test_a_region_may_cross_the_date_line():
    longitudes = np.arange(152.5, 210.0, 5.0)
    found = frame(LATITUDES[2:9], longitudes)
    assert set(np.unique(found.column[found.row >= 0])) == set(range(len(longitudes)))


def test_cells_without_a_value_are_transparent():
    values = VALUES.copy()
    values[10, 20] = np.nan
    colours = picture(LATITUDES, LONGITUDES, values)[1]
    found = frame(LATITUDES, LONGITUDES)
    hole = (found.row == 10) & (found.column == 20)
    assert hole.any() and (colours[hole][:, 3] == 0).all()
    assert (colours[(found.row >= 0) & ~hole][:, 3] == 255).all()


def test_small_regions_show_the_coast_of_their_cells():
    latitudes, longitudes = np.arange(35.25, 60.0, 0.5), np.arange(-9.75, 20.0, 0.5)
    land = np.zeros((len(latitudes), len(longitudes)), bool)
    land[10:30, 10:40] = True
    axis = picture(latitudes, longitudes, np.where(land, 0.5, np.nan), land=land)[0]
    assert max(len(lines.get_segments()) for lines in axis.collections) == 2 * (20 + 30)


def test_one_cell_can_be_drawn():
    picture([45.0], [10.0], [[0.3]])


def test_land_of_the_outline_has_the_area_of_the_land_of_the_earth():
    total = 0.0
    for ring in coast.land_rings():
        longitude, height = np.deg2rad(ring[:, 0]), np.sin(np.deg2rad(ring[:, 1]))
        total += 0.5 * np.sum((longitude[1:] - longitude[:-1]) * (height[1:] + height[:-1]))
        assert (ring[0] == ring[-1]).all()
    assert abs(total) / (4.0 * np.pi) == pytest.approx(0.29, abs=0.005)


def test_land_is_cut_to_its_window():
    window = (35.0, 60.0, -10.0, 30.0)
    rings = coast.land_within(*window)
    corners = np.concatenate(rings)
    np.testing.assert_array_less([35.0 - 1e-9, -10.0 - 1e-9], corners.min(axis=0)[::-1])
    np.testing.assert_array_less(corners.max(axis=0)[::-1], [60.0 + 1e-9, 30.0 + 1e-9])
    assert max(np.abs(np.diff(ring, axis=0)).max() for ring in rings) <= 1.0 + 1e-9
    assert not coast.land_within(-30.0, -20.0, -30.0, -20.0)


def test_coast_has_no_seam_at_the_date_line():
    lines = coast.coast_lines(-90.0, 90.0, -180.0, 180.0)
    middle = np.concatenate([0.5 * (line[1:] + line[:-1]) for line in lines])
    assert np.abs(middle[:, 0]).max() < 179.999 and middle[:, 1].min() > -89.9


def test_no_map_asks_the_network(monkeypatch):
    def refuse(*arguments, **keywords):
        raise AssertionError("a map opened a connection")

    monkeypatch.setattr(socket, "socket", refuse)
    figure = Figure()
    draw_map(figure.subplots(), LATITUDES, LONGITUDES, VALUES)
    stream = io.BytesIO()
    figure.savefig(stream, format="png")
    assert stream.getvalue()[:4] == b"\x89PNG"


def test_limits_of_moisture_are_fixed_and_others_robust():
    moisture = scale_of(np.array([0.2, 0.3]), "m3 m-3")
    assert (moisture.norm.boundaries[0], moisture.norm.boundaries[-1]) == (0.0, 0.5) and moisture.extend == "neither"
    values = np.append(np.linspace(0.0, 100.0, 1000), 1e6)
    flux = scale_of(values, "W m-2")
    assert flux.norm.boundaries[-1] == 100.0 and flux.extend == "max"


def test_differences_are_centred_with_a_neutral_middle():
    scale = scale_of(np.linspace(-0.1, 0.4, 50), "m3 m-3", "difference")
    boundaries = scale.norm.boundaries
    np.testing.assert_allclose(boundaries, -boundaries[::-1])
    red, green, blue, _ = scale.colours(scale.norm(0.0))
    assert min(red, green, blue) > 0.93
    assert scale.colours(scale.norm(-0.3))[2] < scale.colours(scale.norm(0.3))[2]  # dry brown, wet green


@pytest.mark.parametrize("kind", ["mean", "spread", "difference"])
@pytest.mark.parametrize("values", [[np.nan, np.nan], [0.0, 0.0], [280.0, 280.0]])
def test_every_field_has_a_scale(kind, values):
    boundaries = scale_of(np.array(values), "K", kind).norm.boundaries
    assert (np.diff(boundaries) > 0.0).all() and len(boundaries) > 2


def test_classes_keep_their_colours():
    scale = class_scale(("#ff0000", "#00ff00", "#0000ff"), ("a", "b", "c"))
    np.testing.assert_allclose(scale.colours(scale.norm(np.array([1.0, 3.0])))[:, :3], [[1, 0, 0], [0, 0, 1]])


def test_units_are_displayed_as_people_read_them():
    assert displayed(np.array([273.15]), "K")[0] == pytest.approx(0.0)
    assert displayed(np.array([2.0]), "K", "spread")[0] == 2.0  # a spread is not shifted
    assert displayed(np.array([1.0 / 86400.0]), "kg m-2 s-1")[0] == pytest.approx(1.0)
    assert pretty_units("m3 m-3") == "m$^{3}$ m$^{-3}$" and pretty_units("W m-2") == "W m$^{-2}$"
