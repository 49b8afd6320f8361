"""The maps of the evaluation of experiments, as one CF NetCDF file."""

import numpy as np

from landda_hpc.assimilation.observations import SENSORS
from landda_hpc.io.atomic import replacing
from landda_hpc.io.provenance import provenance
from landda_hpc.parallel import SerialCommunicator
from landda_hpc.verification.experiments import METRICS
from landda_hpc.workflow.score_triplets import CONTROL, EXPERIMENT, fmse_change

MOISTURE = "m3 m-3"
UNITS = {"correlation": "1", "anomaly_correlation": "1"}


class MapGrid:
    """Where the points of a twin are on the smallest grid around them.

    Parameters
    ----------
    twin : Twin
    """

    def __init__(self, twin):
        history = twin.histories[0]
        rows, columns = history.row, history.column
        self._row, self._column = rows - rows.min(), columns - columns.min()
        self.latitudes = history.dataset["latitude"].values[rows.min():rows.max() + 1]
        self.longitudes = history.dataset["longitude"].values[columns.min():columns.max() + 1]

    def full(self, values):
        """Return values of the points ``(..., n_points)`` on the grid, NaN elsewhere."""
        values = np.asarray(values, np.float64)
        grid = np.full((*values.shape[:-1], len(self.latitudes), len(self.longitudes)), np.nan)
        grid[..., self._row, self._column] = values
        return grid

    @property
    def land(self):
        """Whether a cell is a point of the twin."""
        return np.isfinite(self.full(np.ones(len(self._row))))


def map_dataset(evaluation, command=""):
    """Return all maps of an :class:`~landda_hpc.workflow.evaluation.Evaluation` as an xarray Dataset."""
    import xarray

    twin, grid = evaluation.twin, MapGrid(evaluation.twin)
    dataset = xarray.Dataset(coords={"latitude": ("latitude", grid.latitudes, {"units": "degrees_north"}),
                                     "longitude": ("longitude", grid.longitudes, {"units": "degrees_east"}),
                                     "experiment": list(twin.experiments)})

    def put(name, dims, values, units, long_name):
        dataset[name] = ((*dims, "latitude", "longitude"), grid.full(values).astype(np.float32),
                         {"units": units, "long_name": long_name})

    put("land_cover", (), twin.points.land_cover, "1", "land-cover class")
    if evaluation.truth is not None:
        _truth_maps(evaluation, dataset, put)
    if evaluation.triplets:
        _triplet_maps(evaluation, dataset, put)
    if evaluation.filters:
        _filter_maps(evaluation, dataset, put)
    configuration = next(iter(twin.configurations.values()), None)
    dataset.attrs = provenance(command or "landda evaluate", configuration.resolved_yaml() if configuration else "",
                               configuration.ensemble.seed if configuration else "", 1)
    dataset.attrs["title"] = f"evaluation of {', '.join(twin.experiments)}, {twin.times[0]} to {twin.times[-1]}"
    return dataset


def write_maps(evaluation, path, command=""):
    """Write the maps and return the path; the file appears whole or not at all."""
    dataset = map_dataset(evaluation, command)
    encoding = {name: {"zlib": True, "complevel": 4} for name in dataset.data_vars}
    with replacing(path, SerialCommunicator(), dataset.nbytes) as temporary:
        dataset.to_netcdf(temporary, engine="h5netcdf", encoding=encoding)
    return path


def _truth_maps(evaluation, dataset, put):
    cells = evaluation.truth.cells
    experiments = list(evaluation.twin.experiments)
    quantities = list(dict.fromkeys(quantity for _, quantity in cells))
    dataset.coords["quantity"] = quantities
    put("n_times", (), cells[experiments[0], "surface"].n, "1", "times that are scored")
    for metric in METRICS:
        values = np.array([[getattr(cells[name, quantity], metric) for quantity in quantities] for name in experiments])
        put(metric, ("experiment", "quantity"), values, UNITS.get(metric, MOISTURE),
            f"{metric.replace('_', ' ')} of soil moisture against the truth")


def _triplet_maps(evaluation, dataset, put):
    triplets = evaluation.triplets
    dataset.coords["triplet"] = list(triplets)
    dataset.coords["member"] = ["x", "y", "experiment", "CTL"]
    results = [scores.comparison for scores in triplets.values()]
    for name, long_name in (("fmse", "share of noise in the variance, triple collocation"),
                            ("error_variance", "error variance, triple collocation")):
        put(f"tca_{name}", ("triplet", "member"), np.array([
            [*getattr(result.experiment, name), getattr(result.baseline, name)[2]] for result in results]), "1", long_name)
    put("tca_fmse_change", ("triplet",), np.array([fmse_change(result) for result in results]), "1",
        "fMSE of the experiment minus CTL, where both are valid")
    if evaluation.truth is not None:
        put("true_fmse", ("triplet", "member"), np.array([scores.true_fmse[:4] for scores in triplets.values()]), "1",
            "share of noise in the variance, against the truth")
        put("true_fmse_change", ("triplet",), np.array([scores.true_fmse[EXPERIMENT] - scores.true_fmse[CONTROL]
                                                        for scores in triplets.values()]), "1",
            "fMSE of the experiment minus CTL, against the truth")
    put("tca_valid", ("triplet",), np.array([result.common for result in results]), "1", "cells that are scored")
    put("n_triplets", ("triplet",), np.array([result.experiment.n for result in results]), "1", "collocated triplets")


def _filter_maps(evaluation, dataset, put):
    filters = evaluation.filters
    dataset.coords["filter_experiment"] = list(filters)
    dataset.coords["sensor"] = list(SENSORS)
    maps = [[scores.diagnostics.maps(sensor) for sensor in range(len(SENSORS))] for scores in filters.values()]
    for name in maps[0][0]:
        long_name = "observations assimilated" if name == "n" else f"{name.replace('_', ' ')} of innovations"
        put(f"filter_{name}", ("filter_experiment", "sensor"), np.array([[one[name] for one in row] for row in maps]), "1",
            long_name)
    put("observation_error", ("filter_experiment", "sensor"), np.array([scores.error_std for scores in filters.values()]),
        MOISTURE, "mean error of the observations that were assimilated")
    put("mean_increment", ("filter_experiment", "layer"), np.array([mean_increment(scores) for scores in filters.values()]),
        MOISTURE, "mean applied increment of an analysis")
    put("mean_increment_size", ("filter_experiment", "layer"),
        np.array([mean_increment(scores, 2) for scores in filters.values()]), MOISTURE,
        "mean absolute value of the applied increment of an analysis")


def mean_increment(scores, moment=0):
    """Return the applied increment of an analysis ``(n_layers, n_points)``, mean (0) or mean size (2); NaN without analyses."""
    n = scores.diagnostics.point_sums[0]
    sums = scores.diagnostics.increment_sums[1, moment]
    return np.divide(sums, n, out=np.full(sums.shape, np.nan), where=n > 0)
