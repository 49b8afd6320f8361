"""A class of the user's as the atmosphere: found, called by the names of the protocol, on all ranks or the root, checked."""

import inspect
from pathlib import Path

import numpy as np
import pytest

import landda_hpc.config
from landda_hpc.config import load_config
from landda_hpc.coupling.atmosphere import Atmosphere, Outputs
from landda_hpc.coupling.command_atmosphere import CommandAtmosphere
from landda_hpc.coupling.file_atmosphere import FileAtmosphere
from landda_hpc.coupling.python_atmosphere import PythonAtmosphere, named_class
from landda_hpc.coupling.weather_atmosphere import WeatherAtmosphere
from landda_hpc.errors import ConfigError, InputError
from landda_hpc.parallel import SerialCommunicator, run_in_process

EXAMPLE = Path(landda_hpc.config.__file__).parent / "templates" / "my_atmosphere.py"
START, HOUR = np.datetime64("2022-07-01T00:00:00", "s"), np.timedelta64(3600, "s")
CYCLE = Outputs((START, START + 6 * HOUR), (START + 3 * HOUR,), (START, START + 6 * HOUR, START + 9 * HOUR))
#: The operations of the specification of the coupling and their arguments.
PROTOCOL = {"describe": [], "cold_start": ["time", "source"], "save": ["restart", "path"], "load": ["path"],
            "run": ["restart", "t0", "t1", "soil_moisture", "increments", "outputs"], "observe": ["trajectory", "obs"]}


@pytest.fixture
def example():
    """The class of the template."""
    return named_class("my_atmosphere:MyAtmosphere", EXAMPLE.parent)


@pytest.mark.parametrize("kind", [Atmosphere, WeatherAtmosphere, FileAtmosphere, CommandAtmosphere, PythonAtmosphere])
def test_every_atmosphere_has_the_six_operations(kind):
    for name, arguments in PROTOCOL.items():
        found = inspect.signature(getattr(kind, name)).parameters
        assert list(found)[1:] == arguments
    defaults = {name: value.default for name, value in inspect.signature(kind.run).parameters.items()}
    assert defaults["soil_moisture"] is None and defaults["increments"] is None and defaults["outputs"] == Outputs()


@pytest.mark.parametrize("name, message", [
    ("nothing:Class", "nothing cannot be imported"), ("my_atmosphere:Absent", "Absent of .* is no subclass"),
    ("my_atmosphere:AIR", "AIR of .* is no subclass"),
    ("landda_hpc.coupling.atmosphere:Atmosphere", "lacks cold_start, describe, load, run, save of the operations")])
def test_what_is_no_atmosphere_is_refused(name, message):
    with pytest.raises(ConfigError, match=message):
        named_class(name, EXAMPLE.parent)


def test_operations_of_other_arguments_are_refused(tmp_path):
    text = EXAMPLE.read_text().replace("soil_moisture=None, increments=None, outputs", "soil_moisture=None, outputs")
    (tmp_path / "other_atmosphere.py").write_text(text)
    with pytest.raises(ConfigError, match=r"run of .* takes \(self, restart, t0, t1, soil_moisture, outputs\), expected"):
        named_class("other_atmosphere:MyAtmosphere", tmp_path)


def spoiled(example, spoil):
    """The example whose runs are spoiled."""
    class Spoiled(example):
        def run(self, *given, **more):
            return spoil(super().run(*given, **more))

    return PythonAtmosphere(Spoiled, {}, SerialCommunicator())


def with_field(result, name, values):
    return result._replace(forcing=result.forcing._replace(fields={**result.forcing.fields, name: values}))


def changed(values, row, column, value):
    values = values.copy()
    values[row, column] = value
    return values


