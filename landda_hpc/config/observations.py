"""The sections of a configuration that concern observations: which sensors, their quality control, their times."""

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from landda_hpc.config.section import Fraction, Positive, Section
from landda_hpc.config.values import Duration

Percentage = Annotated[float, Field(ge=0.0, le=100.0)]
MODEL_STEP = "model_step"


class AscatQC(Section):
    """Product-side tests of ASCAT, codes A1 to A11."""

    esme_max: Percentage = Field(16.0, description="estimated error at which a retrieval is rejected [%]")
    topo_max: Percentage = Field(20.0, description="topographic complexity at which it is rejected [%]")
    wetland_max: Percentage = Field(15.0, description="wetland fraction at which it is rejected [%]")
    snow_max: Percentage = Field(50.0, description="largest probability of snow [%]; unknown passes")
    frozen_max: Percentage = Field(50.0, description="largest probability of frozen soil [%]; unknown passes")
    proc_reject_bits: tuple[Annotated[int, Field(ge=0, le=15)], ...] = Field(
        (0, 1, 2, 3), description="bits of the processing flag that reject, from the least significant; 4 and 5 are set "
                                  "for most good retrievals")
    proc_flag_sources: tuple[Literal["bufr", "native", "netcdf"], ...] = Field(
        ("bufr", "native"), description="formats whose processing flag is trusted; in NetCDF files it is damaged")
    rain_flag: bool = Field(True, description="reject where the rain flag is set")
    sensitivity_min: float = Field(1.0, ge=0.0, description="least sensitivity to soil moisture [dB]")
    subsurface: bool = Field(False, description="reject where a mask tells of subsurface scattering")


class MinimumCount(Section):
    """Least numbers of samples of a climatology."""

    obs: int = Field(ge=2, description="of the observations")
    model: int = Field(ge=2, description="of the model")


class ScaledError(Section):
    """Error of a product in percent, scaled to the model by the ratio of the standard deviations."""

    kind: Literal["scaled"] = Field("scaled", description="scaled with the product's values")
    percent: float = Field(10.0, gt=0.0, description="standard deviation [% of saturation]")
    period: Literal["all", "month"] = Field("all", description="climatology that the ratio is taken from")
    floor: Positive = Field(0.01, description="least standard deviation after scaling [m3 m-3]")
    cap: Positive = Field(0.10, description="largest standard deviation after scaling [m3 m-3]")
    map: str | None = Field(None, description="file with a map of standard deviations in the units of the product, in place of "
                                              "percent where it has a value")


class ConstantError(Section):
    """The same error everywhere."""

    kind: Literal["constant"] = Field("constant", description="the same everywhere")
    std: Positive = Field(0.02, description="standard deviation [m3 m-3]")
    map: str | None = Field(None, description="file with a map of standard deviations [m3 m-3], in place of std where it has a "
                                              "value")


class Ascat(Section):
    """ASCAT soil moisture of MetOp, percent of saturation."""

    platforms: tuple[Literal["metop-a", "metop-b", "metop-c"], ...] = Field(
        ("metop-b", "metop-c"), description="satellites that are used")
    nodes: Literal["12.5km", "25km"] = Field("12.5km", description="distance of nodes that is taken where a pass comes with "
                                                                   "both")
    qc: AscatQC = AscatQC()
    bias: Literal["cdf", "none"] = Field(
        "cdf", description="CDF matching by calendar month, or the saturation times the porosity, for trials")
    cdf: Literal["quantile", "lis_bins"] = Field("quantile", description="13 quantile nodes, or 100 bins as LIS has them")
    month_blend: Literal["none", "linear"] = Field("none", description="change of the month at once, or in between")
    min_count: MinimumCount = MinimumCount(obs=100, model=150)
    obs_error: ScaledError = ScaledError()


class SmapQC(Section):
    """Product-side tests of SMAP, codes S1 to S13."""

    vwc_max: float = Field(5.0, ge=0.0, description="largest water content of the vegetation [kg m-2]")
    range: tuple[Fraction, Fraction] = Field((0.02, 0.5), description="valid soil moisture [m3 m-3]")
    tb_quality: bool = Field(True, description="reject brightness temperatures that are not acceptable")

    @field_validator("range")
    @classmethod
    def _check_range(cls, value):
        if value[0] >= value[1]:
            raise ValueError(f"range {value[0]} to {value[1]} is empty")
        return value


