"""A whole configuration: its sections, what they must agree on, its digest."""

import hashlib
import json

import yaml
from pydantic import Field, model_validator

from landda_hpc.config.assimilation import EnKF
from landda_hpc.config.atmosphere import Atmosphere, determining, problems_of_atmosphere
from landda_hpc.config.observations import AssimilationTime, Cycle, ModelQC, Observations, Sensors
from landda_hpc.config.section import Section
from landda_hpc.config.sections import (
    OF_FILES,
    DomainSection,
    Ensemble,
    Log,
    Noah,
    Output,
    Parallel,
    Perturb,
    Restart,
    Run,
    Site,
    SpinUp,
    Weather,
)


class RunConfig(Section):
    """A whole configuration."""

    run: Run = Run()
    sites: tuple[Site, ...] = Field((), description="towers to run")
    domain: DomainSection | None = Field(None, description="grid to run, instead of sites")
    forcing: Weather = Field(Weather(), description="weather of a domain; sites have their own")
    atmosphere: Atmosphere | None = Field(None, description="what the land is coupled with from run.start on; before it, in "
                                                            "spin_up.ensemble, the land has the forcing")
    spin_up: SpinUp = SpinUp()
    noah: Noah = Noah()
    ensemble: Ensemble = Ensemble()
    perturb: Perturb = Perturb()
    sensors: Sensors = Sensors()
    enkf: EnKF = EnKF()
    model_qc: ModelQC = ModelQC()
    time: AssimilationTime = AssimilationTime()
    observations: Observations = Observations()
    cycle: Cycle = Cycle()
    output: Output = Output()
    restart: Restart = Restart()
    parallel: Parallel = Parallel()
    log: Log = Log()

    @model_validator(mode="after")
    def _check(self):
        problems = self._problems_of_places()
        for key, interval in (("output.interval", self.output.interval), ("restart.interval", self.restart.interval),
                              ("perturb.forcing.interval", self.perturb.forcing.interval),
                              ("perturb.state.interval", self.perturb.state.interval),
                              ("parallel.rebalance", self.parallel.rebalance or self.run.time_step)):
            if interval <= 0 or interval % self.run.time_step:
                problems.append(f"{key} is {interval} s, expected a multiple of run.time_step ({self.run.time_step} s)")
        n_layers = len(self.noah.layer_thickness)
        perturbed = self.perturb.enabled and self.ensemble.size > 1
        if perturbed and len(self.perturb.state.std) != n_layers:
            problems.append(f"perturb.state.std has {len(self.perturb.state.std)} layers, noah.layer_thickness "
                            f"{n_layers}")
        problems += self._problems_of_assimilation() + problems_of_atmosphere(self)
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def _problems_of_places(self):
        """Return what is wrong with sites and domain and what belongs to either."""
        if not self.sites and self.domain is None:
            return ["there is neither a site under sites nor a domain, expected one of both"]
        if self.sites and self.domain is not None:
            return ["there are both sites and a domain, expected one of both"]
        if self.domain is None:
            return [f"{key} works with a domain only, not with sites" for key, used in
                    (("spin_up", self.spin_up != SpinUp()), ("forcing", self.forcing != Weather()),
                     ("parallel.rebalance", self.parallel.rebalance is not None)) if used]
        problems = [f"run.{key} is missing; a domain's weather has no start or end of its own"
                    for key in ("start", "end") if getattr(self.run, key) is None]
        if self.forcing.kind == "weather" and 3600 % self.run.time_step:
            problems.append(f"run.time_step is {self.run.time_step} s, expected a divisor of 3600 s for hourly weather")
        if self.spin_up.ensemble % self.run.time_step:
            problems.append(f"spin_up.ensemble is {self.spin_up.ensemble} s, expected a multiple of run.time_step")
        return problems

    def _problems_of_assimilation(self):
        """Return what stands against an assimilation that is asked for."""
        problems = []
        if self.output.overpass and self.domain is None:
            problems.append("output.overpass works with a domain only, not with sites")
        if not self.sensors.enabled():
            return problems
        if self.domain is None:
            problems.append("sensors work with a domain only, not with sites")
        if self.ensemble.size < 3:
            problems.append(f"ensemble.size is {self.ensemble.size}, the filter needs at least 3 members")
        problems += [f"observations.{key} is missing; the sensors {', '.join(sensors)} need it"
                     for key, sensors in (("folder", self.sensors.enabled()), ("climatology", self.sensors.matched()))
                     if sensors and getattr(self.observations, key) is None]
        if self.run.start is not None and self.run.end is not None:
            length = int((self.run.end - self.run.start).astype("timedelta64[s]").astype(int))
            if length % self.cycle.length:
                problems.append(f"run.end is {length} s after run.start, expected whole cycles of {self.cycle.length} s")
        for key, interval in (("cycle.length", self.cycle.length), ("restart.interval", self.restart.interval),
                              ("parallel.rebalance", self.parallel.rebalance or self.cycle.length)):
            if interval % self.time.seconds(self.run.time_step) or interval % self.cycle.length:
                problems.append(f"{key} is {interval} s, expected a multiple of cycle.length ({self.cycle.length} s) and of "
                                "the time between analyses")
        return problems

    def resolved_yaml(self):
        """Return the configuration with every default, as YAML."""
        return yaml.safe_dump(self.model_dump(mode="json"), sort_keys=False, width=120)

    def digest(self):
        """Return the SHA-256 of what determines the numbers: places, options, ensemble, perturbations, step and start.

        Output, restart, logging, ranks, the end of the run and the paths of files do not count.
        """
        return hashlib.sha256(json.dumps(self._determining(), sort_keys=True).encode()).hexdigest()

    def choices(self):
        """Return what of :meth:`digest` is not a default, key -> value, for the message about a restart of another set-up."""
        return dict(_flat("", self._determining(exclude_defaults=True)))

    def _determining(self, **options):
        dumped = self.model_dump(mode="json", include={"run", "sites", "domain", "forcing", "spin_up", "noah", "ensemble",
                                                       "perturb", "sensors", "enkf", "model_qc", "time", "atmosphere"},
                                 **options)
        dumped["run"] = {key: value for key, value in dumped.get("run", {}).items()
                         if key in ("start", "time_step", "precision")}
        forcing = dumped.get("forcing", {})
        for key in OF_FILES if self.forcing.kind == "weather" else ("files", "orography", "land_mask", "read_ahead"):
            forcing.pop(key, None)
        if "kind" in forcing:
            forcing["source"] = forcing.pop("kind")
        if self.atmosphere is None:
            dumped.pop("atmosphere", None)
        else:
            dumped["atmosphere"] = determining(dumped["atmosphere"])
        if dumped.get("domain") is not None:
            dumped["domain"].pop("file", None)  # the points and their parameters tell, not the name of the file
        for sensor in (dumped.get("sensors") or {}).values():
            if sensor and sensor.get("obs_error", {}).get("map") is not None:
                sensor["obs_error"]["map"] = True  # whatever the file is called
        for site in dumped.get("sites", ()):
            site["forcing"] = {key: value for key, value in site["forcing"].items()
                               if key not in ("file", "observations")}
        return dumped


def _flat(prefix, value):
    """Yield (key, value) of the leaves of nested sections and lists of sections."""
    nested = value.items() if isinstance(value, dict) else (
        enumerate(value) if isinstance(value, list) and any(isinstance(item, dict) for item in value) else None)
    if nested is None:
        yield prefix, value
        return
    for key, item in nested:
        yield from _flat(f"{prefix}.{key}" if prefix else str(key), item)
