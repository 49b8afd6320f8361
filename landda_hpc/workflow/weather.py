"""The weather of a domain put to the test: statistics of many years, tables, figures and a comparison with towers."""

import csv
from pathlib import Path

import numpy as np

from landda_hpc.domain.dataset import read_domain
from landda_hpc.errors import ConfigError, InputError
from landda_hpc.forcing.formats import read_tower
from landda_hpc.forcing.weather import WeatherForcing
from landda_hpc.times import SECONDS_PER_DAY
from landda_hpc.variables import FORCING
from landda_hpc.verification import weather_summary as summary
from landda_hpc.verification.weather_series import generated_series, hourly_series, series_statistics
from landda_hpc.verification.weather_statistics import weather_statistics

FIRST_YEAR = 2001
CLIMATE = ("climate_air_temperature", "climate_precipitation")
MOST_SERIES = 250  # points whose daily values are kept for the correlation with distance
TOWER_YEARS = 4  # of generated weather that a tower is compared with
LONGEST_GAP = 86400  # s, filled by straight lines: statistics hardly notice
EXAMPLES = ((45.0, 10.0), (-3.0, -60.0), (25.0, 45.0), (60.0, 130.0))  # degrees north and east, nearest points are drawn
DOTS_PER_INCH = 110


def check_weather(domain_name, n_years, seed, folder, towers=(), say=print):
    """Write tables and a figure of the weather of a domain into a folder and return whether the monthly limits are kept.

    Parameters
    ----------
    domain_name : str
        File or name of a shipped domain.
    n_years, seed : int
    folder : str or Path
    towers : sequence of str
        Records in formats that are recognised, to compare with the nearest points.
    say : callable
        Gets the text as it comes.
    """
    if n_years < 2:
        raise ConfigError(f"--years is {n_years}; at least 2 are needed to see how years differ.")
    domain = read_domain(domain_name)
    for name in CLIMATE:
        if name not in domain.fields:
            raise InputError(f"{domain.path} has no {name}, which the weather is made from. `landda static` adds it.")
    records = [read_tower("auto", path, max_gap=LONGEST_GAP) for path in towers]
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    latitude, longitude = domain.grid.positions(domain.cell)
    chosen = np.unique(np.linspace(0, domain.n_total - 1, MOST_SERIES).astype(int))
    say(f"{domain.n_total} points, {n_years} years from {FIRST_YEAR}, seed {seed}")
    temperature, precipitation = (domain.fields[name] for name in CLIMATE)
    found = weather_statistics(_weather(domain, seed), latitude, longitude, temperature, FIRST_YEAR, n_years, chosen,
                               lambda year: say(f"  year {year} of {n_years}"))
    errors = summary.climate_errors(found, temperature, precipitation)
    quantities = summary.point_quantities(found)
    distance, correlation = summary.correlation_with_distance(found)
    comparison = [_compare(domain, record, seed) for record in records]
    text = "\n\n".join([
        summary.error_text(found, errors, precipitation, domain.area),
        summary.quantity_text(quantities, domain.area), summary.zone_text(quantities, latitude, domain.area),
        "\n".join(f"e-folding distance of the daily {name}: {summary.e_folding_distance(distance, values):.0f} km"
                  for name, values in zip(("temperature", "rain"), correlation)),
        _bounds_text(found), *([_comparison_text(records, comparison)] if records else [])])
    say("\n" + text)
    (folder / "weather.txt").write_text(text + "\n")
    _write_points(folder / "weather_points.csv", latitude, longitude, quantities, errors)
    _write_months(folder / "weather_months.csv", found, errors, domain)
    _draw(folder / "weather.png", domain, found, errors, quantities, (distance, correlation), seed)
    say(f"\nwritten: {folder}/weather.txt, weather_points.csv, weather_months.csv, weather.png")
    return errors.passed


def _weather(domain, seed, chosen=slice(None)):
    """Return the hourly weather of a domain or of some of its points."""
    latitude, longitude = domain.grid.positions(domain.cell[chosen])
    fields = domain.fields
    return WeatherForcing(latitude, longitude, fields["elevation"][chosen], fields["climate_air_temperature"][:, chosen],
                          fields["climate_precipitation"][:, chosen], seed, 3600)


