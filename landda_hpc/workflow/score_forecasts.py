"""Forecasts and analyses of experiments against analyses of another centre, and their rain against gauges.

Every field is scored by one rank as a whole: it is read, put on the verification grid and compared, so that memory holds a
few fields only. Fields at which an experiment or the reference is missing are left out for all, so that differences are paired.
Temperature at 2 m is that over each model's own terrain; where all files tell theirs, the analysis is brought to the height of
the model.
"""

from typing import NamedTuple

import numpy as np

from landda_hpc.domain.regions import STANDARD
from landda_hpc.errors import InputError
from landda_hpc.observations.batch import time_of
from landda_hpc.references.slots import TWO_METRES
from landda_hpc.times import SECONDS_PER_DAY
from landda_hpc.verification.contingency import THRESHOLDS, count_events
from landda_hpc.verification.forecast_errors import CellSums, regional_rmsd, squares_of

SURFACES = ("all", "land")
LEAD_DAYS = (0, 1, 2, 3, 4, 5)
RAIN_LEAD_DAYS = (1, 2, 3)
#: Factor from SI to the units of the scores, and these.
UNITS = {"air_temperature": (1.0, "K"), "specific_humidity": (1.0e3, "g kg-1")}
LAPSE_RATE = 0.0065  # K m-1, of the temperature at 2 m with the height of the terrain


class Areas(NamedTuple):
    """Regions on a verification grid.

    Attributes
    ----------
    weights : ndarray (n_cells,)
        ``cos(latitude)``.
    masks : ndarray of bool (n_areas, n_cells)
    names : tuple of (str, str)
        Region and surface of each.
    """

    weights: np.ndarray
    masks: np.ndarray
    names: tuple


class ForecastScores(NamedTuple):
    """Scores of experiments; the first is the baseline.

    Attributes
    ----------
    experiments : tuple of str
    areas : tuple of (str, str)
        Region and surface.
    series : dict of Slot to ndarray (n_experiments, n_areas)
        RMSD of each area at one time.
    cells : dict of (quantity, vertical, hour, lead) to CellSums
        Squared errors of cells over time.
    events : dict of (str, int, str) to Counts
        Of rain by experiment, lead [days] and region, ``(n_thresholds, 1)``.
    left_out : dict of str to int
        Fields without a partner, by what was missing.
    height : str
        Whether temperature at 2 m is corrected for the height of the terrain.
    """

    experiments: tuple
    areas: tuple
    series: dict
    cells: dict
    events: dict
    left_out: dict
    height: str = ""


def areas_of(latitude, longitude, land):
    """Return the :class:`Areas` of cells ``(n_cells,)``: the six standard regions, all surfaces and land."""
    names = tuple((name, surface) for name in STANDARD for surface in SURFACES)
    inside = {name: region.covers(latitude, longitude) for name, region in STANDARD.items()}
    masks = np.stack([inside[name] & (land if surface == "land" else True) for name, surface in names])
    return Areas(np.cos(np.radians(latitude)), masks, names)


def paired_slots(experiments, reference, leads=LEAD_DAYS):
    """Return the slots that all experiments have and the reference can verify, and how many were left out, by reason.

    Parameters
    ----------
    experiments : dict of str to iterable of Slot
    reference : iterable of Slot
    leads : sequence of int
        Days.
    """
    verified = {(slot.quantity, slot.vertical, slot.valid) for slot in reference if slot.lead == 0.0}
    wanted = {name: {slot for slot in slots if slot.lead in [24.0 * lead for lead in leads] and slot.quantity in UNITS}
              for name, slots in experiments.items()}
    every, common = set.union(*wanted.values()), set.intersection(*wanted.values())
    paired = {slot for slot in common if (slot.quantity, slot.vertical, slot.valid) in verified}
    left_out = {f"{name} lacks them": len(every - slots) for name, slots in wanted.items()}
    left_out["no analysis at the level and time"] = len(common - paired)
    return sorted(paired, key=lambda slot: (slot.valid, slot)), {reason: count for reason, count in left_out.items() if count}


def terrain_corrections(experiments, reference, grid):
    """Return what is added to errors of temperature at 2 m ``(n_cells,)`` by experiment, and what was done in words.

    An analysis ``r`` over terrain of the height ``z_r`` is ``r - LAPSE_RATE (z - z_r)`` at the height ``z`` of the model.
    Nothing is added where a height is missing.
    """
    heights = {name: files.terrain(grid) for name, files in {**experiments, "the analyses": reference}.items()}
    lacking = [name for name, height in heights.items() if height is None]
    if lacking:
        return {name: 0.0 for name in experiments}, ("Not corrected for differences of terrain: there is none in the files of "
                                                     f"{', '.join(lacking)}.")
    own = heights.pop("the analyses")
    return ({name: np.nan_to_num(LAPSE_RATE * (height - own)) for name, height in heights.items()},
            f"The analyses are brought to the terrain of the model with {1000.0 * LAPSE_RATE:g} K km-1.")


