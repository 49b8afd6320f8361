"""Compare the land model with reference results of Noah 3.3: single steps, columns over a year, a tower over a year.

The kind of file is told by its groups. In double precision single steps must meet the absolute tolerance stored with every
variable; long runs are compared freely where nothing freezes, and window by window from the stored states where freezing
amplifies rounding (a free run must then stay within five times the rounding envelope). Single precision is compared with the
differences that the reference shows between its own precisions.
"""

from typing import NamedTuple

import numpy as np

from landda_hpc.errors import InputError
from landda_hpc.noah.driver import Options
from landda_hpc.verification.noah_stages import stage_values
from landda_hpc.verification.reference import FLUXES, INTERMEDIATE, STATE, ReferenceModel
from landda_hpc.verification.report import Difference, Report, open_reference

#: Absolute tolerance of a free run by unit, where nothing freezes.
FREE_RUN = {"K": 1e-7, "m3 m-3": 1e-9, "m": 1e-9, "W m-2": 1e-5, "m s-1": 1e-9, "kg m-2 s-1": 1e-11, "-": 1e-7,
            "kg kg-1": 1e-10, "s": 1e-3, "s m-1": 1e-3, "N m-2": 1e-9, "kg m-2": 1e-6}
#: Largest differences of single steps in single precision: worst, 99th percentile, median.
SINGLE_STEP_FLOAT32 = {"t1": (3.4e-3, 1.6e-3, 1e-4), "stc": (6e-3, 8e-5, None), "smc": (1.5e-6, None, None),
                       "ch": (7e-6, None, None), "qle": (0.06, 0.02, 1e-3), "qh": (0.06, 0.02, 1e-3),
                       "ssoil": (0.03, None, None)}
#: The same of years: worst of columns that do not freeze; worst and rms of those that do. The reference gives its figures
#: to one or two digits, so each limit is the largest number that rounds to the figure.
YEAR_FLOAT32 = {"t1": (1.25e-3, 0.55, 0.035), "stc": (4.5e-3, 0.75, 0.035), "smc": (7.5e-6, None, None),
                "sneqv": (None, 6.5e-4, 2.5e-4)}
DAILY_LATENT_HEAT_FLOAT32 = 6.5e-3  # W m-2
#: Limits of windows of freezing columns and the least share of windows within them; other variables by their unit.
WINDOW_SHARES = {"stc": [(1e-6, 0.90), (1e-3, 0.98), (0.1, 1.0)], "t1": [(1e-6, 0.90), (1e-3, 0.98), (0.1, 1.0)],
                 "smc": [(1e-9, 0.90)], "sh2o": [(1e-6, 0.90)]}
#: Added to five times the rounding envelope of freezing columns, by unit; the others are those of a free run.
ENVELOPE_FLOORS = FREE_RUN | {"K": 1e-6}
ANNUAL_MEAN = 0.1  # W m-2, largest difference of the annual mean of a flux of a freezing column
NOT_COMPUTED_ON_GLACIERS = ("epsca",)  # the reference stores a placeholder


def verify_noah(path, precision="float64"):
    """Run the reference cases of a file and return a :class:`Report`.

    Parameters
    ----------
    path : str
        A file of single steps, of columns over a year or of one tower.
    precision : str
        ``float64`` or ``float32``.

    Raises
    ------
    InputError
        If the file is missing or has none of the three layouts.
    """
    with open_reference(path, "a reference file of Noah 3.3") as file:
        if "state_after" in file:
            differences, n_cases = _verify_single_steps(file, np.dtype(precision))
        elif "daily" in file:
            differences, n_cases = _verify_series(Series(file, "daily", 48), np.dtype(precision))
        elif "three_hourly" in file:
            differences, n_cases = _verify_series(Series(file, "three_hourly", 6), np.dtype(precision))
        else:
            raise InputError(f"{path} has none of the groups state_after, daily and three_hourly: it is not a "
                             "reference file of Noah 3.3.")
    return Report(str(path), precision, n_cases, differences)


def _flat(values):
    """Return values as ``(n_cases, n)``; differences are taken over the last axis."""
    return np.asarray(values, np.float64).reshape(len(values), -1)


