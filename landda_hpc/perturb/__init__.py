"""Reproducible random perturbations of forcing and soil moisture, the same for any number of ranks."""
