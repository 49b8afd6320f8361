"""Files of evaluation and reference products in words: what they are, what they cover, how much of them is what."""

import numpy as np

from landda_hpc.observations.batch import ObservationBatch, time_of
from landda_hpc.observations.codes import CODES, NAMES, count_codes, named_counts
from landda_hpc.observations.report import bit_counts, span, value_counts
from landda_hpc.observations.series import ObservationSeries
from landda_hpc.observations.summary import Summary

FEW = 6  # locations or fields that are listed one by one


def describe_reference(path, reader):
    """Return what a file holds as text, a few lines.

    Raises
    ------
    ProductRefusal
    """
    content = reader.read(path)
    kind = next((lines for type_, lines in ((ObservationSeries, _series), (ObservationBatch, _batch), (Summary, _summary))
                 if isinstance(content, type_)), _fields)
    return "\n".join([str(path), f"  {reader.title}", *(f"  {line}" for line in kind(content))])


def _series(series):
    """Return lines on series."""
    locations = np.unique(series.location)
    lines = [f"holds       {series.quantity} [{series.units}] of {series.product}",
             f"values      {series.size}, known {int(np.isfinite(series.value).sum())}, at {len(locations)} locations"]
    lines += _where_when(series) + [f"location    {name}" for name in list(series.labels.values())[:FEW]]
    if series.meanings:
        words = series.flag[series.flag >= 0]
        counted = (bit_counts(words, series.meanings) if series.flag_is_bits
                   else {series.meanings[value]: count for value, count in value_counts(words).items()})
        lines.append("flags       " + (", ".join(f"{name}: {count}" for name, count in counted.items()) or "nothing set"))
    return lines + _codes(series.code)


def _batch(batch):
    """Return lines on the retrievals of a day."""
    n_ascending = int(batch.ascending.sum())
    return [f"holds       {batch.quantity} [{batch.units}] of {batch.product}", f"retrievals  {batch.size}",
            *_where_when(batch), f"pass        ascending {n_ascending}, descending {batch.size - n_ascending}",
            *_codes(batch.code)]


def _summary(summary):
    """Return lines on a file that is neither."""
    known = summary.latitude[np.isfinite(summary.latitude)], summary.longitude[np.isfinite(summary.longitude)]
    return [*summary.lines, *([_time(summary.time)] if summary.time.size else []), *([_box(*known)] if known[0].size else []),
            *(f"{name}: " + (", ".join(f"{meaning}: {count}" for meaning, count in counted.items() if count) or "nothing set")
              for name, counted in summary.flags.items()),
            *(_codes(summary.code) if summary.code is not None else [])]


def _fields(fields):
    """Return lines on gridded fields."""
    lines = [f"fields      {len(fields)}"]
    if fields:
        first = fields[0]
        spacing = [float(np.median(np.diff(axis))) if len(axis) > 1 else np.nan for axis in (first.latitude, first.longitude)]
        lines += [f"grid        {len(first.latitude)} x {len(first.longitude)}, {spacing[0]:g} x {spacing[1]:g} degrees",
                  _time(np.concatenate([field.time for field in fields])), _box(first.latitude, first.longitude)]
    for field in fields:
        known = field.values[np.isfinite(field.values)]
        numbers = (f"{known.min():.6g} to {known.max():.6g}, mean {known.mean(dtype=np.float64):.6g}" if known.size
                   else "nothing known")
        lines.append(f"{field.quantity} [{field.units}]" + (f", {field.vertical}" if field.vertical else "")
                     + (f", step {field.step:g} h" if field.step else "") + (f", member {field.member}" if field.member else "")
                     + f": {len(field.time)} times, known {known.size / field.values.size:.1%}, {numbers}"
                     + (f", impossible {field.n_impossible}" if field.n_impossible else ""))
    return lines


def _where_when(observations):
    return [_time(observations.time)] + ([_box(observations.latitude, observations.longitude)] if observations.size else [])


def _time(time):
    return "time        " + " to ".join(str(time_of(one))[:19] for one in span(time)) + " UTC"


def _box(latitude, longitude):
    return (f"coverage    {latitude.min():.2f} to {latitude.max():.2f} N, {longitude.min():.2f} to {longitude.max():.2f} E")


def _codes(code):
    counts = count_codes(code)
    meanings = [f"{NAMES[number]} {CODES[number][1]}" for number in counts.nonzero()[0] if number]
    return ["quality     " + (", ".join(f"{name} {count}" for name, count in named_counts(counts).items()) or "no values"),
            *(f"code        {meaning}" for meaning in meanings)]