SPOILED = {
    "psurf is not within 30000 to 110000 Pa in 1 of .* first 950 at 2022-07-01T02:00:00 UTC in column 3":
        lambda run: with_field(run, "psurf", changed(run.forcing.fields["psurf"], 2, 3, 950.0)),
    "tair is missing or no number": lambda run: with_field(run, "tair", changed(run.forcing.fields["tair"], 0, 0, np.nan)),
    r"tair of forcing has the shape \(7, 5\), expected": lambda run: with_field(run, "tair", np.full((7, 5), 280.0)),
    "not known snow": lambda run: with_field(run, "snow", run.forcing.fields["tair"]),
    "missing are lwdown": lambda run: run._replace(forcing=run.forcing._replace(
        fields={name: values for name, values in run.forcing.fields.items() if name != "lwdown"})),
    "the times of forcing are .* expected 2022-07-01T00:00:00 to": lambda run: run._replace(
        forcing=run.forcing._replace(time=run.forcing.time + HOUR)),
    "7200, 3600 s apart|3600, 7200 s apart": lambda run: run._replace(forcing=run.forcing._replace(
        time=np.delete(run.forcing.time, 2), fields={name: np.delete(values, 2, axis=0)
                                                     for name, values in run.forcing.fields.items()})),
    "no restart of 2022-07-01T03:00:00": lambda run: run._replace(restarts={}),
    "forecast is NoneType": lambda run: run._replace(forecast=None), "returned NoneType": lambda run: None}


@pytest.mark.parametrize("message", SPOILED)
def test_what_cannot_be_handed_over_is_refused(example, message):
    atmosphere = spoiled(example, SPOILED[message])
    with pytest.raises(InputError, match=f"run from 2022-06-30T21:00:00 to 2022-07-01T09:00:00 UTC.*({message})"):
        atmosphere.run(atmosphere.cold_start(START - 3 * HOUR), START - 3 * HOUR, START + 9 * HOUR, outputs=CYCLE)


def test_noise_around_no_rain_becomes_none(example):
    atmosphere = spoiled(example, lambda run: with_field(run, "rainf", np.full_like(run.forcing.fields["rainf"], -1e-8)))
    run = atmosphere.run(atmosphere.cold_start(START - 3 * HOUR), START - 3 * HOUR, START + 9 * HOUR, outputs=CYCLE)
    assert (run.forcing.fields["rainf"][1:] == 0.0).all()


@pytest.mark.parametrize("on_root_alone", [True, False])
def test_on_all_ranks_or_the_root_alone(example, on_root_alone):
    called = []

    class Counted(example):
        def run(self, *given, **more):
            called.append(self)
            return super().run(*given, **more)

    Counted.on_root_alone = on_root_alone

    def use(communicator):
        atmosphere = PythonAtmosphere(Counted, {"resolution": 30.0}, communicator)
        assert atmosphere.describe().columns.n_columns == 72
        return atmosphere.run(atmosphere.cold_start(START), START, START + 9 * HOUR, np.full((4, 72), 0.2), outputs=CYCLE)

    results = run_in_process(3, use)
    assert len(called) == (1 if on_root_alone else 3)
    assert results[0].forcing.fields["tair"][0, 0] == pytest.approx(288.0 + 1.0 + 5.0 * np.sin(-0.75 * np.pi))
    assert (results[1].forcing is None) == on_root_alone and set(results[1].restarts) == {START + 3 * HOUR}


def test_the_section_of_a_class(tmp_path):
    path = tmp_path / "run.yaml"
    path.write_text("run: {start: 2022-07-01, end: 2022-07-02, time_step: 1h}\ndomain: {file: 5deg}\n"
                    "atmosphere: {kind: python, object: my_atmosphere:MyAtmosphere, arguments: {resolution: 30}}\n")
    assert load_config(path).atmosphere.arguments == {"resolution": 30}
    for change, message in (("atmosphere.object=null", "object is missing"), ("atmosphere.object=no/path.py", "pattern"),
                            ("atmosphere.kind=weather", "object belongs to kind: python")):
        with pytest.raises(ConfigError, match=message):
            load_config(path, (change,))