def _worst(name, rule, found, expected, allowed, label):
    """Return a :class:`Difference` of arrays whose first axis is the case; NaN counts as infinitely far."""
    difference = np.abs(_flat(found) - _flat(expected))
    difference[np.isnan(difference)] = np.inf
    limit = np.broadcast_to(np.asarray(allowed, np.float64).reshape(-1, 1) if np.ndim(allowed) else allowed,
                            difference.shape)
    used = difference / np.maximum(limit, np.finfo(float).tiny)
    case, column = np.unravel_index(np.argmax(used), used.shape)
    worst = float(difference[case, column])
    size = abs(_flat(expected)[case, column])
    return Difference(name, rule, worst, worst / size if size > 0.0 else 0.0, float(limit[case, column]),
                      label(case), bool((difference <= limit).all()))


# ---- single steps


def _verify_single_steps(file, precision):
    groups = {name: dataset[()] for part in ("config", "params", "state")
              for name, dataset in file[f"inputs/{part}"].items()}
    forcing = {name: dataset[()] for name, dataset in file["inputs/forcing"].items()}
    found = {}
    for time_step in np.unique(groups["dt"]):
        cases = np.flatnonzero(groups["dt"] == time_step)
        inputs = {name: values[cases] for name, values in groups.items()}
        weather = {name: values[cases] for name, values in forcing.items()}
        for key, values in _one_step(inputs, weather, float(time_step), precision).items():
            store = found.setdefault(key, np.full((len(groups["dt"]), *values.shape[1:]), np.nan))
            store[cases] = values
    regimes = [name.decode() for name in file["regime"][()]]
    case_ids, glacial = file["case_id"][()], groups["ice"] != 0

    def label(case):
        return f"case {case_ids[case]} ({regimes[case]})"

    differences = []
    for key, values in found.items():
        expected = file[key][()]
        name = key.split("/")[1]
        if name in NOT_COMPUTED_ON_GLACIERS:
            values = np.where(glacial, expected, values)
        if precision == np.float32:
            differences += _compare_float32(name, values, expected, label)
        else:
            tolerance = float(file[key].attrs["suggested_abs_tol"])
            allowed = 1e-9 * np.abs(_flat(expected)).max(axis=1) if name == "rc" else tolerance
            differences.append(_worst(key, "one step, absolute", values, expected, allowed, label))
    return differences, len(case_ids)


def _one_step(inputs, weather, time_step, precision):
    """Return every result of one step by dataset name."""
    rows_wanted = list(dict.fromkeys([*FLUXES.values(), *INTERMEDIATE.values()]))
    runner = ReferenceModel(inputs, precision, outputs=[row for row in rows_wanted if row != "albedo"])
    runner.set_state(inputs)
    found = dict(stage_values(runner, weather, time_step, precision))
    runner.advance(weather, time_step)
    found |= {f"state_after/{name}": runner.state(name) for name in STATE}
    found |= {f"fluxes/{name}": runner.output(row) for name, row in FLUXES.items()}
    found |= {f"intermediate/{name}": runner.state("albedo") if row == "albedo" else runner.output(row)
              for name, row in INTERMEDIATE.items()}
    for suffix, options in (("off", Options(older_surface_layer=True)),
                            ("iz0tlnd1", Options(roughness_dependent_czil=True))):
        other = ReferenceModel(inputs, precision, options, outputs=["friction_velocity"])
        other.set_state(inputs)
        other.advance(weather, time_step)
        found[f"intermediate/ch_{suffix}"] = other.state("ch")
        found[f"intermediate/cm_{suffix}"] = other.state("cm")
        if suffix == "off":
            found["intermediate/ustar_off"] = other.output("friction_velocity")
    return found


def _compare_float32(name, found, expected, label):
    if name not in SINGLE_STEP_FLOAT32:
        return []
    worst, high, median = SINGLE_STEP_FLOAT32[name]
    difference = np.abs(_flat(found) - _flat(expected)).max(axis=1)
    rows = [_worst(name, "one step, worst", found, expected, worst, label)]
    for rule, value, allowed in (("one step, 99th percentile", np.percentile(difference, 99), high),
                                 ("one step, median", np.median(difference), median)):
        if allowed is not None:
            rows.append(Difference(name, rule, float(value), 0.0, allowed, "", bool(value <= allowed)))
    return rows


