"""Forcing from gridded files: what files hold, weights to the points of a run, times, height, reading ahead."""
