"""Parameters of every land point: from classes and tables to the planes that the column kernel reads.

The rules are those of the LIS driver of Noah 3.3 (spec 3.2 to 3.4): tables by class, maps or fixed values over them,
and leaf area, albedo, emissivity and roughness that follow the greenness of the date.
"""

import numpy as np

from landda_hpc.errors import ConfigError
from landda_hpc.noah import ice, soil_water, tables, texture
from landda_hpc.noah.tiles import rows

#: Rows of the parameter planes, without the layer thicknesses that follow them.
NAMES = tuple(rows.SEASONAL_PARAMETERS) + tuple(rows.STATIC_PARAMETERS)

_VEGETATION = {"n_root_layers": "nroot", "minimum_stomatal_resistance": "rsmin", "radiation_stress_parameter": "rgl",
               "humidity_stress_parameter": "hs", "full_cover_snow_water": "snup",
               "zilitinkevich_coefficient": "czil", "canopy_capacity": "cmcmax"}
_SOIL = {"porosity": "smcmax", "stress_threshold": "smcref", "wilting_point": "smcwlt", "air_dry_moisture": "smcdry",
         "b_exponent": "bexp", "saturated_potential": "psisat", "saturated_conductivity": "dksat",
         "saturated_diffusivity": "dwsat", "quartz": "quartz", "direct_evaporation_exponent": "fxexp",
         "ground_shading_exponent": "sbeta"}
_GENERAL = {"maximum_stomatal_resistance": "rsmax", "optimum_temperature": "topt", "canopy_exponent": "cfactr",
            "mineral_heat_capacity": "csoil", "snow_cover_shape": "salp", "livneh_weight": "lvcoef",
            "reference_conductivity": "refdk", "reference_runoff_parameter": "refkdt",
            "frozen_ground_parameter": "frzk"}
_SEASONAL = {"leaf_area_index": ("lai_min", "lai_max"), "background_emissivity": ("emiss_min", "emiss_max"),
             "background_roughness_length": ("z0_min", "z0_max"), "background_albedo": ("albedo_max", "albedo_min")}

UNDEFINED_SOIL = 12  # STATSGO class of points without one
WATER_SOIL, LAND_FOR_WATER_SOIL = 14, 7
URBAN_VALUES = {"minimum_stomatal_resistance": 400.0, "porosity": 0.45, "stress_threshold": 0.42,
                "wilting_point": 0.40, "air_dry_moisture": 0.40,
                "two_pass_limit": soil_water.OTHER_TWO_PASS_LIMIT}


class LandParameters:
    """Parameter planes ``(n_parameters, n_points)`` in float64, with each plane at its name.

    Attributes
    ----------
    planes : ndarray
        Rows :data:`NAMES`, then the thickness of each layer [m]. Units: :mod:`landda_hpc.noah.tiles.rows`.
    """

    def __init__(self, n_layers, n_points):
        self.n_layers = n_layers
        self.planes = np.zeros((len(NAMES) + n_layers, n_points))

    def __getitem__(self, name):
        if name == "layer_thickness":
            return self.planes[len(NAMES):]
        return self.planes[NAMES.index(name)]

    @property
    def row_offsets(self):
        """First offset in the scratch buffer of each plane."""
        layered = [rows.layer_thickness + layer * rows.WIDTH for layer in range(self.n_layers)]
        return np.array([rows.OFFSETS[name] for name in NAMES] + layered, np.int64)

    def set_two_pass_limit(self):
        """Derive the saturation limit of the two-pass solution from the porosity."""
        self["two_pass_limit"][:] = soil_water.two_pass_limit(self["porosity"])

    def override_urban(self):
        """Store what the first step of urban columns replaced; the kernel itself replaces it inside every step."""
        urban = self["urban"] > 0.5
        for name, value in URBAN_VALUES.items():
            self[name][urban] = value


