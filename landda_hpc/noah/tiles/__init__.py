"""One Noah step of a tile: a fixed number of columns side by side in one scratch buffer.

Every loop over a tile has the constant length ``rows.WIDTH`` and addresses rows of one buffer at constant offsets, so the
compiler can prove that they do not overlap and vectorises across columns. A tile is always full, so a column goes through
the same instructions wherever its tile begins.
"""
