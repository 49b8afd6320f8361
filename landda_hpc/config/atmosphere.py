"""The section of a configuration that couples the land with an atmosphere."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from landda_hpc.config.section import Positive, Section
from landda_hpc.config.sections import Weather
from landda_hpc.config.values import Duration

HOUR, DAY = 3600, 86400
SYNOPTIC = 6 * HOUR  # cycles are at 00, 06, 12 and 18 UTC
NOT_DETERMINING = ("columns", "command", "object", "arguments", "folder", "time_out", "cold_start", "forecasts",
                   "forecast_length", "forecast_interval")
FILE_KEYS = ("files", "orography", "land_mask", "read_ahead")
#: Keys of source that only the weather of an uncoupled run has.
OF_FORCING = ("seed", "temperature_height", "wind_height", "cycle")
#: Keys that one kind needs and no other has.
OF_KIND = {"source": "files", "command": "command", "object": "python"}


def _of_files(value):
    """Return the section of files with the one kind that it can have."""
    return {"kind": "files", **value} if isinstance(value, dict) else value


class Atmosphere(Section):
    """The atmosphere that forces the land and takes its soil moisture, cycle by cycle."""

    kind: Literal["weather", "files", "command", "python"] = Field(
        description="weather: made from the climate of the domain, over a land of its own that reacts to the soil moisture; "
                    "files: delivered by files alone; command: another model, started for each cycle; python: a class of yours")
    source: Annotated[Weather, BeforeValidator(_of_files)] | None = Field(
        None, description="kind files: the files and how they are read, with the keys of forcing; the files may also be on "
                          "columns, such as the nodes of a cubed sphere")
    columns: str | None = Field(
        None, description="kind weather: domain whose land points are the columns, shipped or a file, by default those of the "
                          "land, or a cubed sphere such as ne30np4, whose land is made from that of domain; kind command: "
                          "NetCDF with lat, lon and area of the columns of the model, where it has them also land (0 or 1), "
                          "soil_class and porosity")
    command: tuple[str, ...] = Field(
        (), description="kind command: program and arguments, started without a shell in folder; "
                        "{start}, {end} (ISO, UTC), {soil_moisture}, {forcing}, {restart_in}, {restart_out} become what they "
                        "name, {soil_moisture} and {restart_in} nothing where there is none")
    object: str | None = Field(
        None, pattern=r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$",
        description="kind python: package.module:Class, found in folder or installed; a subclass of "
                    "landda_hpc.coupling.atmosphere.Atmosphere, made by Class(communicator, **arguments); all ranks call its "
                    "operations together, or the root alone where it says on_root_alone = True")
    arguments: dict[str, Any] = Field({}, description="kind python: what the class is made with, beside the communicator")
    folder: str = Field(".", description="kind command: folder that the program is started in; kind python: where the module "
                                         "is looked for first; relative to the configuration")
    time_out: Duration = Field(HOUR, gt=0, description="kind command: time after which the program is ended")
    cold_start: str | None = Field(None, description="restart file of the atmosphere to begin with, valid 3 h before run.start")
    mixed_layer: Positive = Field(1000.0, description="kind weather: air that the fluxes of its land are mixed into [kg m-2]")
    relaxation: Duration = Field(12 * HOUR, gt=0, description="kind weather: time in which that air forgets the land")
    forecasts: tuple[Annotated[int, Field(ge=0, le=18, multiple_of=6)], ...] = Field(
        (), description="hours (UTC) of the cycles that go on as forecasts, such as [0, 12]; none by default")
    forecast_length: Duration = Field(5 * DAY, ge=12 * HOUR, description="from the time of the cycle, whole forecast_interval")
    forecast_interval: Duration = Field(6 * HOUR, gt=0, description="between the records of a forecast, a divisor of 12h in "
                                                                    "whole hours")
    lapse: bool = Field(False, description="correct temperature, humidity, pressure and longwave from the terrain of the "
                                           "atmosphere (orography [m] or phis [m2 s-2] of its columns) to that of the land; "
                                           "for files on latitudes and longitudes source.lapse")
    sm_remap: Literal["auto", "conservative", "same_class", "nearest_class", "bilinear", "nearest"] = Field(
        "auto", description="how soil moisture comes to the columns, from land alone; auto: the conservative mean where a "
                            "column has more than twice the area of a land cell, else same_class; same_class: bilinear among "
                            "cells of the column's soil class, else the nearest; nearest_class: the nearest of that class "
                            "within 500 km, else the nearest; conservative, bilinear, nearest: whatever the soil")
    transfer: Literal["theta", "wetness"] = Field(
        "theta", description="what is handed over: volumetric water, or its place between the limits of the soil of each side")

    @model_validator(mode="after")
    def _check(self):
        problems = []
        for key, kind in OF_KIND.items():
            if (self.kind == kind) != bool(getattr(self, key)):
                problems.append(f"{key} is missing; kind {kind} needs it" if self.kind == kind
                                else f"{key} belongs to kind: {kind}, but kind is {self.kind}")
        if self.arguments and self.kind != "python":
            problems.append(f"arguments belong to kind: python, but kind is {self.kind}")
        if self.kind == "command" and self.columns is None:
            problems.append("columns is missing; kind command needs the columns of the model")
        if self.kind in ("files", "python") and self.columns is not None:
            problems.append(f"columns belong to kind: weather or command, but kind is {self.kind}")
        if self.kind == "files" and self.forecasts:
            problems.append("forecasts need a model, but kind is files")
        if self.source is not None:
            given = [key for key in OF_FORCING if getattr(self.source, key) != type(self.source).model_fields[key].default]
            problems += [f"source.{key} has no effect; heights are those of the files or of forcing.{key}"
                         if key.endswith("height") else f"source.{key} has no effect" for key in given]
        if self.forecast_interval % HOUR or 12 * HOUR % self.forecast_interval or self.forecast_length % self.forecast_interval:
            problems.append(f"forecast_interval is {self.forecast_interval} s, expected whole hours that divide 12h and "
                            f"forecast_length ({self.forecast_length} s)")
        if problems:
            raise ValueError("; ".join(problems))
        return self


def problems_of_atmosphere(config):
    """Return what stands against the coupling that a configuration asks for."""
    if config.atmosphere is None:
        return []
    problems = [] if config.domain is not None else ["atmosphere works with a domain only, not with sites"]
    if config.cycle.length != SYNOPTIC:
        problems.append(f"cycle.length is {config.cycle.length} s, expected 6h with an atmosphere")
    if config.forcing.cycle is not None:
        problems.append("forcing.cycle repeats years, which an atmosphere cannot; use spin_up.cycle")
    for key in ("start", "end"):
        time = getattr(config.run, key)
        if time is not None and int(time.astype("datetime64[s]").astype(int)) % SYNOPTIC:
            problems.append(f"run.{key} is {time}, expected 00, 06, 12 or 18 UTC with an atmosphere")
    if HOUR % config.run.time_step:
        problems.append(f"run.time_step is {config.run.time_step} s, expected a divisor of 3600 s with an atmosphere")
    if config.restart.interval % SYNOPTIC:
        problems.append(f"restart.interval is {config.restart.interval} s, expected whole cycles of 6h with an atmosphere")
    return problems


def determining(dumped):
    """Return what of a dumped section determines the numbers of the land: no files, programs, limits of time or forecasts."""
    dumped = {key: value for key, value in dumped.items() if key not in NOT_DETERMINING}
    if dumped.get("source") is not None:
        dumped["source"] = {key: value for key, value in dumped["source"].items() if key not in FILE_KEYS}
    return dumped