def _check_classes(kind, classes, table, names, advice):
    bad = np.flatnonzero((classes < 1) | (classes > table.n_classes))
    if len(bad):
        where = ", ".join(f"{names[point]}: {classes[point]}" for point in bad[:5])
        raise ConfigError(f"Unknown {kind} class at {len(bad)} of {len(classes)} points.\n"
                          f"  found     {where}\n  expected  1 to {table.n_classes} {advice}")


def static_parameters(land_cover, soil, slope, layer_thickness, scheme="modis_igbp", soil_table="statsgo",
                      surface_kind=None, names=None):
    """Return :class:`LandParameters` with all that does not follow the season.

    Parameters
    ----------
    land_cover, soil, slope : ndarray of int (n_points,)
        Classes. Soil 0 or undefined (negative) becomes 12; soil 14 (water) on land becomes 7; slope 0 or less
        becomes 3.
    layer_thickness : array_like (n_layers,) or (n_layers, n_points)
        [m]
    scheme, soil_table : str
        Keys of :data:`landda_hpc.noah.tables.LAND_COVER_SCHEMES` and ``SOIL_TABLES``.
    surface_kind : ndarray of int (n_points,), optional
        Codes of :mod:`landda_hpc.noah.ice`; all land by default.
    names : sequence of str, optional
        Names of the points, for messages.

    Raises
    ------
    ConfigError
        For classes that the table does not have, for water points and for layers that Noah cannot use.
    """
    land_cover, soil, slope = (np.atleast_1d(np.asarray(values, np.int64)).copy() for values in (land_cover, soil, slope))
    n_points = len(land_cover)
    names = names if names is not None else [f"point {point}" for point in range(n_points)]
    vegetation_table = tables.class_table(tables.LAND_COVER_SCHEMES[scheme])
    soils = tables.class_table(tables.SOIL_TABLES[soil_table])
    special = tables.special_classes(scheme)
    _check_classes("land-cover", land_cover, vegetation_table, names, f"of the scheme {scheme}")
    if (land_cover == special.water).any():
        point = int(np.flatnonzero(land_cover == special.water)[0])
        raise ConfigError(f"{names[point]}: land-cover class {special.water} is water, where Noah does not run. "
                          "Take the point out of the domain or give it a land class.")
    soil[soil <= 0] = UNDEFINED_SOIL
    soil[soil == WATER_SOIL] = LAND_FOR_WATER_SOIL
    _check_classes("soil", soil, soils, names, f"of the table {soil_table}")
    slope[slope <= 0] = 3
    slopes = tables.slope_values()
    if (slope > len(slopes)).any():
        point = int(np.argmax(slope))
        raise ConfigError(f"{names[point]}: unknown slope class {slope[point]}; expected 1 to {len(slopes)}.")

    thickness = _checked_thickness(layer_thickness, n_points)
    parameters = LandParameters(len(thickness), n_points)
    parameters["layer_thickness"][:] = thickness
    for name, column in _VEGETATION.items():
        parameters[name][:] = vegetation_table.values(column, land_cover)
    for name, column in _SOIL.items():
        parameters[name][:] = soils.values(column, soil)
    general = tables.general_values()
    for name, key in _GENERAL.items():
        parameters[name][:] = general[key]
    parameters["maximum_snow_albedo"][:] = vegetation_table.values("maxalb_pct", land_cover) / 100.0
    parameters["drainage_slope"][:] = slopes[slope - 1]
    parameters["deep_soil_depth"][:] = -general["zbot"]
    parameters["urban"][:] = land_cover == special.urban
    parameters["surface_kind"][:] = ice.LAND if surface_kind is None else surface_kind
    parameters.set_two_pass_limit()
    return parameters


def apply_maps(parameters, **values):
    """Replace parameters of the tables by values of their own ``(n_points,)``, NaN where the table stays."""
    for name, own in values.items():
        parameters[name][:] = np.where(np.isfinite(own), own, parameters[name])
    parameters.set_two_pass_limit()


