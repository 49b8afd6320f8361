"""Meteorological forcing: tower records, their file formats, estimates of what a file lacks, time interpolation."""
