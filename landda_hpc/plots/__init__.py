"""Figures: labelled datasets in, matplotlib figures out."""