def apply_pedotransfer(parameters, sand, clay):
    """Replace porosity, potential, conductivity and b by the formulas of Cosby et al. (1984) where fractions are given.

    ``sand`` and ``clay`` are fractions ``(n_points,)``, NaN where the table stays.
    """
    given = np.isfinite(sand) & np.isfinite(clay)
    names = ("porosity", "saturated_potential", "saturated_conductivity", "b_exponent")
    for name, values in zip(names, texture.pedotransfer(sand, clay)):
        parameters[name][given] = values[given]
    parameters.set_two_pass_limit()


def apply_depths(parameters, soil_depth, root_depth):
    """Let the last layer end at the soil depth and the roots at the root depth [m], NaN where the configuration stays.

    Roots reach one layer more than end above the root depth.

    Raises
    ------
    ConfigError
        For a soil that ends above its last layer and roots below the soil.
    """
    thickness = parameters["layer_thickness"]
    above = thickness[:-1].sum(axis=0)
    shallow = soil_depth <= above
    if shallow.any():
        raise ConfigError(f"soil_depth must be below the upper layers: found {soil_depth[shallow][0]} m, expected more "
                          f"than {above[shallow][0]:g} m.")
    thickness[-1] = np.where(np.isfinite(soil_depth), soil_depth - above, thickness[-1])
    bottoms = np.cumsum(thickness, axis=0)
    layers = 1 + (bottoms < root_depth).sum(axis=0)
    deep = np.isfinite(root_depth) & (layers > parameters.n_layers)
    if deep.any():
        raise ConfigError(f"root_depth {root_depth[deep][0]} m is below the soil, which ends at {bottoms[-1][deep][0]:g} m.")
    parameters["n_root_layers"][:] = np.where(np.isfinite(root_depth), layers, parameters["n_root_layers"])


def _checked_thickness(layer_thickness, n_points):
    thickness = np.asarray(layer_thickness, np.float64)
    thickness = np.repeat(thickness[:, None], n_points, axis=1) if thickness.ndim == 1 else thickness
    if not 2 <= len(thickness) <= rows.MAX_LAYERS:
        raise ConfigError(f"{len(thickness)} soil layers are configured; expected 2 to {rows.MAX_LAYERS}.")
    if not (thickness > 0.0).all():
        raise ConfigError(f"Soil layers must be thicker than zero; the thinnest is {thickness.min()} m. With a soil "
                          "depth map the last layer is what the others leave of the depth.")
    return thickness


