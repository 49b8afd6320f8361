"""Soil heat of a tile with freezing and thawing (SHFLX, HRT)."""

from landda_hpc.constants import FREEZING_POINT, VOLUMETRIC_HEAT_CAPACITY_URBAN
from landda_hpc.jit import driver_kernel, kernel
from landda_hpc.noah import soil_heat
from landda_hpc.noah.tiles import rows as r
from landda_hpc.noah.tiles.energy import soil_conductivity
from landda_hpc.noah.tiles.rows import WIDTH
from landda_hpc.noah.tiles.transfer import any_set
from landda_hpc.noah.tiles.tridiagonal import solve_increments


@driver_kernel
def conduct_heat(S, layers, time_step, as_271):
    """Advance the soil temperature by one step, changing the liquid water where it freezes or thaws.

    All temperatures of the tendencies are those at the start; the liquid water changes layer by layer, after it was
    used for the heat capacity and the conductivity of its own layer.
    """
    for w in range(WIDTH):
        S[r.convergence_failures + w] = 0.0
    for k in range(len(layers)):
        _set_tendency(S, layers, k, as_271)
        _find_freezing(S, layers, k)
        if any_set(S, r.freezing_layer):
            _change_phase(S, k, time_step)
    solve_increments(S, layers, time_step)
    for k in range(len(layers)):
        row = k * WIDTH
        for w in range(WIDTH):
            S[r.soil_temperature + row + w] = S[r.soil_temperature + row + w] + S[r.right_hand_side + row + w]


@kernel
def _set_tendency(S, layers, k, as_271):
    """Set matrix and right-hand side of layer ``k`` and the heat that conduction brings to it."""
    last = len(layers) - 1
    row = k * WIDTH
    below = row + WIDTH if k < last else row
    above = row - WIDTH if k > 0 else row
    for w in range(WIDTH):
        total, liquid = S[r.soil_moisture + row + w], S[r.liquid_soil_moisture + row + w]
        urban = False if as_271.urban else S[r.urban + w] > 0.5
        mineral = VOLUMETRIC_HEAT_CAPACITY_URBAN if urban else S[r.mineral_heat_capacity + w]
        capacity = soil_heat.heat_capacity(total, liquid, S[r.porosity + w], mineral)
        soil = soil_conductivity(S, w, row, as_271)
        conductivity = S[r.top_conductivity + w] if k == 0 else soil
        temperature = S[r.soil_temperature + row + w]
        thickness = S[r.layer_difference + row + w]
        top = S[r.layer_bottom + above + w] if k > 0 else 0.0
        # Below the last layer lies the deep soil; its coupling is explicit, in the right-hand side alone.
        deep_span = 2.0 * (S[r.deep_soil_depth + w] - 0.5 * (top + S[r.layer_bottom + row + w]))
        span = S[r.layer_bottom + below + w] - top if k < last else deep_span
        next_temperature = S[r.soil_temperature + below + w] if k < last else S[r.deep_soil_temperature + w]
        gradient = (temperature - next_temperature) / (0.5 * span)
        stored = thickness * capacity
        surface_flux = (conductivity * (S[r.surface_forcing + w] - temperature)
                        / (0.5 * thickness * S[r.surface_coupling + w]))
        inflow = S[r.upper_conductivity + w] * S[r.upper_gradient + w] if k > 0 else surface_flux
        upper = -conductivity * (2.0 / span) / stored if k < last else 0.0
        above_it = S[r.top_conductivity + w] if as_271.soil_heat else S[r.upper_conductivity + w]
        lower = -above_it * S[r.upper_inverse_distance + w] / stored if k > 0 else 0.0
        to_surface = (conductivity / (0.5 * thickness * stored * S[r.surface_coupling + w]) if k == 0 else 0.0)
        tendency = (inflow - conductivity * gradient) / stored
        S[r.right_hand_side + row + w] = tendency
        S[r.matrix_upper + row + w] = upper
        S[r.matrix_lower + row + w] = lower
        S[r.matrix_diagonal + row + w] = -(lower + upper) + to_surface
        S[r.heat_capacity + row + w] = capacity
        S[r.layer_heat + w] = tendency * stored
        S[r.upper_conductivity + w] = conductivity
        S[r.upper_gradient + w] = gradient
        S[r.upper_inverse_distance + w] = 2.0 / span


