"""The configuration of a twin experiment: a truth, what is observed of it, and experiments that see it through errors."""

from typing import Annotated, Literal

from pydantic import Field, ValidationError, model_validator

from landda_hpc.config.atmosphere import Atmosphere
from landda_hpc.config.observations import Sensors
from landda_hpc.config.run_config import RunConfig
from landda_hpc.config.section import Section
from landda_hpc.config.sections import Variation, WeatherErrors
from landda_hpc.config.values import Duration, Time
from landda_hpc.errors import ConfigError


class Truth(Section):
    """What the truth has and the experiments do not know."""

    variation: Variation = Variation()
    soil_table: Literal["statsgo", "statsgo_wrf39"] = Field("statsgo_wrf39", description="soil table of the truth")


class Products(Section):
    """Simulated satellite products."""

    seed: int = Field(7, ge=0, description="seed of their errors")
    spacing: float | None = Field(None, gt=0.0, description="distance of footprints [km]; by default a quarter of the grid's")
    assimilated: tuple[Literal["ascat_b", "ascat_c", "smap"], ...] = Field(
        ("ascat_b", "ascat_c", "smap"), description="products for the assimilation, from the start of the record")
    record_every: int = Field(1, ge=1, description="simulate the record on every so-manieth day only: a climatology needs "
                                                   "years more than it needs every day")
    keep: bool = Field(True, description="keep the product files once they are gridded; they take 5 MB a day on a coarse grid")
    evaluation: tuple[Literal["amsr2", "smos"], ...] = Field(
        ("amsr2", "smos"), description="products for the triple collocation, from evaluate_from")


class Twin(Section):
    """A twin experiment."""

    name: str = Field("twin", description="name")
    folder: str | None = Field(None, description="folder of all results; twin/<name> by default")
    record_start: Time = Field(description="UTC start of the record that climatologies are made from; it ends where the "
                                           "ensemble begins")
    start: Time = Field(description="UTC start of the assimilation")
    evaluate_from: Time = Field(description="UTC start of the evaluation; what is before is burn-in")
    end: Time = Field(description="UTC end")
    spin_up_years: int = Field(5, ge=0, le=1000, description="of truth and model, before the record")
    spin_up_cycle: tuple[int, int] | None = Field(None, description="years whose weather the spin-up repeats")
    ensemble: Duration = Field(28 * 86400, ge=0, description="open-loop ensemble before the assimilation starts")
    truth: Truth = Truth()
    weather_errors: WeatherErrors = WeatherErrors()
    products: Products = Products()

    @model_validator(mode="after")
    def _check(self):
        times = [("record_start", self.record_start), ("start", self.start), ("evaluate_from", self.evaluate_from),
                 ("end", self.end)]
        for (earlier, first), (later, second) in zip(times[:-1], times[1:]):
            if first > second or (later, first) == ("end", second):
                raise ValueError(f"{later} {second} is before {earlier} {first}")
        return self


class TwinConfig(Section):
    """A whole configuration of a twin experiment; ``common`` is what all its runs share, as in the configuration of a run."""

    twin: Twin
    common: dict = Field({}, description="sections of a run that all runs share: domain, noah, ensemble, perturb, enkf, "
                                         "model_qc, run.time_step ...")
    sensors: Sensors = Field(Sensors.model_validate({"ascat": {}, "smap": {}}),
                             description="settings of the sensors; experiments choose among them")
    atmosphere: Atmosphere | None = Field(None, description="that the experiments are coupled with, as in the configuration of "
                                                            "a run; truth and the record of the model are not coupled")
    experiments: dict[str, tuple[Annotated[str, Field(pattern="^(ascat|smap)$")], ...]] = Field(
        {"CTL": (), "SG_AT": ("ascat",), "SG_SP": ("smap",), "MT_ATSP": ("ascat", "smap")},
        description="sensors of each experiment")

    @model_validator(mode="after")
    def _check(self):
        missing = sorted({sensor for chosen in self.experiments.values() for sensor in chosen} - set(self.sensors.enabled()))
        if missing:
            raise ValueError(f"experiments use {', '.join(missing)}, which sensors leaves out")
        return self

    def run(self, name, folder, start, end, more, leave_out=()):
        """Return the :class:`RunConfig` of one run: the common sections, but for those left out, with its own on top."""
        document = {key: dict(value) if isinstance(value, dict) else value for key, value in self.common.items()
                    if key not in leave_out}
        own = {"run": {"name": name, "folder": str(folder), "start": str(start), "end": str(end)}, **more}
        for section, values in own.items():
            document[section] = {**document.get(section, {}), **values}
        try:
            return RunConfig.model_validate(document)
        except ValidationError as error:
            problems = [f"{'.'.join(map(str, item['loc']))}: {item['msg'].removeprefix('Value error, ')}"
                        for item in error.errors()]
            raise ConfigError(f"The run {name} of the twin, common and its own sections together, cannot be configured:\n  "
                              + "\n  ".join(problems)) from None