class Seasons:
    """Greenness of the date and the parameters that follow it (spec 3.4).

    Parameters
    ----------
    land_cover : ndarray of int (n_points,)
    monthly_greenness : ndarray (12, n_points)
        Green vegetation fraction [1] on the 15th of each month.
    longitude : ndarray (n_points,)
        Degrees east; the date is the local one, in whole hours of 15 degrees.
    scheme : str
    least, greatest : ndarray (n_points,), optional
        Annual extremes of the greenness; those of the twelve months by default.
    monthly : dict of str to ndarray (12, n_points), optional
        Maps of ``background_albedo``, ``background_emissivity``, ``background_roughness_length`` or ``leaf_area_index`` on
        the 15th of each month, in place of what follows the greenness; NaN where the class stays.
    """

    def __init__(self, land_cover, monthly_greenness, longitude, scheme="modis_igbp", least=None, greatest=None,
                 monthly=None):
        table = tables.class_table(tables.LAND_COVER_SCHEMES[scheme])
        special = tables.special_classes(scheme)
        self.greenness = in_single(monthly_greenness)
        self.least = np.asarray(np.minimum(self.greenness.min(axis=0), 1.0) if least is None else least, np.float64)
        self.greatest = np.asarray(np.maximum(self.greenness.max(axis=0), 0.0) if greatest is None else greatest, np.float64)
        self.barren = np.isin(land_cover, [special.bare, special.snow_ice, special.water])
        self.ends = {name: (table.values(low, land_cover), table.values(high, land_cover))
                     for name, (low, high) in _SEASONAL.items()}
        self.shift_hours = local_shift(longitude)
        self.monthly = monthly or {}
        self._dates = None

    def update(self, parameters, time):
        """Set the seasonal planes of ``parameters`` for the step that starts at ``time`` (datetime64, UTC)."""
        parameters["previous_background_roughness_length"][:] = parameters["background_roughness_length"]
        dates = (np.datetime64(time, "s") + self.shift_hours.astype("timedelta64[h]")).astype("datetime64[D]")
        if self._dates is not None and np.array_equal(dates, self._dates):
            return  # all points are still at the dates of the last update
        self._dates = dates
        greenness = np.empty(len(dates))
        for date in np.unique(dates):
            here = dates == date
            greenness[here] = monthly_value(self.greenness, date, here)
        greenness[self.barren] = 0.0
        parameters["green_vegetation_fraction"][:] = greenness
        weight = self.weight(greenness)
        for name, (low, high) in self.ends.items():
            between = (1.0 - weight) * low + weight * high
            parameters[name][:] = np.where(weight <= 0.0, low, np.where(weight >= 1.0, high, between))
        for name, months in self.monthly.items():
            for date in np.unique(dates):
                here = dates == date
                mapped = monthly_value(months, date, here)
                parameters[name][here] = np.where(np.isfinite(mapped), mapped, parameters[name][here])

    def begin_with(self, parameters, roughness_length):
        """Let the first step take another snow-free roughness ``(n_points,)`` [m] for that of the step before (spec 3.3)."""
        parameters["background_roughness_length"][:] = roughness_length
        self.forget_date()

    def forget_date(self):
        """Let the next update set the parameters anew, whatever the date."""
        self._dates = None

    def weight(self, greenness):
        """Return the weight of the greatest greenness [1]; it is asked first whether the greatest is reached."""
        span = self.greatest - self.least
        inner = np.clip((greenness - self.least) / np.where(span > 0.0, span, 1.0), 0.0, 1.0)
        inner = np.where(greenness <= self.least, 0.0, inner)
        return np.where(greenness >= self.greatest, 1.0, inner)


def local_shift(longitude):
    """Return the whole hours that local time is ahead of UTC at each longitude [degrees east], as LIS counts them."""
    western = (np.asarray(longitude, np.float64) + 180.0) % 360.0 - 180.0
    zone = np.floor((western + 187.5) / 15.0).astype(np.int64) + 1
    return np.where(zone >= 25, 1, zone) - 13


def in_single(values):
    """Return maps in single precision where that loses nothing, as with those of domain files, else in double."""
    values = np.asarray(values)
    single = values.astype(np.float32, copy=False)
    return single if np.array_equal(single, values) else values


def monthly_value(values, date, chosen=...):
    """Return twelve monthly values, valid on the 15th, interpolated to a date (MONTHD).

    Parameters
    ----------
    values : ndarray (12, ...)
    date : datetime64[D]
    chosen : index
        Of the places that are wanted; all by default.
    """
    def of(month):
        return np.asarray(values[month][chosen], np.float64)

    month_start = date.astype("datetime64[M]")
    day = int((date - month_start.astype("datetime64[D]")).astype(np.int64)) + 1
    month = int(month_start.astype(np.int64)) % 12
    if day == 15:
        return of(month).copy()
    first = month_start - 1 if day < 15 else month_start
    length = int(((first + 1).astype("datetime64[D]") - first.astype("datetime64[D]")).astype(np.int64))
    weight = (length - 15 + day) / length if day < 15 else (day - 15) / length
    before = int(first.astype(np.int64)) % 12
    return of(before) * (1.0 - weight) + of((before + 1) % 12) * weight