def nearest_point(domain, latitude, longitude):
    """Return the point of a domain that is nearest to a place."""
    places = domain.grid.positions(domain.cell)
    return int(np.argmin(summary.distances(*(np.append(values, value) for values, value in
                                             zip(places, (latitude, longitude))))[-1, :-1]))


def _compare(domain, record, seed):
    """Return the statistics of a tower and their means over years of generated weather of the same days of the year."""
    series = hourly_series(record)
    point = nearest_point(domain, series.latitude, series.longitude)
    weather, places = _weather(domain, seed, [point]), domain.grid.positions(domain.cell[[point]])
    starts = [series.start + np.timedelta64(year * 365 * 24, "h") for year in range(TOWER_YEARS)]
    made = [series_statistics(generated_series(weather, *places, start, len(series.air_temperature))[0]) for start in starts]
    observed = series_statistics(series)
    return observed, {name: float(np.nanmean([each[name] for each in made])) for name in observed}


def _comparison_text(records, comparison):
    names = [f"{record.site.name[:12]} {str(record.times[len(record.times) // 2])[:4]}" for record in records]
    lines = [f"{'towers: observed, generated':52s} " + "  ".join(f"{name:>19s}" for name in names)]
    for key in comparison[0][0]:
        lines.append(f"{key:52s} " + "  ".join(f"{observed[key]:9.2f} {made[key]:9.2f}" for observed, made in comparison))
    return "\n".join(lines)


def _bounds_text(found):
    lines = [f"{name:20s} {found.bounds[0, k]:12.5g} to {found.bounds[1, k]:12.5g} {variable.units}"
             for k, (name, variable) in enumerate(FORCING.items())]
    return "\n".join(["least and greatest of all hours", *lines,
                      f"greatest relative humidity {100 * found.greatest_humidity:.1f} %, shortwave in hours without sun "
                      f"{found.night_shortwave:g} W m-2, values that are no number: {found.not_finite}"])


def _write_points(path, latitude, longitude, quantities, errors):
    """Write one line a point: its quantities and its worst months."""
    worst = [values[np.abs(values).argmax(axis=0), np.arange(len(latitude))] for values in errors]
    columns = {"latitude": latitude, "longitude": longitude, "worst_temperature_error [K]": worst[0],
               "worst_precipitation_error [1]": worst[1],
               **{f"{name} [{summary.QUANTITIES[name].units}]": values for name, values in quantities.items()}}
    _write(path, columns)


def _write_months(path, found, errors, domain):
    """Write one line a calendar month: land means of the climate and of the weather, and the worst errors."""
    area = domain.area
    weather = found.monthly.mean(axis=1)
    columns = {"month": np.arange(1, 13)}
    for number, (name, units, factor) in enumerate((("climate_air_temperature", "K", 1.0),
                                                    ("climate_precipitation", "mm/d", SECONDS_PER_DAY))):
        columns[f"{name} [{units}]"] = [factor * summary.area_mean(values, area) for values in domain.fields[name]]
        columns[f"{name.replace('climate', 'weather')} [{units}]"] = [factor * summary.area_mean(values, area)
                                                                       for values in weather[number]]
        columns[f"worst_error_of_{name[8:]} [{'K' if number == 0 else '1'}]"] = np.abs(errors[number]).max(axis=1)
    _write(path, columns)


def _write(path, columns):
    with open(path, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([f"{value:.6g}" for value in row] for row in zip(*columns.values()))


def _draw(path, domain, found, errors, quantities, with_distance, seed):
    """Draw the page, with a year of hours at a few places that the domain has."""
    from landda_hpc.plots.weather import plot_weather

    points = list(dict.fromkeys(nearest_point(domain, *place) for place in EXAMPLES))
    places = domain.grid.positions(domain.cell[points])
    start = np.datetime64(f"{FIRST_YEAR}-01-01T00:00:00", "s")
    series = generated_series(_weather(domain, seed, points), *places, start, 365 * 24)
    figure = plot_weather(domain, found, errors, quantities, with_distance, series)
    figure.savefig(path, dpi=DOTS_PER_INCH)