# ---- years


class Series:
    """A reference file of trajectories, its arrays ``(n_columns, ...)`` also for one tower.

    Attributes
    ----------
    window : int
        Steps between stored states.
    """

    def __init__(self, file, outputs, window):
        single = file["forcing/tair"].ndim == 1

        def read(group):
            return {name: dataset[()][None] if single else dataset[()] for name, dataset in file[group].items()}

        self.window, self.steps_per_day = window, 48
        self.static, self.initial = read("static"), read("initial_state")
        self.forcing, self.daily = read("forcing"), read("daily_params")
        self.state, self.flux = read(f"{outputs}/state"), read(f"{outputs}/flux_mean")
        self.first_state, self.first_flux = read("first_steps/state"), read("first_steps/flux")
        self.final = read("final_state") if "final_state" in file else None
        self.envelope = read("rounding_envelope/state/rms")
        self.envelope_flux = read("rounding_envelope/flux_mean/rms")
        self.units = {name: dataset.attrs["units"] for part in ("state", "flux_mean")
                      for name, dataset in file[f"{outputs}/{part}"].items()}
        self.n_columns, self.n_windows = self.state["t1"].shape[:2]
        self.groups = [name.decode() for name in file["group"][()]] if "group" in file else ["freezing"]
        self.labels = ([f"column {number} ({name.decode()})" for number, name
                        in zip(file["column_id"][()], file["name"][()])] if "column_id" in file else ["tower"])
        self.time_step = float(self.static["dt"][0])

    def day(self, step):
        """Return the index of the daily parameters of a step."""
        return np.asarray(step) // self.steps_per_day

    def seasonal(self, step):
        """Return the daily parameters of a step, ``(n_columns,)`` each."""
        return {name: values[:, self.day(step)] for name, values in self.daily.items()}


class Trajectory(NamedTuple):
    """States after each window and means of the fluxes over it, ``(n_columns, n_windows[, n_layers])``; first steps."""

    state: dict
    flux: dict
    first_state: dict
    first_flux: dict


def _run_freely(series, precision):
    """Return the :class:`Trajectory` of a run from the initial state that is never corrected."""
    runner = ReferenceModel(series.static | series.seasonal(0) | {"z0brd_old": series.initial["z0brd_old"]}, precision,
                            outputs=list(FLUXES.values()))
    runner.set_state(series.initial)
    state, flux, first_state, first_flux = {}, {}, {}, {}
    sums, previous = {}, series.initial["z0brd_old"]
    n_first = series.first_state["t1"].shape[1]
    for step in range(series.n_windows * series.window):
        if step % series.steps_per_day <= 1:
            seasonal = series.seasonal(step)
            runner.set_parameters(seasonal | {"z0brd_old": previous})
            previous = seasonal["z0brd"]
        runner.advance({name: values[:, step] for name, values in series.forcing.items()}, series.time_step)
        for name, row in FLUXES.items():
            value = runner.output(row)
            sums[name] = sums.get(name, 0.0) + value
            if step < n_first:
                first_flux.setdefault(name, []).append(value)
        if step < n_first:
            for name in STATE:
                first_state.setdefault(name, []).append(runner.state(name).copy())
        if (step + 1) % series.window == 0:
            for name in STATE:
                state.setdefault(name, []).append(runner.state(name).copy())
            for name in FLUXES:
                flux.setdefault(name, []).append(sums[name] / series.window)
            sums = {}
    return Trajectory(*({name: np.stack(values, axis=1) for name, values in part.items()}
                        for part in (state, flux, first_state, first_flux)))


