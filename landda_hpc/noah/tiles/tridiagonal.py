"""Solution of the tridiagonal systems of a tile (ROSR12)."""

from landda_hpc.jit import driver_kernel
from landda_hpc.noah.tiles import rows as r
from landda_hpc.noah.tiles.rows import WIDTH


@driver_kernel
def solve_increments(S, layers, time_step):
    """Solve for the increments over one step and leave them in ``right_hand_side``.

    The matrix rows hold tendencies [s-1]; the system is (1 + dt M) y = dt r, layer by layer for all columns.
    """
    last = len(layers) - 1
    for k in range(len(layers)):
        row = k * WIDTH
        for w in range(WIDTH):
            lower = S[r.matrix_lower + row + w] * time_step
            diagonal = 1.0 + S[r.matrix_diagonal + row + w] * time_step
            upper = S[r.matrix_upper + row + w] * time_step
            right = S[r.right_hand_side + row + w] * time_step
            p_above = S[r.solver_p + row - WIDTH + w] if k > 0 else 0.0
            q_above = S[r.solver_q + row - WIDTH + w] if k > 0 else 0.0
            scale = 1.0 / (diagonal + lower * p_above)
            S[r.solver_p + row + w] = -upper * scale
            S[r.solver_q + row + w] = (right - lower * q_above) * scale
    for w in range(WIDTH):
        S[r.right_hand_side + last * WIDTH + w] = S[r.solver_q + last * WIDTH + w]
    for up in range(last):
        row = (last - 1 - up) * WIDTH
        for w in range(WIDTH):
            S[r.right_hand_side + row + w] = (S[r.solver_p + row + w] * S[r.right_hand_side + row + WIDTH + w]
                                              + S[r.solver_q + row + w])
