"""Gridded and cell-wise reference products for the evaluation of model fields: one reader per product."""
