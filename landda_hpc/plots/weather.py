"""The page that shows generated weather: against the climate, on maps, its distributions, distances, relations, hours."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from landda_hpc.constants import STEFAN_BOLTZMANN
from landda_hpc.verification import weather_statistics as rows
from landda_hpc.verification import weather_summary as summary

COLOURS = ("tab:blue", "tab:green", "tab:orange", "tab:purple")
MAPS = (("wet-day frequency", "YlGnBu", 0.0, 60.0), ("diurnal range", "YlOrRd", 4.0, 18.0),
        ("relative humidity", "BrBG", 20.0, 95.0))
WINDOW = slice(24 * 180, 24 * 210)  # hours of the year that are drawn


def plot_weather(domain, found, errors, quantities, with_distance, series):
    """Return the figure.

    Parameters
    ----------
    domain : Domain
    found : WeatherStatistics
    errors : Errors
    quantities : dict of ndarray (n_points,)
    with_distance : tuple
        Distances [km] and correlations ``(2, n_bins)``.
    series : list of HourlySeries
        A year at a few points.
    """
    figure = Figure(figsize=(16.0, 19.0), layout="constrained")
    axes = figure.subplots(5, 3)
    _errors(axes[0, 0], errors.temperature, summary.TEMPERATURE_LIMIT, "K", "mean temperature of a month")
    _errors(axes[0, 1], 100.0 * errors.precipitation, 100.0 * summary.PRECIPITATION_LIMIT, "%", "mean precipitation of a month")
    _season(axes[0, 2], domain, found)
    for axis, (name, colours, least, greatest) in zip(axes[1], MAPS):
        _map(figure, axis, domain, quantities[name], name, colours, least, greatest)
    _exceedance(axes[2, 0], found.daily_classes, rows.WET_DAY, domain, "rain of a wet day [mm]")
    _exceedance(axes[2, 1], found.hourly_classes, rows.WET_HOUR, domain, "rain of a wet hour [mm]")
    _distance(axes[2, 2], *with_distance)
    _radiation(axes[3, 0], domain, quantities)
    _relation(axes[3, 1], series, "emissivity of the sky [1]", _emissivity)
    _relation(axes[3, 2], series, "wet hours of the day [1]", lambda each: 3600.0 * each.precipitation >= rows.WET_HOUR)
    _years(axes[4, 0], domain, found)
    _hours(axes[4, 1], series[0], "air temperature [K]", series[0].air_temperature, "shortwave [W m-2]",
           series[0].shortwave_down)
    _hours(axes[4, 2], series[0], "rain [mm/h]", 3600.0 * series[0].precipitation, "longwave [W m-2]", series[0].longwave_down)
    figure.suptitle(f"Generated weather of {found.n_years} years at {domain.n_total} points", fontsize=14, fontweight="bold")
    return figure


def _errors(axis, values, limit, units, title):
    edges = np.linspace(-1.2 * limit, 1.2 * limit, 61)
    axis.hist(np.clip(values.ravel(), edges[0], edges[-1]), edges, color="0.4")
    for edge in (-limit, limit):
        axis.axvline(edge, color="tab:red", lw=1)
    axis.set_yscale("log")
    axis.set_xlabel(f"weather less climate [{units}], limits red")
    axis.set_ylabel("point-months")
    axis.set_title(f"{title}: worst {np.abs(values).max():.2f} {units}", fontsize=10)


def _season(axis, domain, found):
    weather = found.monthly.mean(axis=1)
    month = np.arange(1, 13)
    north = found.latitude >= 0.0
    second = axis.twinx()
    for inside, name, style in ((north, "north", "-"), (~north, "south", "--")):
        if not inside.any():
            continue
        area = domain.area[inside]
        for place, values, climate, factor, colour in (
                (axis, weather[0], domain.fields["climate_air_temperature"], 1.0, "tab:red"),
                (second, weather[1], domain.fields["climate_precipitation"], 86400.0, "tab:blue")):
            lines = [[factor * summary.area_mean(row[inside], area) for row in table] for table in (values, climate)]
            place.plot(month, lines[0], style, color=colour, label=name)
            place.plot(month, lines[1], "o", mfc="none", color=colour, ms=5)
    axis.set_ylabel("temperature [K]", color="tab:red")
    second.set_ylabel("precipitation [mm/d]", color="tab:blue")
    axis.set_xlabel("month")
    axis.legend(fontsize=8, loc="lower center")
    axis.set_title("land means: weather (lines) and climate (circles)", fontsize=10)


def _map(figure, axis, domain, values, name, colours, least, greatest):
    grid = domain.grid
    image = axis.imshow(domain.on_grid(values), origin="lower", cmap=colours, vmin=least, vmax=greatest, aspect="auto",
                        extent=(grid.west, grid.west + grid.n_columns * grid.resolution, grid.south,
                                grid.south + grid.n_rows * grid.resolution), interpolation="nearest")
    figure.colorbar(image, ax=axis, orientation="horizontal", shrink=0.8, pad=0.02, extend="both",
                    label=f"{name} [{summary.QUANTITIES[name].units}]")
    axis.set_facecolor("0.93")
    axis.set_title(f"{name}: land mean {summary.area_mean(values, domain.area):.1f}", fontsize=10)


def _zones(latitude):
    size = np.abs(latitude)
    return (("tropics", size < 20.0), ("subtropics", (size >= 20.0) & (size < 40.0)),
            ("middle latitudes", (size >= 40.0) & (size < 60.0)), ("polar", size >= 60.0))


def _exceedance(axis, classes, least, domain, label):
    latitude = domain.grid.positions(domain.cell)[0]
    for colour, (name, inside) in zip(COLOURS, _zones(latitude)):
        counts = (classes[:, inside] * domain.area[inside]).sum(axis=1)
        if counts.sum() > 0:
            above = counts[::-1].cumsum()[::-1] / counts.sum()
            axis.loglog(rows.class_bounds(least)[:-1][above > 0], above[above > 0], color=colour, label=name)
    axis.set_ylim(1e-6, 1.5)
    axis.set_xlabel(label)
    axis.set_ylabel("share that exceeds it")
    axis.legend(fontsize=8)
    axis.set_title("distribution of rain", fontsize=10)


def _distance(axis, distance, correlation):
    for name, values, colour in zip(("temperature", "rain"), correlation, ("tab:red", "tab:blue")):
        reach = summary.e_folding_distance(distance, values)
        axis.plot(distance, values, "o-", ms=3, color=colour, label=f"{name}: 1/e at {reach:.0f} km")
    axis.axhline(np.exp(-1.0), color="0.6", lw=0.8)
    axis.set_xlabel("distance [km]")
    axis.set_ylabel("correlation of daily values")
    axis.legend(fontsize=8)
    axis.set_title("correlation with distance", fontsize=10)


def _radiation(axis, domain, quantities):
    latitude = domain.grid.positions(domain.cell)[0]
    edges = np.arange(-60.0, 90.1, 5.0)
    for name, colour in (("shortwave", "tab:orange"), ("longwave", "tab:purple")):
        means = [summary.area_mean(quantities[name][inside], domain.area[inside]) if inside.any() else np.nan
                 for inside in ((latitude >= south) & (latitude < south + 5.0) for south in edges[:-1])]
        axis.plot(edges[:-1] + 2.5, means, "o-", ms=3, color=colour,
                  label=f"{name}: {summary.area_mean(quantities[name], domain.area):.0f} over land")
    axis.set_xlabel("latitude [degrees north]")
    axis.set_ylabel("W m-2")
    axis.legend(fontsize=8)
    axis.set_title("annual mean radiation", fontsize=10)


def _emissivity(series):
    return series.longwave_down / (STEFAN_BOLTZMANN * series.air_temperature**4)


def _daily(values):
    return np.asarray(values, np.float64).reshape(-1, 24).mean(axis=1)


def _relation(axis, series, label, quantity):
    """Draw daily values of a quantity over the shortwave radiation, that divided by its greatest in the weeks around."""
    for each, colour in zip(series, COLOURS):
        shortwave = _daily(each.shortwave_down)
        clearest = np.array([shortwave[max(day - 10, 0):day + 11].max() for day in range(len(shortwave))])
        sunny = clearest > 50.0
        axis.plot((shortwave / np.maximum(clearest, 1.0))[sunny], _daily(quantity(each))[sunny], ".", ms=3, color=colour,
                  label=f"{each.latitude:g} N {each.longitude:g} E")
    axis.set_xlabel("shortwave over that of the clearest day around [1]")
    axis.set_ylabel(label)
    axis.legend(fontsize=7, markerscale=2)
    axis.set_title("a year of days", fontsize=10)


def _years(axis, domain, found):
    """Draw what the temperature of Januaries and Julys differs from the climate at a few points."""
    latitude = found.latitude
    years = found.first_year + np.arange(found.n_years)
    for target, colour in zip((60.0, 40.0, 0.0, -25.0), COLOURS):
        point = int(np.argmin(np.abs(latitude - target)))
        anomaly = found.monthly[0, :, 0, point] - domain.fields["climate_air_temperature"][0, point]
        axis.plot(years, anomaly, "o-", ms=3, color=colour, label=f"{latitude[point]:g} N {found.longitude[point]:g} E")
    axis.axhline(0.0, color="0.6", lw=0.8)
    axis.set_ylabel("K")
    axis.legend(fontsize=7)
    axis.xaxis.set_major_locator(MaxNLocator(integer=True))
    axis.set_title("January temperature less climate", fontsize=10)


def _hours(axis, series, first_label, first, second_label, second):
    days = np.arange(WINDOW.start, WINDOW.stop) / 24.0
    other = axis.twinx()
    other.plot(days, second[WINDOW], color="tab:orange", lw=0.8)
    axis.plot(days, first[WINDOW], color="tab:blue", lw=1.0)
    axis.set_zorder(other.get_zorder() + 1)
    axis.patch.set_visible(False)
    axis.set_xlabel("day of the year")
    axis.set_ylabel(first_label, color="tab:blue")
    other.set_ylabel(second_label, color="tab:orange")
    axis.set_title(f"hours at {series.latitude:g} N {series.longitude:g} E", fontsize=10)
