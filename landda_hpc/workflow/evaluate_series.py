"""Satellite retrievals, models and stations compared where and when they meet: the tables and figures."""

from pathlib import Path

import numpy as np

from landda_hpc.errors import InputError
from landda_hpc.observations.batch import PERCENT, VOLUMETRIC, time_of
from landda_hpc.observations.ismn import PRODUCT as STATIONS
from landda_hpc.verification.metrics import scores
from landda_hpc.workflow.result_table import ResultTable
from landda_hpc.workflow.series_inputs import gather
from landda_hpc.workflow.series_places import (
    REFERENCES,
    RETRIEVALS,
    climatology_rows,
    matched,
    place_at,
    station_scores,
    triplets,
    with_values,
)

DOTS_PER_INCH = 130
NAN = float("nan")


def evaluate_series(paths, output, settings, retrieved=False, reference=None, places=None, say=print):
    """Compare series, write tables and figures, and return the report as text.

    Parameters
    ----------
    paths : sequence of path
        Files of any evaluation or reference product, see ``landda obs info``.
    output : path
        Folder of tables and figures.
    settings : landda_hpc.workflow.series_places.Settings
    retrieved : bool
        Take all that was retrieved instead of recommended quality.
    reference : str, optional
        Product that others are corrected to; by default the first of ``REFERENCES`` that is there.
    places : str, optional
        Product at whose locations is compared; by default the coarsest retrieval.
    say : callable

    Raises
    ------
    InputError
        If nothing can be compared.
    """
    products, refused = gather(paths, retrieved, settings.largest_distance, say)
    stations = products.pop(STATIONS, None)
    reference = _one_of(products, reference, REFERENCES, "--reference", needed=False)
    folder = Path(output)
    folder.mkdir(parents=True, exist_ok=True)
    tables = [_products_table({**products, **({STATIONS: stations} if stations is not None else {})})]
    pages = []
    if products:
        anchor = _one_of(products, places, (*RETRIEVALS, *REFERENCES), "--places", needed=True)
        whole = [place_at(str(location), north, east, products, settings.largest_distance)
                 for location, north, east in _locations(products[anchor])]
        parts = [_at_place(place, reference, settings) for place in whole]
        tables += [_places_table(whole), *_place_tables(parts)]
        pages += [(f"place_{part['place'].name}", _place_page, part) for part in parts if part["matched"]]
        if any(part["triplets"] for part in parts):
            pages.append(("triple_collocation", _triplet_page, parts))
    if stations is not None:
        compared = list(_at_stations(stations, products, reference, settings))
        tables.append(_stations_table(compared, settings))
        pages += [(f"station_{_file_name(one['label'])}", _station_page, one) for one in compared if one["pairs"]]
    files = [table.write(folder) for table in tables if table.rows]
    for name, draw, content in pages:
        figure = draw(content)
        figure.savefig(folder / f"{name}.png", dpi=DOTS_PER_INCH)
        files.append(folder / f"{name}.png")
    shown = [table.text() for table in tables if table.rows and table.name not in ("climatology", "places")]
    left_out = f"\n{len(refused)} files could not be used." if refused else ""
    return "\n\n".join([*shown, f"{len(files)} files in {folder}{left_out}"])


def _one_of(products, wanted, order, option, needed):
    """Return the product that is asked for, or the first that is there."""
    if wanted is not None and wanted not in products:
        raise InputError(f"{option} {wanted}: the files have no such series, but {', '.join(sorted(products))}.")
    found = wanted or next((product for product in order if product in products), None)
    if found is None and needed:
        found = sorted(products)[0]
    return found


def _locations(series):
    numbers, first = np.unique(series.location, return_index=True)
    return [(int(number), float(series.latitude[index]), float(series.longitude[index]))
            for number, index in zip(numbers, first)]


def _at_place(place, reference, settings):
    """Return what came out at a place, for tables and figures."""
    found = {}
    if reference in place.series:
        for product in place.series:
            if product in RETRIEVALS:
                pairs = matched(place, product, reference, settings)
                if pairs is not None:
                    found[product] = pairs
    return {"place": place, "reference": reference, "matched": found, "triplets": list(triplets(place, settings)),
            "climatology": list(climatology_rows(place))}


