"""The exceptions that the package raises on purpose, each with the exit code of the command line.

A message says what is wrong, where, when, what was found against what was expected, and what to do.
"""


class LanddaError(Exception):
    """Base of all errors that a user can act on."""

    exit_code = 1


class ConfigError(LanddaError):
    """A configuration or a command line that cannot be run."""

    exit_code = 2


class InputError(LanddaError):
    """An input file or a value in it that the run cannot use."""


class RestartError(LanddaError):
    """A restart file that is damaged or belongs to another set-up."""


class ColumnError(LanddaError):
    """A land column whose state left its physical bounds."""


class BudgetError(LanddaError):
    """Water or energy that appeared or vanished without a known cause."""


class CheckpointStop(LanddaError):
    """The run stopped early on request and can be resumed from its checkpoint."""

    exit_code = 75


class OutputError(LanddaError):
    """An output file that could not be written; what was there before is intact."""