def score_fields(experiments, reference, grids, communicator, leads=LEAD_DAYS, say=lambda text: None):
    """Score temperature and humidity; return what :class:`ForecastScores` holds of them on the root, None elsewhere.

    Parameters
    ----------
    experiments : dict of str to ForecastFiles
        The first is the baseline.
    reference : ForecastFiles
    grids : dict of str to (grid, Areas)
        ``screen`` and ``profile``: verification grids.
    communicator : Communicator
    leads : sequence of int
        Days.

    Returns
    -------
    tuple
        ``series``, ``cells``, ``left_out`` and ``height`` of :class:`ForecastScores`.

    Raises
    ------
    InputError
        If no field has partners.
    """
    slots, left_out = paired_slots({name: files.slots() for name, files in experiments.items()}, reference.slots(), leads)
    if not slots:
        raise InputError("No field of temperature or humidity is there in all experiments and in the analyses "
                         f"({'; '.join(f'{count} left out: {reason}' for reason, count in left_out.items()) or 'none found'}). "
                         "Compare the levels and times that `landda obs info` tells of the files.")
    # Slots of one valid time share the analysis, so a rank takes whole times.
    times = sorted({slot.valid for slot in slots})[communicator.rank::communicator.size]
    series, cells = {}, {}
    corrections, height = terrain_corrections(experiments, reference, grids["screen"][0])
    for number, time in enumerate(times, 1):
        analysed = {}
        for slot in (slot for slot in slots if slot.valid == time):
            grid, areas = grids["screen" if slot.vertical == TWO_METRES else "profile"]
            if (slot.quantity, slot.vertical) not in analysed:
                analysed[slot.quantity, slot.vertical] = reference.read(slot._replace(start=slot.valid, lead=0.0), grid)
            errors = np.empty((len(experiments), grid.n_rows * grid.n_columns))
            for error, (name, files) in zip(errors, experiments.items()):
                np.subtract(files.read(slot, grid), analysed[slot.quantity, slot.vertical], out=error)
                error *= UNITS[slot.quantity][0]
                if (slot.quantity, slot.vertical) == ("air_temperature", TWO_METRES):
                    error += corrections[name]
            sums = _squares(list(experiments), slot, errors)
            errors[:, sums.count == 0] = np.nan  # what one lacks is left out for all
            series[slot] = np.stack([regional_rmsd(error, areas.weights, areas.masks) for error in errors])
            key = (slot.quantity, slot.vertical, slot.hour, slot.lead)
            if key in cells:
                cells[key].add(sums)
            else:
                cells[key] = sums
        say(f"{number} of {len(times)} times")
    every_series = communicator.gather_object(series)
    cells = _sum_over_ranks(cells, communicator)
    if not communicator.is_root:
        return None
    return dict(sorted({slot: rmsd for one in every_series for slot, rmsd in one.items()}.items())), cells, left_out, height


def _sum_over_ranks(cells, communicator):
    """Return the sums of all ranks by key on the root, an empty dict elsewhere; takes from ``cells`` what it sends.

    Each rank adds up a share of the cells, key by key, so that no rank holds what all have.
    """
    keys = communicator.gather_object(list(cells))
    keys = communicator.broadcast(sorted(set(sum(keys, []))) if communicator.is_root else None)
    total = {}
    for key in keys:
        own = cells.pop(key, None)
        shares = [None] * communicator.size
        if own is not None:
            edges = np.linspace(0, len(own.count), communicator.size + 1).astype(np.int64)
            shares = [own.of_cells(slice(first, last)) for first, last in zip(edges, edges[1:])]
        parts = [part for part in communicator.exchange_objects(shares) if part is not None]
        gathered = communicator.gather_object(sum(parts[1:], parts[0]))
        if communicator.is_root:
            total[key] = CellSums(*(np.concatenate(column, axis=-1) for column in zip(*gathered)))
    return total


def _squares(names, slot, errors):
    """Return the squared errors of a field, refusing those that no field has."""
    try:
        return squares_of(errors)
    except ValueError as found:
        number, text = found.args
        raise InputError(f"{names[number]}: {slot.quantity} at {slot.vertical}, {time_of(slot.valid)} UTC, lead {slot.lead:g} "
                         f"h, against the analysis: {text}") from found


def score_rain(experiments, gauges, grid, areas, communicator, lead_days=RAIN_LEAD_DAYS):
    """Count events of daily rain; return ``events`` and ``left_out`` of :class:`ForecastScores` on the root, None elsewhere.

    Parameters
    ----------
    experiments : dict of str to ForecastFiles
    gauges : GaugeFiles
        Daily means [kg m-2 s-1] at the start of the days.
    grid, areas
        Of the gauges.
    lead_days : sequence of int
        Day 1 is from 0 to 24 h after 00 UTC.
    """
    days = gauges.days
    starts = sorted(set.intersection(*(set(files.rain_starts()) for files in experiments.values())))
    wanted = [(start, lead) for start in starts for lead in lead_days]
    verified = [(start, lead) for start, lead in wanted if start + (lead - 1) * SECONDS_PER_DAY in days]
    regions = [(number, name) for number, (name, surface) in enumerate(areas.names) if surface == "all"]
    events, incomplete = {}, 0
    for start, lead in verified[communicator.rank::communicator.size]:
        forecasts = [files.daily_rain(start, lead, grid) for files in experiments.values()]
        if any(forecast is None for forecast in forecasts):
            incomplete += 1
            continue
        observed = gauges.daily_rain(start + (lead - 1) * SECONDS_PER_DAY)
        known = np.isfinite(observed) & np.isfinite(forecasts).all(axis=0)
        for name, forecast in zip(experiments, forecasts):
            for number, region in regions:
                used = known & areas.masks[number]
                counts = count_events(forecast[used], observed[used], THRESHOLDS)
                key = (name, lead, region)
                events[key] = counts if key not in events else events[key] + counts
    parts = communicator.gather_object((events, incomplete))
    if not communicator.is_root:
        return None
    total = {}
    for own, _ in parts:
        for key, counts in own.items():
            total[key] = counts if key not in total else total[key] + counts
    left_out = {"no gauges on the day": len(wanted) - len(verified),
                "rain that does not cover the day": sum(count for _, count in parts)}
    return total, {reason: count for reason, count in left_out.items() if count}