@kernel
def _find_freezing(S, layers, k):
    """Set the temperatures at the ends of layer ``k``, its mean, and whether water in it may change phase."""
    last = len(layers) - 1
    row = k * WIDTH
    below = row + WIDTH if k < last else row
    above = row - WIDTH if k > 0 else row
    for w in range(WIDTH):
        temperature = S[r.soil_temperature + row + w]
        coupling = S[r.surface_coupling + w]
        surface = (S[r.surface_forcing + w] + (coupling - 1.0) * temperature) / coupling
        top = S[r.layer_bottom + above + w] if k > 0 else 0.0
        bottom = S[r.layer_bottom + row + w]
        mirrored = 2.0 * S[r.deep_soil_depth + w] - bottom
        next_bottom = S[r.layer_bottom + below + w] if k < last else mirrored
        next_temperature = S[r.soil_temperature + below + w] if k < last else S[r.deep_soil_temperature + w]
        upper = S[r.lower_temperature + w] if k > 0 else surface
        lower = soil_heat.interface_temperature(temperature, next_temperature, top, bottom, next_bottom)
        ice = S[r.soil_moisture + row + w] - S[r.liquid_soil_moisture + row + w]
        cold = upper < FREEZING_POINT or temperature < FREEZING_POINT or lower < FREEZING_POINT
        S[r.mean_temperature + w] = soil_heat.layer_mean_temperature(upper, temperature, lower,
                                                                     S[r.layer_difference + row + w])
        S[r.freezing_layer + w] = 1.0 if (cold or ice > 0.0) else 0.0
        S[r.lower_temperature + w] = lower


@kernel
def _change_phase(S, k, time_step):
    """Freeze or thaw water of layer ``k`` where its temperatures allow and add the heat to its tendency."""
    row = k * WIDTH
    free_water(S, row)
    for w in range(WIDTH):
        changes = S[r.freezing_layer + w] > 0.5
        thickness = S[r.layer_difference + row + w]
        liquid = S[r.liquid_soil_moisture + row + w]
        new, source = soil_heat.phase_change(liquid, S[r.soil_moisture + row + w], S[r.free_water + w],
                                             S[r.layer_heat + w], thickness, time_step)
        S[r.liquid_soil_moisture + row + w] = new if changes else liquid
        added = source / (thickness * S[r.heat_capacity + row + w]) if changes else 0.0
        S[r.right_hand_side + row + w] = S[r.right_hand_side + row + w] + added


@kernel
def free_water(S, row):
    """Set the liquid water that can exist at the mean temperature of the layer whose rows begin at ``row``.

    Each column stops by itself when its ice content moves by 0.005 or less; the passes go on while any is active.
    """
    for w in range(WIDTH):
        total = S[r.soil_moisture + row + w]
        ice = soil_heat.limit_ice(total - S[r.liquid_soil_moisture + row + w], total)
        cold = S[r.mean_temperature + w] <= FREEZING_POINT - soil_heat.TOLERANCE
        S[r.newton_ice + w] = ice
        S[r.newton_active + w] = 1.0 if (cold and S[r.freezing_layer + w] > 0.5) else 0.0
        S[r.free_water + w] = total
    for _ in range(soil_heat.MAXIMUM_PASSES):
        if any_set(S, r.newton_active):
            _newton_pass(S, row)
    if any_set(S, r.newton_active):
        for w in range(WIDTH):
            active = S[r.newton_active + w] > 0.5
            fallback = soil_heat.fallback_free_water(S[r.mean_temperature + w], S[r.soil_moisture + row + w],
                                                     S[r.porosity + w], S[r.saturated_potential + w],
                                                     S[r.b_exponent + w])
            S[r.free_water + w] = fallback if active else S[r.free_water + w]
            S[r.convergence_failures + w] = S[r.convergence_failures + w] + S[r.newton_active + w]


@kernel
def _newton_pass(S, row):
    for w in range(WIDTH):
        active = S[r.newton_active + w] > 0.5
        total = S[r.soil_moisture + row + w]
        # Columns that stopped, or never were cold, take a temperature at which the formula is finite.
        temperature = S[r.mean_temperature + w] if active else FREEZING_POINT - 1.0
        old = S[r.newton_ice + w]
        new = soil_heat.newton_ice(old, temperature, total, S[r.porosity + w], S[r.saturated_potential + w],
                                   S[r.b_exponent + w])
        new = new if active else old
        moves = active and abs(new - old) > soil_heat.STOP_MOVE
        S[r.newton_ice + w] = new
        S[r.newton_active + w] = 1.0 if moves else 0.0
        S[r.free_water + w] = total - new if active else S[r.free_water + w]
