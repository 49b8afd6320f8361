"""The perturbations of a run: forcing and soil moisture together, their memory for a restart and their counts."""

import numpy as np

from landda_hpc.assimilation.increments import Bounds
from landda_hpc.io.restart import Field
from landda_hpc.noah import ice
from landda_hpc.perturb.forcing import VARIABLES, ForcingPerturbation
from landda_hpc.perturb.state import StatePerturbation

MEMORY = ("variable", "point", "member")


class EnsemblePerturbation:
    """Perturbations as a configuration asks for them; without an ensemble every member gets the points' forcing.

    Parameters
    ----------
    config : RunConfig
    cells : ndarray of int64 (n_points,)
    parameters : LandParameters
    """

    def __init__(self, config, cells, parameters):
        ensemble, perturb = config.ensemble, config.perturb
        self._parameters = parameters
        self._still = np.zeros(len(cells))
        self.active = perturb.enabled and ensemble.size > 2
        if not self.active:
            return
        step = config.run.time_step if perturb.ar1_step == "model_step" else None
        common = {"truncation": perturb.truncate, "zero_mean": perturb.zero_mean, "autocorrelation_step": step}
        self.forcing = ForcingPerturbation(perturb.forcing, ensemble.seed, cells, ensemble.size,
                                           ensemble.bias_correction, **common)
        perturbable = (parameters["surface_kind"] == ice.LAND) & (parameters["urban"] == 0.0)
        self.state = StatePerturbation(perturb.state, ensemble.seed, cells, ensemble.size,
                                       parameters["layer_thickness"], perturbable,
                                       Bounds(bias_correction=ensemble.bias_correction), **common)

    @property
    def water_added(self):
        """Water that the perturbations added, summed over members ``(n_points,)`` [kg m-2]."""
        return self.state.water_added if self.active else self._still

    def begin_forcing(self, time):
        """Draw for the forcing of the step that starts at ``time`` if a draw is due."""
        if self.active:
            self.forcing.update(time)

    def perturb_forcing(self, points, forcing, shortwave, longwave, precipitation):
        """Set the forcing of every member ``(n, n_members)`` in the step at a slice of points, one of ``generator.parts_of``.

        ``forcing`` is that of all points of the band, ``(n_points,)``.
        """
        if self.active:
            self.forcing.apply(points, forcing, shortwave, longwave, precipitation)
            return
        for target, own in ((shortwave, forcing.shortwave_down), (longwave, forcing.longwave_down),
                            (precipitation, forcing.precipitation)):
            target[:] = own[points, None]

    def perturb_state(self, time, state):
        """Perturb the soil moisture if a draw is due at the end of a step."""
        if self.active:
            self.state.apply(time, state, self._parameters["porosity"])

    def _arrays(self):
        forcing, state = self.forcing, self.state
        return {"perturbation_forcing_memory": (forcing.group.memory, MEMORY),
                "perturbation_forcing_limited": (forcing.limited, ("variable", "point")),
                "perturbation_forcing_left_alone": (forcing.left_alone, ("variable", "point")),
                "perturbation_state_memory": (state.group.memory, MEMORY),
                "perturbation_water_added": (state.water_added, ("point",)),
                "perturbation_outcomes": (state.outcomes, ("outcome", "point")),
                "perturbation_inactive": (state.inactive, ("point",)),
                "perturbation_tapered": (state.tapered, ("point",))}

    def fields(self):
        """Return the memory and counts as fields of a restart file."""
        return {name: Field(values, dims) for name, (values, dims) in self._arrays().items()} if self.active else {}

    def scalars(self):
        """Return what a restart file keeps beside the fields."""
        return {"forcing_last": self.forcing.group.last, "state_last": self.state.group.last} if self.active else {}

    def restore(self, fields, scalars):
        """Take memory and counts of a restart file."""
        if not self.active:
            return
        for name, (values, _) in self._arrays().items():
            values[...] = fields[name].values
        self.forcing.group.last, self.state.group.last = scalars["forcing_last"], scalars["state_last"]

    def summary(self, communicator):
        """Return the counts of all ranks as text, None without perturbations or off the root."""
        if not self.active:
            return None
        forcing, state = self.forcing, self.state
        parts = communicator.gather_object([forcing.limited.sum(axis=1), forcing.left_alone.sum(axis=1),
                                            state.outcomes.sum(axis=1), int(state.inactive.sum()),
                                            int(state.tapered.sum())])
        if parts is None:
            return None
        limited, alone, outcomes, inactive, tapered = (sum(values) for values in zip(*parts))
        lines = [f"  {name}: {limited[index]} values limited, {alone[index]} steps left unperturbed"
                 for index, name in enumerate(VARIABLES)]
        none, part, full, untried = (int(count) for count in outcomes)
        lines.append(f"  soil moisture: all members accepted {full} times, part {part}, none {none}, "
                     f"not tried {untried}; inactive layers {inactive}, tapered layers {tapered}")
        return "perturbations\n" + "\n".join(lines)
