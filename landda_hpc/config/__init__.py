"""The configuration of a run: typed, frozen sections read from YAML, every problem reported at once."""

from landda_hpc.config.load import load_config
from landda_hpc.config.run_config import RunConfig

__all__ = ["RunConfig", "load_config"]
