"""What one rank does for all: if it fails, all ranks raise the same error."""

from landda_hpc.errors import ConfigError, InputError, LanddaError, OutputError, RestartError

KINDS = (ConfigError, InputError, RestartError, OutputError, LanddaError)


def on_root(communicator, function):
    """Return what a function gives on the root, None elsewhere.

    Raises
    ------
    LanddaError
        On all ranks, where the function raised one; OutputError for an OSError.
    """
    result = problem = None
    if communicator.is_root:
        try:
            result = function()
        except LanddaError as error:
            problem = next(kind for kind in KINDS if isinstance(error, kind)), str(error)
        except OSError as error:
            problem = OutputError, str(error)
    problem = communicator.broadcast(problem)
    if problem is not None:
        raise problem[0](problem[1])
    return result


def together(communicator, function):
    """Return on every rank what a function gives on the root; it fails as in :func:`on_root`."""
    return communicator.broadcast(on_root(communicator, function))
