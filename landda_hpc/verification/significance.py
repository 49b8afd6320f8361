"""Whether a difference is more than chance, where neighbours in space or time are not independent.

Random choices come from a Philox generator with a fixed seed, so that a report repeats.
"""

from typing import NamedTuple

import numpy as np

from landda_hpc.jit import driver_kernel

N_RESAMPLES = 2000


class ClassTest(NamedTuple):
    """Test of the cell differences of one land-cover class.

    Attributes
    ----------
    land_cover : int
    n_cells, n_blocks : int
    median, lower, upper : float
        Median of all cells and the 95 % interval of it under resampling of blocks.
    p_value : float
        Two-sided Wilcoxon signed-rank of one cell per block; NaN with too few blocks.
    significant : bool
    """

    land_cover: int
    n_cells: int
    n_blocks: int
    median: float
    lower: float
    upper: float
    p_value: float
    significant: bool


class Interval(NamedTuple):
    """Mean of a series and its interval under resampling; significant where zero is outside."""

    mean: float
    lower: float
    upper: float
    significant: bool


def generator(seed):
    """Return the random generator of a seed."""
    return np.random.Generator(np.random.Philox(seed))


def block_of(latitude, longitude, size=2.0):
    """Return the number of the block of ``size`` degrees that each cell is in."""
    rows = np.floor((np.asarray(latitude) + 90.0) / size).astype(np.int64)
    columns = np.floor(np.mod(np.asarray(longitude), 360.0) / size).astype(np.int64)
    return rows * int(np.ceil(360.0 / size)) + columns


def by_land_cover(difference, latitude, longitude, land_cover, seed=0, block_size=2.0, minimum_blocks=20, level=0.05,
                  n_resamples=N_RESAMPLES):
    """Return a :class:`ClassTest` for every class that has cells.

    Parameters
    ----------
    difference : array (n_cells,)
        Experiment minus baseline; NaN are left out.
    latitude, longitude : array (n_cells,)
        Degrees.
    land_cover : array of int (n_cells,)
    seed : int
    block_size : float
        Degrees; cells of a block share observations.
    minimum_blocks : int
        Blocks that the test needs.
    level : float
        Significance level.
    n_resamples : int
    """
    difference = np.asarray(difference, np.float64)
    blocks, land_cover = block_of(latitude, longitude, block_size), np.asarray(land_cover)
    known = np.isfinite(difference)
    return [_test_class(int(chosen), difference[cells], blocks[cells], generator([seed, int(chosen)]), minimum_blocks, level,
                        n_resamples)
            for chosen in np.unique(land_cover[known]) for cells in [known & (land_cover == chosen)]]


def _test_class(chosen, difference, blocks, random, minimum_blocks, level, n_resamples):
    _, block = np.unique(blocks, return_inverse=True)
    n_blocks = int(block.max()) + 1
    p_value = np.nan
    if n_blocks >= minimum_blocks:
        p_value = signed_rank_p_value(difference[one_per_block(block, random)])
    lower, upper = block_bootstrap_median(difference, block, random, n_resamples)
    return ClassTest(chosen, len(difference), n_blocks, float(np.median(difference)), lower, upper, p_value,
                     bool(p_value < level))


def one_per_block(block, random):
    """Return the index of one cell of every block, each with the same chance."""
    shuffled = random.permutation(len(block))
    return shuffled[np.unique(block[shuffled], return_index=True)[1]]


def signed_rank_p_value(difference):
    """Return the two-sided probability of the Wilcoxon signed-rank test; 1 where nothing differs."""
    from scipy.stats import wilcoxon

    return float(wilcoxon(difference).pvalue) if np.any(difference) else 1.0


def block_bootstrap_median(values, block, random, n_resamples=N_RESAMPLES):
    """Return the 2.5 and 97.5 percentiles of the median under resampling of blocks ``0 ... n - 1`` of values."""
    order = np.argsort(values, kind="stable")
    values, block, n_blocks = values[order], block[order], int(block.max()) + 1
    medians = np.empty(n_resamples)
    for resample in range(n_resamples):
        times_drawn = np.bincount(random.integers(n_blocks, size=n_blocks), minlength=n_blocks)
        medians[resample] = _weighted_median(values, times_drawn, block)
    return tuple(float(bound) for bound in np.percentile(medians, [2.5, 97.5]))


@driver_kernel
def _weighted_median(values, times_drawn, block):
    """Return the median of ascending values, each repeated as often as its block was drawn."""
    total = 0
    for i in range(len(values)):
        total += times_drawn[block[i]]
    reached, lower = 0, np.nan
    for i in range(len(values)):
        reached += times_drawn[block[i]]
        if np.isnan(lower) and 2 * reached >= total:
            lower = values[i]
        if 2 * reached > total:
            return 0.5 * (lower + values[i])
    return lower


def moving_block_bootstrap(series, block_length=5, seed=0, n_resamples=N_RESAMPLES, level=0.05):
    """Return the :class:`Interval` of the mean of a series at equal intervals, as of daily differences.

    Blocks of consecutive values are drawn with replacement until the length is reached (Künsch 1989,
    doi:10.1214/aos/1176347265). NaN stay in their blocks and are left out of the means.

    Parameters
    ----------
    series : array (n_times,)
    block_length : int
        Values; longer than the memory of the series.
    seed : int
    n_resamples : int
    level : float
        The interval holds ``1 - level``.
    """
    series = np.asarray(series, np.float64)
    if not 0 < block_length <= len(series):
        raise ValueError(f"blocks of {block_length} values cannot be drawn from a series of {len(series)}")
    n_blocks = -(-len(series) // block_length)
    starts = generator(seed).integers(len(series) - block_length + 1, size=(n_resamples, n_blocks))
    index = (starts[:, :, None] + np.arange(block_length)).reshape(n_resamples, -1)[:, :len(series)]
    drawn = series[index]
    known = np.isfinite(drawn)
    with np.errstate(divide="ignore", invalid="ignore"):
        means = np.where(known, drawn, 0.0).sum(axis=1) / known.sum(axis=1)
        mean = series[np.isfinite(series)].mean() if np.isfinite(series).any() else np.nan
    lower, upper = np.nanpercentile(means, [50.0 * level, 100.0 - 50.0 * level]) if known.any() else (np.nan, np.nan)
    return Interval(float(mean), float(lower), float(upper), bool(lower > 0.0 or upper < 0.0))


def widened(interval, n_blocks, level=0.05):
    """Return an :class:`Interval` whose distances from the mean allow for few blocks.

    Resampling ``m`` blocks gives a spread that is too small by ``sqrt((m - 1) / m)``, and quantiles of the normal distribution
    in place of Student's (Hesterberg 2015, doi:10.1080/00031305.2015.1089789); both are undone.

    Parameters
    ----------
    interval : Interval
        Of :func:`moving_block_bootstrap`.
    n_blocks : int
        In the series, two at least.
    level : float
        That of the interval.
    """
    from scipy.stats import norm, t

    factor = np.sqrt(n_blocks / (n_blocks - 1.0)) * t.isf(0.5 * level, n_blocks - 1) / norm.isf(0.5 * level)
    lower, upper = (float(interval.mean + factor * (bound - interval.mean)) for bound in interval[1:3])
    return Interval(interval.mean, lower, upper, bool(lower > 0.0 or upper < 0.0))
