"""The weakly coupled cycle: land and atmosphere in turn, each with what the other handed over.

The cycle at ``T`` is: the land from ``T - 6 h`` to ``T`` under the forcing that the atmosphere of the cycle before gave; the
mean soil moisture of its analysis at ``T - 3 h`` to the columns of the atmosphere; the atmosphere from its restart at
``T - 3 h`` to ``T + 9 h``, which gives the forcing of the next land window and the restart at ``T + 3 h``; the forecast from
there on where one is due. The first atmosphere of a run starts by itself.

Every hand-over is a file, and what is made of it carries a digest of all that it was made from, so a run that goes on takes
what is there and makes what is not, whatever it was doing when it stopped.
"""

import json
import logging

import numpy as np

from landda_hpc.coupling import maps
from landda_hpc.coupling.atmosphere import FORECAST, Outputs, Series
from landda_hpc.coupling.exchange_files import (
    ExchangePaths,
    read_forecast,
    read_soil_moisture,
    write_forcing,
    write_forecast,
    write_soil_moisture,
)
from landda_hpc.coupling.exchange_integrity import (
    MADE_FROM,
    RESTART,
    attribute_of,
    belongs,
    digest_of,
    file_checksum,
    is_usable,
    is_usable_restart,
)
from landda_hpc.errors import ConfigError, InputError, RestartError
from landda_hpc.io.restart import RestartCatalog, time_of
from landda_hpc.noah.soil_water import LEAST_SOIL_WATER
from landda_hpc.parallel import on_root, together
from landda_hpc.workflow.domain_places import configured_domain
from landda_hpc.workflow.open_atmosphere import open_atmosphere

BEFORE, WINDOW, AFTER = (np.timedelta64(hours * 3600, "s") for hours in (3, 6, 9))
COLD = "cold start"
logger = logging.getLogger(__name__)


