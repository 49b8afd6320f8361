"""Climatologies of model and observations, and what they correct: the bias of a product and its error.

Tables have a *period* axis whose row 0 is the whole record and whose rows 1 to 12 are calendar months, so that one index
serves lumped and monthly methods. The last axis is the cell: the local point of a rank's band. Observations are 1-D arrays
of value, period and cell.
"""
