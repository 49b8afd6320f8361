"""Scores and reference cases."""
