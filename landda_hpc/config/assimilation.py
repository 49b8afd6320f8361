"""The section of the ensemble Kalman filter."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from landda_hpc.config.section import Fraction, Positive, Section
from landda_hpc.config.values import Duration


class EnKF(Section):
    """The analysis."""

    multi_sensor: Literal["joint", "serial"] = Field(
        "joint", description="all observations of a point in one analysis, or one product after the other")
    sensor_order: tuple[Literal["ascat", "smap"], ...] = Field(
        ("ascat", "smap"), description="order of the products, for multi_sensor: serial")
    bounds: Literal["lis", "clip"] = Field(
        "lis", description="members that leave the bounds of the soil take the mid-range of the others and a change that "
                           "fits too few members is refused, or every value is limited by itself")
    margin: Annotated[float, Field(ge=0.0, lt=0.2)] = Field(
        0.02, description="distance of liquid water from zero and from the porosity [m3 m-3]")
    layer1_limits: tuple[Fraction, Fraction] = Field((0.01, 0.55), description="of the first layer [m3 m-3]")
    min_good_fraction: Fraction = Field(0.5, description="least share of members within the bounds, for bounds: lis")
    obs_tau: Duration = Field(0, ge=0, le=0, description="e-folding time of the observation noise, which is white: 0h")
    same_sensor_error_corr: Annotated[float, Field(ge=0.0, lt=1.0)] = Field(
        0.0, description="correlation of the errors of one sensor at one point and time")
    gross_check: Positive | None = Field(
        None, description="refuse innovations beyond so many of their standard deviations")
    min_spread_var: Annotated[float, Field(ge=0.0)] = Field(
        1.0e-12, description="least variance of the predicted observation for an analysis [m6 m-6]")

    @model_validator(mode="after")
    def _check(self):
        if self.layer1_limits[0] >= self.layer1_limits[1]:
            raise ValueError(f"layer1_limits are {self.layer1_limits}, expected the lower one first")
        if len(set(self.sensor_order)) != 2:
            raise ValueError(f"sensor_order is {self.sensor_order}, expected ascat and smap once each")
        return self
