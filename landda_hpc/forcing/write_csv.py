"""Write towers in the layout of :mod:`landda_hpc.forcing.tower_csv`, so that reading gives the same numbers back."""

from landda_hpc.errors import InputError
from landda_hpc.forcing.tower import EXCHANGE_BOUNDS
from landda_hpc.forcing.tower_csv import SITE_CLASSES, SITE_NUMBERS, START_PREFIX, open_text
from landda_hpc.variables import FORCING, STATE


def write_tower_csv(path, record, observations_path=None):
    """Write a record; observations on other times than the forcing go to `observations_path`.

    Parameters
    ----------
    path : str or Path
        Ends in ``.gz`` for a compressed file.
    record : TowerRecord
    observations_path : str or Path or None
        Needed only if some observations have another interval than the forcing; they must share one time axis.
    """
    together = {name: series for name, series in record.observations.items()
                if series.interval == record.interval and _same_times(series.times, record.times)}
    apart = {name: series for name, series in record.observations.items() if name not in together}
    if apart and observations_path is None:
        raise InputError(f"{path}: the observations {', '.join(apart)} have other times than the forcing; "
                         "give observations_path for them.")
    columns = {f"{name}[{FORCING[name].units}]": getattr(record, name) for name in FORCING}
    columns |= {f"{name}[{STATE[name].units}]": getattr(record, name) for name in EXCHANGE_BOUNDS
                if getattr(record, name) is not None}
    _write(path, _header(record) + [f"interval: {record.interval}"], record.times, {**columns, **_columns(together)})
    if apart:
        first = next(iter(apart.values()))
        if not all(series.interval == first.interval and _same_times(series.times, first.times)
                   for series in apart.values()):
            raise InputError(f"{observations_path}: observations with different times do not fit into one file.")
        _write(observations_path, [f"interval: {first.interval}"], first.times, _columns(apart))


def _same_times(first, second):
    return first.shape == second.shape and bool((first == second).all())


def _columns(observations):
    return {f"obs_{name}[{series.units}]": series.values for name, series in observations.items()}


def _header(record):
    site = record.site
    lines = [f"name: {site.name}"]
    lines += [f"{key}: {getattr(site, key)!r}" for key in SITE_NUMBERS + SITE_CLASSES]
    lines.append("greenness: " + _joined(site.greenness))
    for name, value in (site.initial_state or {}).items():
        lines.append(f"{START_PREFIX}{name}: {_joined(value) if isinstance(value, tuple) else repr(value)}")
    lines += ["labels: start", "utc_offset: 0"]
    lines += [f"set_up: {text}" for text in site.set_up]
    lines += [f"note: {text}" for text in record.notes]
    return lines


def _joined(values):
    return " ".join(repr(float(value)) for value in values)


def _write(path, header, times, columns):
    with open_text(path, "wt") as file:
        for line in header:
            file.write(f"# {line}\n")
        file.write(",".join(["time", *columns]) + "\n")
        for row, time in enumerate(times):
            cells = [repr(float(values[row])) for values in columns.values()]
            file.write(f"{time}," + ",".join(cells) + "\n")
