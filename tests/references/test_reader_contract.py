"""What every reader gives, whatever the file: retrievals, series, fields, or a summary of files that are none of these."""

import warnings

import numpy as np
import pytest

from landda_hpc.observations.batch import PERCENT, VOLUMETRIC, ObservationBatch, seconds_of
from landda_hpc.observations.codes import CODES
from landda_hpc.observations.describe import describe_files
from landda_hpc.observations.formats import read_product
from landda_hpc.observations.series import ObservationSeries
from landda_hpc.observations.summary import Summary
from landda_hpc.references.quantities import QUANTITIES
from landda_hpc.references.readers import read_reference, reference_reader
from tests.references.samples import REAL, RETRIEVALS, SYNTHETIC, sample

EARLIEST, LATEST = seconds_of(np.datetime64("1979-01-01")), seconds_of(np.datetime64("2026-01-01"))


def content_of(path):
    return read_product(path).batch if reference_reader(path) is None else read_reference(path)


@pytest.mark.parametrize("name", [*REAL, *RETRIEVALS, *SYNTHETIC])
def test_content_is_in_order_in_si_and_without_warnings(name, shared_data, tmp_path):
    path = sample(name, shared_data, tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        content = content_of(path)
    for part in content if type(content) is tuple else (content,):
        assert ((part.longitude >= -180.0) & (part.longitude < 180.0)).all() and (np.abs(part.latitude) <= 90.0).all()
        assert ((part.time > EARLIEST) & (part.time < LATEST)).all() and str(path) in part.source_files
        check = (check_summary if isinstance(part, Summary) else check_series if isinstance(part, ObservationSeries) else
                 check_batch if isinstance(part, ObservationBatch) else check_field)
        check(part)


def check_series(series):
    assert series.size and (np.diff(series.location) >= 0).all()
    assert (np.diff(series.time)[np.diff(series.location) == 0] >= 0.0).all()
    assert set(series.code.tolist()) <= set(CODES) and series.flag.dtype == np.int32
    check_values(series)


def check_summary(summary):
    assert summary.lines and all(isinstance(line, str) and line.isprintable() for line in summary.lines)


def check_batch(batch):
    assert set(batch.code.tolist()) <= set(CODES) and np.isfinite(batch.value).all()
    check_values(batch)


def check_values(observations):
    accepted = observations.value[observations.code == 0]
    largest = {PERCENT: 100.0, VOLUMETRIC: 1.0}[observations.units]
    assert ((accepted >= -0.01) & (accepted <= largest)).all()
    assert not (np.isin(observations.value, [-9999.0, -999.0, 127.0, 655.35]) & (observations.code == 0)).any()


def check_field(field):
    units, low, high = QUANTITIES[field.quantity]
    known = field.values[np.isfinite(field.values)]
    assert field.units == units and known.size and field.n_impossible == 0
    assert field.values.shape == (len(field.time), len(field.latitude), len(field.longitude))
    assert ((known >= low - 1.0e-6) & (known <= high)).all()
    for axis in (field.time, field.latitude, field.longitude):
        assert (np.diff(axis) > 0.0).all()


def test_obs_info_tells_of_every_sample(shared_data, tmp_path):
    paths = [sample(name, shared_data, tmp_path) for name in (*REAL, *RETRIEVALS, *SYNTHETIC)]
    text, n_bad = describe_files(paths)
    assert n_bad == 0 and all(str(path) in text for path in paths)
