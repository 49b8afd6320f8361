"""Soil water and canopy water of a tile (SMFLX, SRT, SSTEP)."""

from landda_hpc.jit import driver_kernel
from landda_hpc.noah import soil_water
from landda_hpc.noah.tiles import rows as r
from landda_hpc.noah.tiles.rows import WIDTH
from landda_hpc.noah.tiles.transfer import any_set
from landda_hpc.noah.tiles.tridiagonal import solve_increments


@driver_kernel
def move_water(S, layers, time_step, as_271):
    """Advance soil water and canopy water by one step and set runoff, drainage and excess.

    Two passes where the rain is heavy or a layer nearly saturated (Kalnay and Kanamitsu 1988): the second takes its
    coefficients from the mean of the old and the provisional profile. For the other columns of a tile the second pass
    repeats the first.
    """
    _divide_rain(S, layers, time_step, as_271)
    _solve(S, layers, time_step, as_271)
    if any_set(S, r.two_passes):
        for k in range(len(layers)):
            row = k * WIDTH
            for w in range(WIDTH):
                old = S[r.liquid_soil_moisture + row + w]
                mean = 0.5 * (old + S[r.new_liquid + row + w])
                S[r.coefficient_moisture + row + w] = mean if S[r.two_passes + w] > 0.5 else old
        _solve(S, layers, time_step, as_271)
    for k in range(len(layers)):
        row = k * WIDTH
        for w in range(WIDTH):
            S[r.soil_moisture + row + w] = S[r.new_total + row + w]
            S[r.liquid_soil_moisture + row + w] = S[r.new_liquid + row + w]
    for w in range(WIDTH):
        S[r.canopy_water + w] = soil_water.fill_canopy(S[r.canopy_water + w], time_step * S[r.canopy_change + w],
                                                       S[r.canopy_capacity + w])
        S[r.soil_leak + w] = S[r.created_water + w]


@driver_kernel
def _divide_rain(S, layers, time_step, as_271):
    """Divide the surface water between canopy and ground, note the ice and choose the number of passes."""
    for w in range(WIDTH):
        rain = S[r.surface_water + w]
        green = S[r.green_vegetation_fraction + w]
        change = green * rain - S[r.canopy_evaporation + w]
        filled = S[r.canopy_water + w] + time_step * change
        drip = max(filled - S[r.canopy_capacity + w], 0.0)
        S[r.canopy_change + w] = change
        S[r.drip + w] = drip
        S[r.ground_water_input + w] = (1.0 - green) * rain + drip / time_step
        S[r.largest_ice + w] = 0.0
        S[r.wettest_layer + w] = 0.0
    for k in range(len(layers)):
        row = k * WIDTH
        for w in range(WIDTH):
            liquid = S[r.liquid_soil_moisture + row + w]
            ice = S[r.soil_moisture + row + w] - liquid
            S[r.ice + row + w] = ice
            S[r.coefficient_moisture + row + w] = liquid
            S[r.largest_ice + w] = max(S[r.largest_ice + w], ice)
            S[r.wettest_layer + w] = max(S[r.wettest_layer + w], liquid / S[r.porosity + w])
    for w in range(WIDTH):
        share = 0.001 if as_271.water_passes else 0.0001
        heavy = (S[r.ground_water_input + w] * time_step
                 > share * 1000.0 * S[r.layer_bottom + w] * S[r.porosity + w])
        wet = False if as_271.water_passes else S[r.wettest_layer + w] > S[r.two_pass_limit + w]
        S[r.two_passes + w] = 1.0 if (heavy or wet) else 0.0


@driver_kernel
def _solve(S, layers, time_step, as_271):
    _conduct(S, layers, as_271)
    _infiltrate(S, layers, time_step, as_271)
    _set_tendencies(S, layers)
    solve_increments(S, layers, time_step)
    _limit_profile(S, layers)


@driver_kernel
def _conduct(S, layers, as_271):
    """Set diffusivity and conductivity of each layer from the coefficient profile (WDFCND)."""
    for k in range(len(layers)):
        row = k * WIDTH
        for w in range(WIDTH):
            liquid = S[r.coefficient_moisture + row + w]
            S[r.diffusivity + row + w] = soil_water.water_diffusivity(
                liquid, S[r.porosity + w], S[r.saturated_diffusivity + w], S[r.b_exponent + w])
            S[r.hydraulic_conductivity + row + w] = soil_water.hydraulic_conductivity(
                liquid, S[r.porosity + w], S[r.saturated_conductivity + w], S[r.b_exponent + w])
    frozen = 0
    for w in range(WIDTH):
        frozen += 1 if S[r.largest_ice + w] > 0.0 else 0
    if frozen > 0:
        for k in range(len(layers)):
            row = k * WIDTH
            for w in range(WIDTH):
                diffusivity = soil_water.frozen_diffusivity(
                    S[r.diffusivity + row + w], S[r.coefficient_moisture + row + w], S[r.largest_ice + w],
                    S[r.porosity + w], S[r.saturated_diffusivity + w], S[r.b_exponent + w], as_271)
                S[r.diffusivity + row + w] = (diffusivity if S[r.largest_ice + w] > 0.0
                                              else S[r.diffusivity + row + w])


