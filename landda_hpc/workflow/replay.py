"""Columns that go wrong: the file that holds one with all its inputs, and its step run again with every value shown."""

from pathlib import Path

import h5py
import numpy as np

from landda_hpc import variables
from landda_hpc.errors import ColumnError, InputError
from landda_hpc.noah import ice
from landda_hpc.noah.column import STATUS
from landda_hpc.noah.driver import LandModel, Options
from landda_hpc.noah.parameters import NAMES, LandParameters
from landda_hpc.noah.tiles import rows
from landda_hpc.noah.types import Beside, Forcing

FORMAT = "landda_hpc replay 2"


def save_column(folder, model, point, member, global_point, forcing, received, time_step, beside, where):
    """Write the inputs of one column's failed step and return the path.

    ``forcing`` and ``beside`` are those of the step, ``received`` the shortwave, longwave and precipitation of the member;
    ``where`` maps attribute names to text (place, time, rank).
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"point{global_point}_member{member}.nc"
    values = [float(np.asarray(field)[point]) for field in forcing[:5]]
    values += [float(value) for value in received]
    with h5py.File(path, "w") as file:
        file.attrs["format"] = FORMAT
        file.attrs["time_step"] = time_step
        file.attrs["precision"] = model.dtype.name
        file.attrs["status"] = int(model.status[point, member])
        for name, value in (*where.items(), *model.options._asdict().items()):
            file.attrs[name] = " ".join(value) if isinstance(value, tuple) else value
        for name, values_of_points in beside._asdict().items():
            file[f"beside/{name}"] = np.broadcast_to(values_of_points, model.n_points)[point]
        for name in variables.STATE:
            file[f"state/{name}"] = getattr(model.state, name)[..., point, member]
        for name in (*NAMES, "layer_thickness"):
            file[f"parameters/{name}"] = model.parameters[name][..., point]
        for name, value in zip(variables.FORCING, values):
            file[f"forcing/{name}"] = value
    return path


def column_error(folder, model, band, points, forcing, first_point, by_member, time_step, beside, time, step, rank):
    """Return the :class:`ColumnError` of the first column whose status is not zero, with its replay file written.

    ``by_member`` holds the forcing of the members ``(3, n, n_members)`` of the points from ``first_point`` on.
    """
    point, member = (int(index) for index in np.argwhere(model.status)[0])
    global_point = band.start + point
    latitude, longitude = points.latitude[global_point], points.longitude[global_point]
    name = f" {points.names[global_point]}" if points.names else ""
    place = (f"{abs(latitude):.2f} {'N' if latitude >= 0 else 'S'} {abs(longitude):.2f} "
             f"{'E' if longitude >= 0 else 'W'}{name} (point {global_point}), member {member}, rank {rank}")
    when = f"{time}, step {step}, dt {time_step:g} s"
    received = by_member[:, point - first_point, member]
    path = save_column(folder, model, point, member, global_point, forcing, received, time_step, beside,
                       {"where": place, "when": when})
    value = describe(path)
    return ColumnError(f"{STATUS[int(model.status[point, member])]} after the Noah step\n"
                       f"  where  {place}\n  when   {when}\n  value  {value}\n"
                       f"  count  {int((model.status > 0).sum())} columns of this rank\n"
                       f"  saved  {path}    try: landda replay {path}")


def run_again(path):
    """Run the step of a replay file again.

    Returns
    -------
    attributes : dict
        Place, time and status as stored.
    values : dict
        Every row of the kernel after the step, name -> scalar or ``(n_layers,)``.
    before : dict
        The state before the step, the forcing and what came with it.
    """
    try:
        file = h5py.File(path, "r")
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error}. Expected a file written for a failed column.") from error
    with file:
        if file.attrs.get("format") != FORMAT:
            raise InputError(f"{path} is no replay file: its format is {file.attrs.get('format')!r}, expected {FORMAT!r}.")
        attributes = dict(file.attrs)
        state = {name: file[f"state/{name}"][()] for name in variables.STATE}
        stored = {name: dataset[()] for name, dataset in file["parameters"].items()}
        forcing = {name: float(dataset[()]) for name, dataset in file["forcing"].items()}
        beside = Beside(**{name: float(dataset[()]) for name, dataset in file["beside"].items()})
    n_layers = len(state["soil_temperature"])
    parameters = LandParameters(n_layers, 1)
    for name, value in stored.items():
        parameters[name][..., 0] = value
    outputs = [*rows.STEP, *rows.LAYERED_STEP]
    options = Options(bool(attributes["older_surface_layer"]), bool(attributes["roughness_dependent_czil"]),
                      tuple(str(attributes["as_271"]).split()))
    model = LandModel(parameters, 1, outputs, attributes["precision"], options)
    for name, value in state.items():
        getattr(model.state, name)[..., 0, 0] = value
    fields = Forcing(*(np.array([forcing[name]]) for name in variables.FORCING))
    by_member = [field[:, None] for field in fields[5:]]
    model.advance(fields, *by_member, float(attributes["time_step"]), beside)
    values = {name: view[..., 0, 0] for name, view in model.outputs.items()}
    return attributes, values, state | forcing | {"parameters": stored, "beside": beside}


def describe(path):
    """Return in one line what is out of bounds in the step of a replay file."""
    _, values, before = run_again(path)
    bad = [name for name in variables.FORCING if not np.isfinite(before[name])]
    bad += [name for name, value in values.items() if not np.isfinite(value).all()]
    if bad:
        return "not finite: " + ", ".join(bad[:6])
    moisture, porosity = np.atleast_1d(values["new_total"]), before["parameters"]["porosity"]
    land = before["parameters"]["surface_kind"] == ice.LAND
    soil = f"soil_moisture {' '.join(f'{value:.4f}' for value in moisture)}, porosity {porosity:.3f}, " if land else ""
    return (f"{soil}soil_temperature before {' '.join(f'{value:.2f}' for value in before['soil_temperature'])} K, "
            f"residuals {float(values['water_closure']):.3g} m and {float(values['energy_closure']):.3g} W m-2")


def replay_text(path):
    """Return the failed step of a replay file, every value by name with its units."""
    attributes, values, before = run_again(path)
    status = int(attributes["status"])
    lines = [f"{path}", f"  where   {attributes['where']}", f"  when    {attributes['when']}",
             f"  status  {status}: {STATUS.get(status, 'good')} (now {int(values['status'])})", "", "before the step"]
    units = {name: variable.units for name, variable in (*variables.STATE.items(), *variables.FORCING.items())}
    lines += [_line(name, before[name], units[name]) for name in units]
    lines += [_line(name, value, units) for (name, units), value in zip(rows.BESIDE_FORCING.items(), before["beside"])
              if np.isfinite(value)]
    lines += ["", "parameters"]
    described = rows.SEASONAL_PARAMETERS | rows.STATIC_PARAMETERS | {"layer_thickness": "m"}
    lines += [_line(name, before["parameters"][name], described[name]) for name in described]
    lines += ["", "values of the step, in the order of the processes"]
    described = rows.STEP | rows.LAYERED_STEP
    lines += [_line(name, values[name], described[name]) for name in described]
    return "\n".join(lines)


def _line(name, value, units):
    numbers = " ".join(f"{number:.10g}" for number in np.atleast_1d(value))
    mark = "" if np.isfinite(value).all() else "   <- not finite"
    return f"  {name:38s} {numbers}  [{units}]{mark}"
