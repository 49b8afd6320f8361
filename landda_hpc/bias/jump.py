"""A climatology of two sub-periods of a record between which the model's forcing or a product changed."""

JUMP = 0.02  # m3 m-3, between monthly means
MINIMUM = 150


def merge_unless_jump(later, earlier, limit=JUMP, minimum=MINIMUM):
    """Add the earlier sub-period to the later one, save where their monthly means differ too much.

    Parameters
    ----------
    later, earlier : ClimatologyStream
        Of the same cells; ``later`` is changed in place.
    limit : float
        Largest difference of monthly means, in the units of the data.
    minimum : int
        Samples that a month of each sub-period must have; with fewer in the later one it cannot do alone, with fewer in the
        earlier one there is no mean to judge.

    Returns
    -------
    jumped : ndarray of bool (12, n_cells)
        Months and cells of which the later sub-period alone is kept.
    """
    jumped = (abs(later.mean - earlier.mean) > limit) & (later.n >= minimum) & (earlier.n >= minimum)
    later.merge(earlier, where=~jumped)
    return jumped
