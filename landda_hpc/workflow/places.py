"""Where a run happens: its points, what is known of them, their weather and their first state.

Towers (:mod:`landda_hpc.workflow.tower_places`) and domains (:mod:`landda_hpc.workflow.domain_places`) give the same, so the
run does not ask which it has.
"""

from typing import NamedTuple

from landda_hpc.domain.points import Band, PointSet
from landda_hpc.noah.parameters import LandParameters, Seasons


class Places(NamedTuple):
    """What one rank needs to know of its points.

    Attributes
    ----------
    points : PointSet
        Of the whole run.
    band : Band
        Of this rank; all that follows is of its points.
    parameters : LandParameters
    seasons : Seasons
    forcing : object
        ``at(time)`` returns the :class:`~landda_hpc.noah.types.Forcing` of the step that starts then.
    start, end : datetime64
        Of the model, UTC.
    first_values : callable
        Returns the values of a cold start for :func:`landda_hpc.noah.start.cold_start`, once the parameters are those of the
        first date.
    notes : list of str
        About the forcing, for the log and the files.
    inputs : list of str
        Files that were read.
    default_variables : tuple of str
        Of the history.
    identity : dict of str to str
        What a restart file must share beside the configuration.
    land_cover : ndarray of int64 (n_points,) or None
        Classes of the points of a domain.
    example : callable or None
        Returns forcing of one point by the kernels of :attr:`forcing`, for compiling them; None where that of all points
        takes no time.
    beside : callable or None
        ``beside(time)`` returns the :class:`~landda_hpc.noah.types.Beside` of the step that starts then; None where each step
        has one record of forcing and no exchange coefficient is forced.
    """

    points: PointSet
    band: Band
    parameters: LandParameters
    seasons: Seasons
    forcing: object
    start: object
    end: object
    first_values: object
    notes: list
    inputs: list
    default_variables: tuple
    identity: dict
    land_cover: object = None
    example: object = None
    beside: object = None
    own: object = None
    weather: object = None


def find_places(config, base, communicator):
    """Return the :class:`Places` of a configuration on this rank; file names are relative to the folder ``base``."""
    if config.domain is not None:
        from landda_hpc.workflow.domain_places import domain_places

        return domain_places(config, base, communicator)
    from landda_hpc.workflow.tower_places import tower_places

    return tower_places(config, base, communicator)
