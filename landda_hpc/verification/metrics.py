"""Scores of a series against a reference: arrays in, numbers out.

With the difference ``d = model - observed`` over the n pairs in which both are finite:

- bias ``mean(d)``
- RMSE ``sqrt(mean(d^2))``
- unbiased RMSE ``sqrt(mean((d - bias)^2))``, so that ``RMSE^2 = bias^2 + ubRMSE^2``
- Pearson correlation of model and observed
"""

from typing import NamedTuple

import numpy as np


class Scores(NamedTuple):
    """Bias, RMSE and unbiased RMSE in the unit of the data, Pearson correlation [1], number of pairs."""

    bias: float
    rmse: float
    ubrmse: float
    correlation: float
    n: int


def finite_pairs(model, observed):
    """Return the values at which both are finite, as float64; shapes must agree."""
    model, observed = (np.asarray(values, dtype=np.float64) for values in (model, observed))
    if model.shape != observed.shape:
        raise ValueError(f"model has shape {model.shape}, observed {observed.shape}; expected the same")
    both = np.isfinite(model) & np.isfinite(observed)
    return model[both], observed[both]


def bias(model, observed):
    """Return ``mean(model - observed)`` over finite pairs; NaN without any."""
    return scores(model, observed).bias


def rmse(model, observed):
    """Return the root mean square difference over finite pairs; NaN without any."""
    return scores(model, observed).rmse


def unbiased_rmse(model, observed):
    """Return the standard deviation of the difference over finite pairs; NaN without any."""
    return scores(model, observed).ubrmse


def correlation(model, observed):
    """Return the Pearson correlation over finite pairs; NaN with fewer than two or where one does not vary."""
    model, observed = finite_pairs(model, observed)
    if model.size < 2:
        return np.nan
    if np.ptp(model) == 0.0 or np.ptp(observed) == 0.0:
        return np.nan
    model, observed = _unit_anomalies(model), _unit_anomalies(observed)
    return float((model * observed).sum())


def _unit_anomalies(values):
    """Return the deviations from the mean, scaled to length one without overflow or underflow."""
    anomalies = values - values.mean()
    anomalies /= np.abs(anomalies).max()
    return anomalies / np.sqrt((anomalies ** 2).sum())


def scores(model, observed):
    """Return the :class:`Scores` of two arrays of any, equal shape; pairs with a NaN are left out."""
    used_model, used_observed = finite_pairs(model, observed)
    if not used_model.size:
        return Scores(np.nan, np.nan, np.nan, np.nan, 0)
    difference = used_model - used_observed
    mean = float(difference.mean())
    return Scores(bias=mean, rmse=float(np.sqrt((difference ** 2).mean())),
                  ubrmse=float(np.sqrt(((difference - mean) ** 2).mean())),
                  correlation=correlation(used_model, used_observed), n=int(used_model.size))


def score_table(rows, style="text"):
    """Return a table of scores as aligned text or markdown.

    Parameters
    ----------
    rows : dict of str to Scores or (Scores, str)
        By name of the line, with the unit where given.
    style : str
        ``text`` or ``markdown``.
    """
    if style not in ("text", "markdown"):
        raise ValueError(f"style {style!r} is not known; expected text or markdown")
    title = ["", "bias", "RMSE", "ubRMSE", "correlation", "n", "unit"]
    lines = [title]
    for name, entry in rows.items():
        score, unit = entry if not isinstance(entry, Scores) else (entry, "")
        lines.append([name, f"{score.bias:+.4g}", f"{score.rmse:.4g}", f"{score.ubrmse:.4g}",
                      f"{score.correlation:.3f}", str(score.n), unit])
    widths = [max(len(line[column]) for line in lines) for column in range(len(title))]
    padded = [[line[0].ljust(widths[0])] + [cell.rjust(width) for cell, width in zip(line[1:-1], widths[1:-1])]
              + [line[-1].ljust(widths[-1])] for line in lines]
    if style == "text":
        return "\n".join("  ".join(line).rstrip() for line in padded)
    rule = ["-" * width for width in widths]
    rule[1:-1] = [cell[:-1] + ":" for cell in rule[1:-1]]
    return "\n".join("| " + " | ".join(line) + " |" for line in [padded[0], rule, *padded[1:]])