class CoupledCycle:
    """The atmosphere of a run and all that is handed over.

    Parameters
    ----------
    config : RunConfig
    base, folder : Path
        That file names are relative to, and of the run.
    communicator : Communicator
    """

    def __init__(self, config, base, folder, communicator):
        self._config, self._base, self._communicator = config, base, communicator
        self.atmosphere = open_atmosphere(config, base, communicator)
        self._description = self.atmosphere.describe()
        self._columns, name = self._description.columns, self._description.name
        self.paths = ExchangePaths(folder, self.atmosphere.suffix)
        self._catalog = RestartCatalog(folder)
        self._start = config.run.start
        self._to_columns = on_root(communicator, lambda: maps.to_columns(
            configured_domain(config.domain, base), self._columns, config.atmosphere.sm_remap))
        self._limits = self._description.limits if config.atmosphere.transfer == "wetness" else None
        if config.atmosphere.transfer == "wetness" and self._limits is None:
            raise ConfigError(f"atmosphere.transfer: wetness needs the limits of the atmosphere's soils, which {name} does not "
                              "tell. A program tells them by porosity in atmosphere.columns; else use theta.")
        if config.atmosphere.lapse and self._columns.elevation is None:
            raise ConfigError(f"atmosphere.lapse needs the terrain of the columns of {name}, a variable such as orography [m], "
                              "which they do not have.")
        self._identity = digest_of(json.dumps(self._description.identity, sort_keys=True), config.digest())
        self.attributes = {}

    def warm_up(self):
        """Compile what the exchange needs, without communicating."""
        maps.warm_up()
        self.atmosphere.warm_up()

    def is_boundary(self, time):
        """Return whether a cycle ends and the next begins at a time."""
        return time >= self._start and (time - self._start) % WINDOW == np.timedelta64(0, "s")

    # ---- land to atmosphere

    def after_step(self, job, end):
        """Hand the soil moisture over where a step ended 3 h before the end of a window."""
        if end > self._start and self.is_boundary(end + BEFORE):
            with job.timers("hand-over"):
                self._hand_over(job, end)

    def _hand_over(self, job, time):
        theta = np.asarray(job.model.state.soil_moisture, np.float64).mean(axis=2)
        theta[:, job.masked] = np.nan
        if self._limits is not None:
            theta = (theta - LEAST_SOIL_WATER) / (job.parameters["porosity"] - LEAST_SOIL_WATER)
        theta = self._communicator.gather_points(theta, job.band, 1)
        on_root(self._communicator, lambda: self._write_soil_moisture(theta, time))

    def _write_soil_moisture(self, theta, time):
        theta = self._to_columns(theta)
        if self._limits is not None:
            least, most = self._limits
            theta = least + theta * (most - least)
        write_soil_moisture(self.paths.soil_moisture(time), theta, time, self._columns,
                            self._attributes("soil moisture of the land"), self._config.noah.layer_thickness)

    # ---- atmosphere to land

    def run_atmosphere(self, job, last=False):
        """Run the atmosphere of the cycle that ends now, and its forecast, as far as their files are not there.

        ``last`` : no land window follows; what is no model then has nothing to do.
        """
        cycle = job.time
        if last and not self._description.is_model:
            return
        with job.timers("atmosphere"):
            theta = self._soil_moisture(cycle)
            made_from = self._made_from(cycle, theta)
            has_forcing, has_forecast = together(self._communicator, lambda: self._done(cycle, made_from))
            if not has_forcing:
                self._integrate(cycle, theta, made_from)
        if not has_forecast:
            with job.timers("forecast"):
                self._forecast(cycle, made_from)
        on_root(self._communicator, lambda: self._tidy(cycle))

    def _soil_moisture(self, cycle):
        """Return the soil moisture that a cycle takes, on every rank; None in the first."""
        if cycle == self._start:
            return None
        time = cycle - BEFORE
        return together(self._communicator, lambda: read_soil_moisture(self.paths.soil_moisture(time), time))

    def _made_from(self, cycle, theta):
        """Return the digest of all that the atmosphere of a cycle is made from."""
        if theta is None:
            return digest_of(self._identity, COLD, str(self._config.atmosphere.cold_start))
        path = self.paths.forcing(cycle - WINDOW)
        before = self._communicator.broadcast(attribute_of(path, MADE_FROM) if self._communicator.is_root else None)
        if before is None:
            raise InputError(f"{path} is missing or is no forcing of a coupled run; the atmosphere of {cycle} goes on from it. "
                             "Resume from where it is there, or start again in another folder.")
        return digest_of(self._identity, before, theta)

    def _done(self, cycle, made_from):
        """Return whether the atmosphere of a cycle has run, and whether there is nothing to forecast or it is done."""
        forcing, forecast, begun = self.paths.forcing(cycle), self.paths.forecast(cycle), self.paths.begun(cycle)
        has_forcing = is_usable(forcing, made_from) and is_usable_restart(self.paths.restart(cycle, cycle + BEFORE), forcing)
        has_forecast = not self._leads(cycle) or is_usable(forecast, made_from)
        can_go_on = has_forecast or (is_usable(begun, made_from)
                                     and is_usable_restart(self.paths.restart(cycle, cycle + AFTER), begun))
        return has_forcing and can_go_on, has_forecast

    def _restart(self, cycle):
        """Return the restart that the atmosphere of a cycle begins with."""
        if cycle == self._start:
            source = self._config.atmosphere.cold_start
            return self.atmosphere.cold_start(cycle - BEFORE, None if source is None else self._base / source)
        path = self.paths.restart(cycle - WINDOW, cycle - BEFORE)
        if not together(self._communicator, lambda: belongs(path, self.paths.forcing(cycle - WINDOW))):
            raise RestartError(f"{path}, from which the atmosphere of {cycle} goes on, is missing or not the one that was "
                               "written. Remove the newest restart_*.h5 of the run and resume: the cycle before is run again.")
        return self.atmosphere.load(path)

    def _integrate(self, cycle, theta, made_from):
        start, end, middle = cycle - BEFORE, cycle + AFTER, cycle + BEFORE
        leads = self._leads(cycle)
        outputs = Outputs((cycle, cycle + WINDOW), (middle,), tuple(time for time in leads if time <= end))
        result = self.atmosphere.run(self._restart(cycle), start, end, theta, outputs=outputs)
        self.atmosphere.save(result.restarts[middle], self.paths.restart(cycle, middle))
        if leads:
            self.atmosphere.save(result.restart, self.paths.restart(cycle, end))
            on_root(self._communicator, lambda: write_forecast(
                self.paths.begun(cycle), cycle, result.forecast, self._columns,
                self._attributes("begin of a forecast", made_from, self.paths.restart(cycle, end))))
        on_root(self._communicator, lambda: write_forcing(
            self.paths.forcing(cycle), result.forcing, self._columns,
            self._attributes("forcing of the land", made_from, self.paths.restart(cycle, middle)), result.insertion))
        if result.insertion is not None:
            logger.info("%s", result.insertion.text)
        if self._communicator.is_root:
            interval = (result.forcing.time[1] - result.forcing.time[0]) // np.timedelta64(1, "m")
            logger.info("atmosphere of %s: %s to %s, forcing every %d minutes", cycle, start, end, interval)

    # ---- forecasts

    def _leads(self, cycle):
        """Return the times at which a forecast of a cycle is recorded up to its end, none where none is due.

        The end of the run that gives the forcing is one of them, so that the precipitation of the records around it is known.
        """
        section = self._config.atmosphere
        if cycle.astype("datetime64[h]").astype(int) % 24 not in section.forecasts:
            return ()
        records = np.arange(0, section.forecast_length + 1, section.forecast_interval).astype("timedelta64[s]")
        return tuple(np.unique(np.append(cycle + records, cycle + AFTER)))

    def _forecast(self, cycle, made_from):
        """Run the forecast of a cycle on from where its atmosphere ended."""
        leads, restart = self._leads(cycle), self.paths.restart(cycle, cycle + AFTER)
        later = tuple(time for time in leads if time > cycle + AFTER)
        result = self.atmosphere.run(self.atmosphere.load(restart), cycle + AFTER, leads[-1], outputs=Outputs(forecast=later))
        on_root(self._communicator, lambda: self._write_forecast(cycle, result.forecast, made_from))
        logger.info("forecast of %s to %s", cycle, leads[-1])

    def _write_forecast(self, cycle, later, made_from):
        begin = read_forecast(self.paths.begun(cycle))
        series = _joined(cycle, begin, later, cycle + AFTER, self._config.atmosphere.forecast_interval)
        write_forecast(self.paths.forecast(cycle), cycle, series, self._columns, self._attributes("forecast", made_from))

    # ---- files

    def _attributes(self, title, made_from=None, restart=None):
        own = {"title": f"{self._config.run.name}: {title}", "atmosphere": self._description.name}
        if made_from is not None:
            own[MADE_FROM] = made_from
        if restart is not None:
            own[RESTART] = file_checksum(restart)
        return {**self.attributes, **own}

    def _tidy(self, cycle):
        """Remove what an unfinished forecast needs, and restarts of the atmosphere older than all checkpoints of the land."""
        self.paths.begun(cycle).unlink(missing_ok=True)
        self.paths.restart(cycle, cycle + AFTER).unlink(missing_ok=True)
        kept = [time_of(path) for path in self._catalog.files()]
        for path, own in self.paths.restarts().items():
            if kept and own + WINDOW < min(*kept, cycle):
                path.unlink()


def _joined(cycle, begin, later, joint, interval):
    """Return the records of a forecast from those before and after the time at which its run was divided.

    The precipitation of an interval that holds that time is the mean of its two parts; that of the start is not known.
    """
    time = np.concatenate([begin.time, later.time])
    fields = {name: np.concatenate([begin.fields[name], later.fields[name]]) for name in FORECAST}
    fields["rainf"][0] = np.nan
    place = int(np.flatnonzero(time == joint)[0])
    if (joint - cycle) % np.timedelta64(interval, "s") == np.timedelta64(0, "s"):
        return Series(time, fields)
    first, second = ((time[index] - time[index - 1]) / np.timedelta64(1, "s") for index in (place, place + 1))
    rain = fields["rainf"]
    rain[place + 1] = (first * rain[place] + second * rain[place + 1]) / (first + second)
    kept = np.arange(len(time)) != place
    return Series(time[kept], {name: values[kept] for name, values in fields.items()})
