"""ASCAT level-2 soil moisture of one orbit: what the change detection of a scatterometer would retrieve from the truth.

The value is a degree of saturation between dry and wet references that are not the model's, bent by a power, with gain and
offset of each cell. The error grows as vegetation takes away sensitivity; the product states it, but not exactly. Frost and
snow are retrieved as if they were soil and flagged by climatological probabilities only, as in the real product.
"""

from typing import NamedTuple

import numpy as np

from landda_hpc.simulation.draws import STREAM_ASCAT, errors, normal
from landda_hpc.simulation.orbits import ORBITS, track_azimuth
from landda_hpc.simulation.sampling import Swath

NODE_SPACING, INNER_NODE, N_NODES, N_ROWS = 12.5, 377.5, 82, 3264  # km, km from the track, per row, per orbit
#: Distance of the nodes of a row from the track, the left swath from its outer edge, then the right one [km].
CROSS_TRACK = np.concatenate([INNER_NODE + NODE_SPACING * np.arange(N_NODES // 2)[::-1],
                              -INNER_NODE - NODE_SPACING * np.arange(N_NODES // 2)])
NOISE = 0.75  # dB, error of the backscatter; divided by the sensitivity it is the error of the saturation
SET_TO_DRY, SET_TO_WET = 1, 2  # bits of the correction flag
LOW_SENSITIVITY, SLOPE_BITS, BELOW_RANGE, ABOVE_RANGE = 2, 48, 64, 128  # bits of the processing flag
LOWEST, HIGHEST = -20.0, 120.0  # %, beyond which a processing bit is set


class Retrievals(NamedTuple):
    """Retrievals of one orbit ``(n,)``: place in the file and values in the product's units."""

    row: np.ndarray
    node: np.ndarray
    soil_moisture: np.ndarray
    soil_moisture_error: np.ndarray
    mean_soil_moisture: np.ndarray
    soil_moisture_sensitivity: np.ndarray
    dry_backscatter: np.ndarray
    wet_backscatter: np.ndarray
    sigma40: np.ndarray
    slope40: np.ndarray
    corr_flags: np.ndarray
    processing_flags: np.ndarray
    snow_cover_probability: np.ndarray
    frozen_soil_probability: np.ndarray
    wetland_flag: np.ndarray
    topography_flag: np.ndarray


class AscatTraits:
    """Fixed properties of the retrieval at every land point ``(n_points,)``, common to all platforms.

    Parameters
    ----------
    scene : Scene

    Attributes
    ----------
    dry, wet : ndarray
        Soil moisture of the references [m3 m-3].
    power, gain, offset : ndarray
        ``saturation = offset + 100 gain wetness**power`` [%].
    error_level : ndarray
        True error by the one that the product states on average.
    topography, wetland : ndarray
        Percent.
    """

    def __init__(self, scene):
        trait = [scene.trait(10 + number) for number in range(10)]
        self.dry = np.maximum(0.8 * scene.wilting_point + 0.015 * trait[0], 0.005)
        self.wet = np.maximum(scene.porosity * np.clip(0.92 + 0.05 * trait[1], 0.8, 1.0), self.dry + 0.1)
        self.power = np.exp(np.clip(0.25 * trait[2], -0.5, 0.5))
        self.gain, self.offset = 1.0 + 0.1 * trait[3], 4.0 * trait[4]
        self.error_level = np.exp(0.25 * trait[5]) * np.where(scene.barren, 1.3, 1.0)
        self.sensitivity_level = np.exp(0.1 * trait[6])
        self.dry_backscatter = -12.8 + 1.2 * trait[7]
        self.topography = np.clip(scene.relief / 25.0 * np.exp(0.5 * trait[8]), 0.0, 100.0)
        self.wetland = np.clip(np.where(scene.wetland, 30.0, 2.0) * np.exp(trait[9]), 0.0, 100.0)

    def saturation(self, point, soil_moisture):
        """Return the error-free degree of saturation [%] of soil moisture ``(n,)`` at points; beyond 0 to 100 too."""
        wetness = (soil_moisture - self.dry[point]) / (self.wet[point] - self.dry[point])
        bent = np.maximum(wetness, 0.0) ** self.power[point] + np.minimum(wetness, 0.0)
        return self.offset[point] + 100.0 * self.gain[point] * bent


class AscatSimulator:
    """Orbits of one Metop.

    Parameters
    ----------
    scene : Scene
    settings : SimulationSettings
    platform : str
        ``metop-b`` or ``metop-c``.
    """

    def __init__(self, scene, settings, platform):
        self.platform, self.orbit = platform, ORBITS[platform]
        self._scene, self._settings = scene, settings
        self._member = list(ORBITS).index(platform)
        self.traits = AscatTraits(scene)
        every = settings.every(NODE_SPACING, scene.domain.grid)
        self.swath = Swath(scene, self.orbit, CROSS_TRACK, N_ROWS, every)

    def sensitivity(self, seconds):
        """Return the difference of wet and dry backscatter on a day ``(n_points,)`` [dB]."""
        opaque = self._scene.greenness(seconds) * np.where(self._scene.forest, 0.95, 0.55)
        return np.maximum((8.0 - 7.0 * opaque) * self.traits.sensitivity_level, 0.5)

    def retrieve(self, index, window):
        """Return :class:`SwathNodes` of an orbit and the :class:`Retrievals` on its land nodes.

        Parameters
        ----------
        index : int
            Of the orbit.
        window : TruthWindow
        """
        nodes, row_times = self.swath.nodes(index), self.swath.row_times(index)
        seconds = row_times[nodes.row]
        surface = window.at(np.maximum(nodes.point, 0), seconds)
        used = np.flatnonzero((nodes.point >= 0) & surface.known & ~self._scene.ice[nodes.point])
        point, row, node, seconds = nodes.point[used], nodes.row[used], nodes.node[used], seconds[used]
        surface = type(surface)(*(values[used] for values in surface))
        cells, number = self._scene.cell[point], index % 2**31
        footprint = row.astype(np.int64) * N_NODES + node
        settings, traits, member = self._settings, self.traits, self._member

        sensitivity = self.sensitivity(row_times[0])[point]
        expected_error = 100.0 * NOISE / sensitivity
        true_error = expected_error * traits.error_level[point]
        noise = errors(settings, STREAM_ASCAT, cells, footprint, seconds, 0, number, member)
        value = traits.saturation(point, surface.soil_moisture) + true_error * noise
        covered = surface.covered()
        value = np.where(covered, 15.0 + 15.0 * noise, value)
        stated = expected_error * np.exp(0.1 * normal(settings.seed, STREAM_ASCAT, cells, 1, number, member))
        limited, correction, processing = _limits(value)
        processing |= np.where(sensitivity < 1.0, LOW_SENSITIVITY, 0)
        chance = normal(settings.seed, STREAM_ASCAT, footprint, 2, number, member)
        processing |= np.where(chance < 0.8, SLOPE_BITS, 0) | np.where(chance > 2.4, 4, 0)
        snow, frozen = (values[point] for values in self._scene.frost_probabilities(row_times[0]))
        dry = traits.dry_backscatter[point]
        retrievals = Retrievals(
            row, node, limited, stated, np.clip(40.0 + 0.5 * traits.offset[point], 0.0, 100.0), sensitivity, dry,
            dry + sensitivity, dry + sensitivity * value / 100.0, -0.13 + 0.02 * chance, correction, processing,
            snow, frozen, traits.wetland[point], traits.topography[point])
        return nodes, retrievals

    def azimuths(self, index):
        """Return the bearing of the track at the rows of an orbit [degrees]."""
        return track_azimuth(self.orbit, self.swath.row_times(index))


def _limits(value):
    """Return values limited to 0 to 100 % with the correction and processing flags that say so."""
    correction = np.where(value < 0.0, SET_TO_DRY, 0) | np.where(value > 100.0, SET_TO_WET, 0)
    processing = np.where(value < LOWEST, BELOW_RANGE, 0) | np.where(value > HIGHEST, ABOVE_RANGE, 0)
    # A processing bit stands in place of the correction bit.
    correction = np.where(processing > 0, 0, correction)
    return np.clip(value, 0.0, 100.0), correction, processing
