"""Land data assimilation: an ensemble of Noah columns and a one-dimensional EnKF, parallel over bands of land points."""

__version__ = "0.1.0"
