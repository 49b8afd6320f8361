"""The processes in which Noah 2.7.1 differs from Noah 3.3, each a choice that a kernel is compiled for.

A choice is a tuple: empty as in 3.3, one element as in 2.7.1. Its length belongs to its type, so Numba compiles kernels
for each set of choices apart and the compiler sees a constant where they ask ``if as_271.snow_albedo``: no branch stays in
a loop, and the kernels of 3.3 are what they are without the choices.
"""

from typing import NamedTuple

#: What each choice changes in the column step when it follows Noah 2.7.1 (and not 3.3).
KERNEL_PROCESSES = {
    "air_humidity": "saturation over water with a latent heat that depends on temperature, and air humidity at most 99 % of "
                    "it (3.3: constant latent heat, no upper limit)",
    "precipitation_phase": "snow in air up to 273.16 K included, and only rates above 1e-20 kg m-2 s-1 count (3.3: below "
                           "273.15 K, above 0)",
    "surface_layer": "the older surface layer on one height, wind brought down to it, roughness of the snow-free ground "
                     "(3.3: noah.surface_layer, two heights, roughness with the snow of the step before)",
    "net_radiation": "shortwave absorbed with the albedo of this step (3.3: of the step before)",
    "emissivity": "snow-free ground is black, snow has 0.95 only in its own balance, all longwave is absorbed (3.3: by "
                  "class, times longwave)",
    "least_pack": "a step keeps any pack, and gives one without depth ten times its water (3.3: drops up to 1e-4 kg m-2)",
    "snow_conductivity": "of Dyachkova (1960) (3.3: twice that)",
    "fresh_snow": "mean density of old and fresh snow always (3.3: the larger one for less than 0.01 mm)",
    "snow_cover": "shape 4.0 and up to 1 (3.3: shape of the table, up to 0.98, and the ground under more than 0.97 "
                  "conducts like snow)",
    "snow_albedo": "the maximum albedo, whatever the age (3.3: ageing of Livneh et al. 2010)",
    "snow_roughness": "snow leaves the roughness as it is (3.3: smooths it)",
    "latent_heat": "potential evaporation with the heat of vaporisation (3.3: of sublimation over the snow)",
    "soil_evaporation": "from the liquid water of the top layer (3.3: from the total)",
    "soil_conductivity": "unfrozen share (liquid + 1e-9)/(total + 1e-9) (3.3: liquid/total)",
    "soil_heat": "lower diagonal of the heat equation with the conductivity of the top layer (3.3: of the layer above)",
    "water_passes": "two passes if the rain of a step fills the top layer's pores (3.3: a tenth of them, or a wet layer)",
    "frozen_diffusivity": "moisture of 0.2 where soil is frozen (3.3: 0.05, or less if it is drier)",
    "infiltration": "upper limit in metres and not in metres per second, hence without effect",
    "rain_heat": "rain on snow-free ground brings no heat (3.3: diagnosed)",
    "snow_balance": "deposition is not reduced in stable air (3.3: reduced from a Richardson number of 0.1)",
    "warm_snow": "thin snow on a surface of at least 275.15 K is removed, its water lost (3.3: melts)",
    "surface_humidity": "no evaporation counts for it from snow or under dew (3.3: counts)",
    "availability": "of the water of all layers (3.3: of the root layers)",
    "urban": "heat conductivity and capacity and air-dry limit of the soil class (3.3: of built ground)",
    "sea_ice": "least pack every step, albedo 0.65, deep temperature 271.16 K (3.3: pack kept, 0.80, own temperature)",
}

#: What each choice changes in the parameters of the points.
PARAMETER_PROCESSES = {
    "soil_parameters": "diffusivity, stress threshold and wilting point derived from porosity, potential, conductivity and "
                       "b; drainage slope 1, sand where there is no class (3.3: from tables)",
    "vegetation_parameters": "leaf area and roughness of a class constant over the year, in the middle of their range, "
                             "albedo of the map of a domain (3.3: follow the greenness)",
}
DESCRIPTIONS = KERNEL_PROCESSES | PARAMETER_PROCESSES

Processes = NamedTuple("Processes", [(name, tuple) for name in KERNEL_PROCESSES])
Processes.__doc__ = "A choice for each of :data:`KERNEL_PROCESSES`: ``()`` as in Noah 3.3, ``(271,)`` as in Noah 2.7.1."

AS_33, AS_271 = (), (271,)
NOAH33 = Processes(*(AS_33 for _ in KERNEL_PROCESSES))
NOAH271 = Processes(*(AS_271 for _ in KERNEL_PROCESSES))


def chosen(names):
    """Return the :class:`Processes` of a kernel in which those of ``names`` are as in Noah 2.7.1.

    Raises
    ------
    ValueError
        For a name that is none of :data:`DESCRIPTIONS`.
    """
    unknown = sorted(set(names) - set(DESCRIPTIONS))
    if unknown:
        raise ValueError(f"{', '.join(unknown)}: no process that differs between Noah 2.7.1 and 3.3. "
                         f"Known: {', '.join(DESCRIPTIONS)}.")
    return Processes(*(AS_271 if name in names else AS_33 for name in KERNEL_PROCESSES))
