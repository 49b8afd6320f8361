"""Names of the files in the folder of a run."""

CONFIGURATION = "configuration.yaml"  # with all defaults
HISTORY = "history.nc"
OVERPASS = "overpass.nc"