def _run_windows(series, precision):
    """Return states and mean fluxes of every window started from the stored state before it, all windows at once."""
    columns, windows = (array.ravel() for array in np.meshgrid(np.arange(series.n_columns),
                                                               np.arange(series.n_windows), indexing="ij"))
    steps = windows * series.window
    start = {}
    for name in STATE:
        first = series.initial[name][:, None]
        before = np.concatenate([first, series.state[name][:, :-1]], axis=1)
        start[name] = before[columns, windows]
    previous = np.where(windows == 0, series.initial["z0brd_old"][columns],
                        series.daily["z0brd"][columns, series.day(np.maximum(steps - 1, 0))])
    static = {name: values[columns] for name, values in series.static.items()}
    seasonal = {name: values[columns, series.day(steps)] for name, values in series.daily.items()}
    runner = ReferenceModel(static | seasonal | {"z0brd_old": previous}, precision, outputs=list(FLUXES.values()))
    runner.set_state(start)
    sums = {}
    for offset in range(series.window):
        if offset == 1:
            runner.set_parameters({"z0brd_old": seasonal["z0brd"]})
        runner.advance({name: values[columns, steps + offset] for name, values in series.forcing.items()},
                       series.time_step)
        for name, row in FLUXES.items():
            sums[name] = sums.get(name, 0.0) + runner.output(row)
    shape = (series.n_columns, series.n_windows)
    state = {name: runner.state(name).reshape(*shape, *runner.state(name).shape[1:]) for name in STATE}
    flux = {name: (values / series.window).reshape(*shape, *values.shape[1:]) for name, values in sums.items()}
    return state, flux


def _verify_series(series, precision):
    free = _run_freely(series, precision)
    state, flux = _run_windows(series, precision)
    freezing = np.array([group == "freezing" for group in series.groups])
    if precision == np.float32:
        differences = _compare_year_float32(series, free, freezing)
    else:
        differences = (_compare_end(series, precision) + _compare_free(series, free, ~freezing)
                       + _compare_windows(series, state, flux, freezing)
                       + _compare_first_steps(series, free, freezing) + _compare_envelope(series, free, freezing))
    return differences, series.n_columns * series.n_windows


def _column_label(series, columns):
    return lambda case: series.labels[np.flatnonzero(columns)[case]]


def _tolerance(series, name, expected):
    """Return the tolerance of each column in a free run; only a resistance, which reaches 1e12 s m-1, has a relative one."""
    relative = 1e-9 if name == "rc" else 0.0
    return FREE_RUN[series.units[name]] + relative * np.abs(_flat(expected)).max(axis=1)


def _compare_free(series, free, columns):
    """Compare the free run of columns that never freeze: every stored variable, and every one of the first steps."""
    if not columns.any():
        return []
    rows = []
    for rule, stored, found in (("free run, not freezing", series.state, free.state),
                                ("free run, not freezing", series.flux, free.flux),
                                ("first steps, not freezing", series.first_state, free.first_state),
                                ("first steps, not freezing", series.first_flux, free.first_flux)):
        for name, values in found.items():
            expected = stored[name][columns]
            rows.append(_worst(name, rule, values[columns], expected, _tolerance(series, name, expected),
                               _column_label(series, columns)))
    return rows


def _compare_windows(series, state, flux, freezing):
    """Compare windows restarted from the stored states: all of columns that do not freeze, shares of those that do."""
    rows = []
    for stored, found in ((series.state, state), (series.flux, flux)):
        for name, values in found.items():
            expected = stored[name]
            if not freezing.all():
                rows.append(_worst(name, "restarted windows, not freezing", values[~freezing], expected[~freezing],
                                   _tolerance(series, name, expected[~freezing]), _column_label(series, ~freezing)))
            if freezing.any():
                limits = WINDOW_SHARES.get(name, [(10.0 * FREE_RUN[series.units[name]], 0.90)])
                rows += [_share(series, name, values, expected, freezing, *limit) for limit in limits]
    return rows


def _share(series, name, values, expected, columns, limit, share, what="window"):
    """Return whether at least ``share`` of the windows (or steps) of some columns are within ``limit``."""
    expected = expected[columns].reshape(columns.sum(), expected.shape[1], -1)
    difference = np.abs(values[columns].reshape(expected.shape) - expected)
    difference[np.isnan(difference)] = np.inf
    relative = 1e-9 if name == "rc" else 0.0
    within = float((difference <= limit + relative * np.abs(expected)).all(axis=2).mean())
    column, window, _ = np.unravel_index(difference.argmax(), difference.shape)
    return Difference(name, f"freezing {what}s, at least {share:.0%} within: {within:.3%}", float(difference.max()),
                      0.0, limit, f"{_column_label(series, columns)(column)}, {what} {window}", within >= share)