def _products_table(products):
    rows = [(name, series.units, len(np.unique(series.location)), series.size,
             *(str(time_of(one))[:16] for one in (series.time.min(), series.time.max()))) for name, series in products.items()]
    return ResultTable("series", "Series, accepted values", ("product", "units", "locations", "values", "first", "last"), rows)


def _places_table(places):
    rows = [(place.name, place.latitude, place.longitude, product, location, away)
            for place in places for product, (location, away) in place.locations.items()]
    return ResultTable("places", "Nearest locations",
                       ("place", "latitude", "longitude", "product", "location", "distance [km]"), rows)


def _place_tables(parts):
    """Return the tables of climatologies, corrections and triple collocation."""
    climatology = [row for part in parts for row in part["climatology"]]
    corrections, triple = [], []
    for part in parts:
        for product, pairs in part["matched"].items():
            volumetric = part["place"].series[product].units == VOLUMETRIC
            before, after = scores(pairs.observed, pairs.reference), scores(pairs.corrected, pairs.reference)
            corrections.append((part["place"].name, product, part["reference"], pairs.method, before.n, before.correlation,
                                *((before.bias, before.ubrmse) if volumetric else (NAN, NAN)), after.n, after.correlation,
                                after.bias, after.ubrmse))
        for triplet in part["triplets"]:
            result = triplet.result
            triple.append((part["place"].name, *triplet.products, int(result.n[0]), *map(float, result.fmse[:, 0]),
                           *map(float, triplet.error_std), *map(float, result.correlation[:, 0]), bool(result.valid[0])))
    return [ResultTable("climatology", "Climatology", ("place", "product", "units", "month", "n", "mean", "std"), climatology),
            ResultTable("correction", "Correction to the reference [m3 m-3]",
                        ("place", "product", "reference", "method", "n", "r", "bias", "ubRMSD", "n corrected", "r corrected",
                         "bias corrected", "ubRMSD corrected"), corrections),
            ResultTable("triple_collocation", "Triple collocation",
                        ("place", "x", "y", "z", "n", "fMSE x", "fMSE y", "fMSE z", "error x", "error y", "error z", "r xy",
                         "r xz", "r yz", "valid"), triple,
                        "Errors are standard deviations in the units of each product, not of those that are corrected.")]


def _at_stations(stations, products, reference, settings):
    """Yield what came out at every station and depth."""
    for location, north, east in _locations(stations):
        station = stations.at(location)
        place = place_at("", north, east, products, settings.largest_distance)
        series = dict(place.series)
        for product in [name for name, one in series.items() if one.units == PERCENT]:
            # Saturation is compared as the assimilation sees it, matched to the model.
            pairs = matched(place, product, reference, settings) if reference in series else None
            if pairs is None:
                del series[product]
            else:
                series[product] = with_values(series[product], pairs.time, pairs.corrected)
        pairs = {product: station_scores(station, one, product, settings) for product, one in series.items()}
        pairs = {product: found for product, found in pairs.items() if found[3].n >= settings.minimum}
        label = stations.labels.get(location, f"station {location}")
        yield {"label": label, "station": station, "pairs": pairs, "locations": place.locations}


def _stations_table(compared, settings):
    rows = [(one["label"], product, one["locations"][product][1], found[3].n, found[3].bias, found[3].rmse, found[3].ubrmse,
             found[3].correlation, found[4]) for one in compared for product, found in one["pairs"].items()]
    return ResultTable("stations", "Products minus stations [m3 m-3]",
                       ("station", "product", "distance [km]", "n", "bias", "RMSD", "ubRMSD", "r", "r of anomalies"), rows,
                       f"Pairs from {settings.minimum} on; ascat_cdr is matched to the reference.")


def _file_name(label):
    return "".join(letter if letter.isalnum() else "_" for letter in label.split(",")[0] + label.rpartition(",")[2]).strip("_")


def _place_page(part):
    from landda_hpc.plots.series_page import plot_place

    return plot_place(part["place"], part["reference"], part["matched"], part["triplets"], part["climatology"])


def _triplet_page(parts):
    from landda_hpc.plots.series_page import plot_triplets

    return plot_triplets([(part["place"].name, part["triplets"]) for part in parts])


def _station_page(one):
    from landda_hpc.plots.series_page import plot_station

    return plot_station(one["label"], one["station"], one["pairs"])