@driver_kernel
def _infiltrate(S, layers, time_step, as_271):
    """Set infiltration and surface runoff."""
    for w in range(WIDTH):
        S[r.water_deficit + w] = 0.0
        S[r.ice_depth + w] = 0.0
    for k in range(len(layers)):
        row = k * WIDTH
        for w in range(WIDTH):
            capacity = S[r.porosity + w] - S[r.wilting_point + w]
            thickness, ice = S[r.layer_difference + row + w], S[r.ice + row + w]
            filled = (S[r.coefficient_moisture + row + w] + ice - S[r.wilting_point + w]) / capacity
            S[r.water_deficit + w] = S[r.water_deficit + w] + thickness * capacity * (1.0 - filled)
            S[r.ice_depth + w] = S[r.ice_depth + w] + thickness * ice
    for w in range(WIDTH):
        rain = S[r.ground_water_input + w]
        capacity = soil_water.infiltration_capacity(
            rain, time_step, S[r.water_deficit + w], S[r.ice_depth + w], S[r.runoff_parameter + w],
            S[r.frozen_infiltration_parameter + w], S[r.hydraulic_conductivity + w], as_271)
        limited = rain != 0.0 and rain > capacity
        S[r.infiltration + w] = capacity if limited else rain
        S[r.surface_runoff + w] = rain - capacity if limited else 0.0


@driver_kernel
def _set_tendencies(S, layers):
    """Set the matrix and the right-hand side of the soil-water system (SRT) and the drainage.

    Gradients are of the state even in the second pass; conductivities are those of the upper layer.
    """
    last = len(layers) - 1
    for k in range(len(layers)):
        row = k * WIDTH
        for w in range(WIDTH):
            below = row + WIDTH if k < last else row
            above = row - WIDTH if k > 0 else row
            top = S[r.layer_bottom + above + w] if k > 0 else 0.0
            thickness = S[r.layer_difference + row + w]
            span = S[r.layer_bottom + below + w] - top if k < last else 1.0
            gradient = ((S[r.liquid_soil_moisture + row + w] - S[r.liquid_soil_moisture + below + w]) / (0.5 * span)
                        if k < last else 0.0)
            diffusivity, conductivity = S[r.diffusivity + row + w], S[r.hydraulic_conductivity + row + w]
            upper = -diffusivity * (2.0 / span) / thickness if k < last else 0.0
            outflow = conductivity if k < last else S[r.drainage_slope + w] * conductivity
            # What flows in from above and the lower diagonal were left by the layer above.
            inflow = S[r.upper_flux + w] if k > 0 else S[r.infiltration + w] - S[r.direct_evaporation + w]
            lower = -S[r.upper_exchange + w] / thickness if k > 0 else 0.0
            flux = diffusivity * gradient + outflow
            S[r.right_hand_side + row + w] = -(flux - inflow + S[r.transpiration + row + w]) / thickness
            S[r.matrix_upper + row + w] = upper
            S[r.matrix_lower + row + w] = lower
            S[r.matrix_diagonal + row + w] = -(lower + upper)
            S[r.upper_flux + w] = flux
            S[r.upper_exchange + w] = diffusivity * (2.0 / span)
            S[r.drainage + w] = outflow


@driver_kernel
def _limit_profile(S, layers):
    """Add the increments, keep each layer within its limits and pass the excess downwards (SSTEP).

    The water that the least content of 0.02 makes is left in the row ``created_water`` [m].
    """
    for w in range(WIDTH):
        S[r.excess_depth + w] = 0.0
        S[r.created_water + w] = 0.0
    for k in range(len(layers)):
        row = k * WIDTH
        for w in range(WIDTH):
            thickness = S[r.layer_difference + row + w]
            moisture = (S[r.liquid_soil_moisture + row + w] + S[r.right_hand_side + row + w]
                        + S[r.excess_depth + w] / thickness)
            total, liquid, excess, created = soil_water.limit_layer(moisture, S[r.ice + row + w], S[r.porosity + w])
            S[r.new_total + row + w] = total
            S[r.new_liquid + row + w] = liquid
            S[r.excess_depth + w] = excess * thickness
            S[r.created_water + w] = S[r.created_water + w] + created * thickness