def _compare_end(series, precision):
    """Compare the state after the steps that follow the last stored window, where the file has it."""
    if series.final is None:
        return []
    first, last = series.n_windows * series.window, series.forcing["tair"].shape[1]
    seasonal = series.seasonal(first)
    runner = ReferenceModel(series.static | seasonal | {"z0brd_old": series.seasonal(first - 1)["z0brd"]}, precision)
    runner.set_state({name: series.state[name][:, -1] for name in STATE})
    for step in range(first, last):
        runner.set_parameters(series.seasonal(step))
        runner.advance({name: values[:, step] for name, values in series.forcing.items()}, series.time_step)
    return [_worst(name, "last state, from the last window", runner.state(name), series.final[name],
                   FREE_RUN[series.units[name]], lambda case: series.labels[case]) for name in STATE]


def _compare_first_steps(series, free, freezing):
    """Compare shares of the first steps of a free run of freezing columns, before rounding has grown."""
    if not freezing.any():
        return []
    rows = []
    for stored, found in ((series.first_state, free.first_state), (series.first_flux, free.first_flux)):
        for name, values in found.items():
            limit, share = WINDOW_SHARES.get(name, [(10.0 * FREE_RUN[series.units[name]], 0.90)])[0]
            rows.append(_share(series, name, values, stored[name], freezing, limit, share, "first step"))
    return rows


def _compare_envelope(series, free, columns):
    """Compare a free run of freezing columns with the spread that rounding causes, and its annual means."""
    if not columns.any():
        return []
    rows = []
    for found, stored, envelope in ((free.state, series.state, series.envelope),
                                    (free.flux, series.flux, series.envelope_flux)):
        for name, values in found.items():
            squared = (values - stored[name])[columns] ** 2
            rms = np.sqrt(squared.reshape(len(squared), -1).mean(axis=1))
            allowed = 5.0 * envelope[name][columns] + ENVELOPE_FLOORS[series.units[name]]
            rows.append(_worst(name, "free run, rms within 5 rounding envelopes", rms, np.zeros_like(rms), allowed,
                               _column_label(series, columns)))
    for name, values in free.flux.items():
        if series.units[name] == "W m-2":
            rows.append(_worst(name, "free run, annual mean", values[columns].mean(axis=1),
                               series.flux[name][columns].mean(axis=1), ANNUAL_MEAN, _column_label(series, columns)))
    return rows


def _compare_year_float32(series, free, freezing):
    """Compare a free run with the figures of the reference's own single precision, which it does not give for glaciers."""
    rows = []
    thawed = np.array([group == "non_freezing" for group in series.groups])
    for name, (worst, worst_freezing, rms) in YEAR_FLOAT32.items():
        for columns, allowed, rule in ((thawed, worst, "free run, not freezing"),
                                       (freezing, worst_freezing, "free run, freezing")):
            if allowed is not None and columns.any():
                rows.append(_worst(name, rule, free.state[name][columns], series.state[name][columns], allowed,
                                   _column_label(series, columns)))
        if rms is not None and freezing.any():
            squared = (free.state[name] - series.state[name])[freezing] ** 2
            found = np.sqrt(squared.reshape(len(squared), squared.shape[1], -1).mean(axis=1)).max(axis=1)
            rows.append(_worst(name, "free run, freezing, rms", found, np.zeros_like(found), rms,
                               _column_label(series, freezing)))
    if thawed.any():
        rows.append(_worst("qle", "free run, daily means, not freezing", free.flux["qle"][thawed],
                           series.flux["qle"][thawed], DAILY_LATENT_HEAT_FLOAT32, _column_label(series, thawed)))
    if freezing.any():
        rows.append(_worst("qle", "free run, annual mean, freezing", free.flux["qle"][freezing].mean(axis=1),
                           series.flux["qle"][freezing].mean(axis=1), 0.024, _column_label(series, freezing)))
    return rows
