"""Observations: product files, their quality control, averages over grid cells, time windows, checks against the model."""
