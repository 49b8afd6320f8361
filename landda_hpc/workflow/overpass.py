"""Soil moisture of the model when satellites pass, day by day, for climatologies that observations are matched to.

A sample is the total water of the first layer of the last, unperturbed member at the model step nearest to a sensor's nominal
local time, every day, where the model passes the tests M1 to M6 of the quality control: observations exist only when it is
thawed, free of snow and dry, so the model is sampled then.
"""

import numpy as np

from landda_hpc.io.restart import Field
from landda_hpc.observations.model_qc import ModelColumns, passes_state_tests
from landda_hpc.times import SECONDS_PER_DAY
from landda_hpc.variables import COLUMN, Variable

#: Nominal local solar times of the overpasses [h].
LOCAL_TIMES = {"ascat": (9.5, 21.5), "smap": (6.0, 18.0)}


def sample_name(hour):
    """Return the name of the samples of a local time."""
    return f"soil_moisture_{int(hour):02d}{round(hour % 1 * 60):02d}"


class OverpassSampler:
    """Samples of a band, kept for a day.

    Parameters
    ----------
    sensors : sequence of str
        Of :data:`LOCAL_TIMES`.
    longitude : ndarray (n_points,)
        Degrees east.
    time_step : int
        [s]
    limits : ModelLimits

    Attributes
    ----------
    known : dict of str to Variable
        What a history of the samples holds.
    """

    def __init__(self, sensors, longitude, time_step, limits):
        hours = sorted({hour for sensor in sensors for hour in LOCAL_TIMES[sensor]})
        self.known = {sample_name(hour): Variable(sample_name(hour), "m3 m-3", COLUMN,
                                                  f"soil moisture of the first layer at {hour:g} h local solar time, screened")
                      for hour in hours}
        # Seconds of the UTC day of each overpass, and the step that ends nearest to it.
        seconds = np.mod(3600.0 * np.array(hours)[:, None] - np.asarray(longitude) / 360.0 * SECONDS_PER_DAY, SECONDS_PER_DAY)
        self._due = np.mod(np.floor(seconds / time_step + 0.5).astype(np.int64) * time_step, SECONDS_PER_DAY)
        self._limits = limits
        self.values = np.full((len(hours), len(longitude)), np.nan)

    def look(self, end, model, precipitation, parameters, land_cover):
        """Take the samples that are due at the end of a step.

        Parameters
        ----------
        end : datetime64
        model : LandModel
        precipitation : ndarray (n_points, 1)
            That the last member received in the step.
        parameters : LandParameters
        land_cover : ndarray (n_points,)
        """
        due = self._due == int((end - end.astype("datetime64[D]")) / np.timedelta64(1, "s"))
        if not due.any():
            return
        good = passes_state_tests(last_member(model.state, precipitation, parameters, land_cover), self._limits)
        surface = np.where(good, np.asarray(model.state.soil_moisture[0, :, -1], np.float64), np.nan)
        self.values[due] = np.broadcast_to(surface, due.shape)[due]

    def compile(self, model, precipitation, parameters, land_cover):
        """Call the kernel of :meth:`look` with its arguments, taking no sample."""
        passes_state_tests(last_member(model.state, precipitation, parameters, land_cover), self._limits)

    def field(self, name):
        """Return the samples ``(n_points, 1)`` of the day by their name."""
        return self.values[list(self.known).index(name)][:, None]

    def begin(self):
        """Start a new day."""
        self.values[:] = np.nan

    def fields(self):
        """Return the samples of the day as fields of a restart file."""
        return {"overpass_samples": Field(self.values, ("variable", "point"), "m3 m-3")}

    def restore(self, fields):
        """Take the samples of a restart file."""
        self.values[:] = fields["overpass_samples"].values


def model_columns(state, precipitation, parameters, land_cover):
    """Return the :class:`ModelColumns` that the quality control looks at."""
    return ModelColumns(state.soil_moisture, state.liquid_soil_moisture, state.soil_temperature, state.skin_temperature,
                        state.snow_water_equivalent, state.snow_cover_fraction, precipitation, land_cover,
                        parameters["green_vegetation_fraction"], parameters["porosity"], parameters["wilting_point"])


def last_member(state, precipitation, parameters, land_cover):
    """Return the :class:`ModelColumns` of the last member alone."""
    columns = model_columns(state, precipitation, parameters, land_cover)
    return columns._replace(**{name: np.ascontiguousarray(getattr(columns, name)[..., -1:]) for name in columns._fields[:7]})