class Smap(Section):
    """SMAP level-2 soil moisture on the 36-km EASE-Grid 2.0."""

    passes: tuple[Literal["am", "pm"], ...] = Field(("am", "pm"), description="overpasses: 6 am descending, 6 pm ascending")
    quality: Literal["recommended", "attempted"] = Field(
        "recommended", description="retrievals of recommended quality, or all that were attempted and succeeded")
    algorithm: Literal["dca", "sca_v", "sca_h"] = Field(
        "dca", description="retrieval: dual channel, or single channel of vertical or horizontal polarisation")
    qc: SmapQC = SmapQC()
    bias: Literal["anomaly", "none"] = Field(
        "anomaly", description="the observed anomaly is added to the mean of the model, or retrievals as they are, for trials")
    anomaly_window: Literal["all", "month", "smooth"] = Field("all", description="means over the whole record, by calendar "
                                                                                 "month, or over 31 days around the date")
    min_count: MinimumCount = Field(MinimumCount(obs=100, model=500), description="for anomaly_window: all; 30 and 60 are "
                                                                                  "used for the others")
    obs_error: ConstantError = ConstantError()


class Sensors(Section):
    """Which products are assimilated and how; none by default: an open loop."""

    ascat: Ascat | None = Field(None, description="ASCAT soil moisture; {} takes it with all defaults, null leaves it out")
    smap: Smap | None = Field(None, description="SMAP soil moisture; {} takes it with all defaults, null leaves it out")

    def enabled(self):
        """Return the names of the sensors that are used, in their order."""
        return tuple(name for name in type(self).model_fields if getattr(self, name) is not None)

    def matched(self):
        """Return the names of the sensors that need climatologies."""
        return tuple(name for name in self.enabled() if getattr(self, name).bias != "none")


class ModelQC(Section):
    """Tests against the ensemble mean of the model, after the bias correction, codes M1 to M10."""

    rain: float = Field(3.0e-6, ge=0.0, description="largest precipitation rate [kg m-2 s-1]")
    ice: float = Field(1.0e-4, ge=0.0, description="largest frozen part of a layer [m3 m-3]")
    freeze: float = Field(273.16, description="temperature at or below which soil and surface count as frozen [K]")
    swe_mm: float = Field(1.0, ge=0.0, description="most snow [kg m-2, mm of water]")
    snow_cover: float = Field(1.0e-4, ge=0.0, description="largest snow cover fraction")
    forest_classes: tuple[Annotated[int, Field(ge=1, le=30)], ...] = Field(
        (1, 2, 3, 4, 5), description="land-cover classes without assimilation; MODIS-IGBP forests by default")
    gvf_max: Fraction = Field(0.7, description="largest green vegetation fraction")
    margin: Fraction = Field(0.02, description="least distance from porosity and wilting point [m3 m-3]")
    frozen_layers: Literal["all"] | tuple[Annotated[int, Field(ge=1, le=10)], ...] = Field(
        "all", description="layers, from 1, in which ice or frost rejects")


class AssimilationTime(Section):
    """When observations are used."""

    assim_interval: Literal["model_step"] | Duration = Field(
        MODEL_STEP, description="time between analyses, a multiple of run.time_step; each takes the observations nearest to it")
    window: Literal["nearest"] = Field("nearest", description="the window is centred on the analysis, its end excluded")

    @model_validator(mode="after")
    def _check(self):
        if self.assim_interval != MODEL_STEP and self.assim_interval <= 0:
            raise ValueError(f"assim_interval {self.assim_interval} s is not positive")
        return self

    def seconds(self, time_step):
        """Return the time between analyses [s] for a model step [s].

        Raises
        ------
        ValueError
            Where it is no multiple of the step.
        """
        interval = time_step if self.assim_interval == MODEL_STEP else self.assim_interval
        if interval % time_step:
            raise ValueError(f"time.assim_interval is {interval} s, expected a multiple of run.time_step ({time_step} s)")
        return interval


class Observations(Section):
    """Where observations and climatologies are."""

    folder: str | None = Field(None, description="folder of gridded observations (`landda obs ingest`), relative to the "
                                                 "configuration")
    climatology: str | None = Field(None, description="folder of climatologies (`landda climatology`)")


class Cycle(Section):
    """The assimilation cycle."""

    length: Duration = Field(21600, gt=0, description="of a cycle; runs stop between cycles, diagnostics are written for each")
