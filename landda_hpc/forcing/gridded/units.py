"""Units as files write them, and the way from each to that of a field.

The parser knows products of powers (``W m-2``, ``J m**-2``, ``kg/m^2/s``, ``mm day-1``), prefixes where the field uses them,
and temperatures with an offset. Depths of water count 1000 kg m-3. An amount over an interval, such as ``J m-2`` or ``mm``, is
told from a rate by its dimension.
"""

import functools
import re
from typing import NamedTuple

WATER = 1000.0  # kg m-3
KELVIN = (0, 0, 0, 1)

#: Factor to SI and exponents of kg, m, s, K.
_BASE = {
    "kg": (1.0, (1, 0, 0, 0)), "g": (1.0e-3, (1, 0, 0, 0)),
    "m": (1.0, (0, 1, 0, 0)), "cm": (1.0e-2, (0, 1, 0, 0)), "mm": (1.0e-3, (0, 1, 0, 0)), "km": (1.0e3, (0, 1, 0, 0)),
    "inch": (0.0254, (0, 1, 0, 0)),
    "s": (1.0, (0, 0, 1, 0)), "min": (60.0, (0, 0, 1, 0)), "h": (3600.0, (0, 0, 1, 0)), "day": (86400.0, (0, 0, 1, 0)),
    "K": (1.0, KELVIN),
    "Pa": (1.0, (1, -1, -2, 0)), "hPa": (100.0, (1, -1, -2, 0)), "kPa": (1.0e3, (1, -1, -2, 0)), "bar": (1.0e5, (1, -1, -2, 0)),
    "W": (1.0, (1, 2, -3, 0)), "kW": (1.0e3, (1, 2, -3, 0)), "J": (1.0, (1, 2, -2, 0)), "kJ": (1.0e3, (1, 2, -2, 0)),
    "MJ": (1.0e6, (1, 2, -2, 0)), "knot": (1852.0 / 3600.0, (0, 1, -1, 0)), "%": (0.01, (0, 0, 0, 0)),
}
_ALIASES = {
    "sec": "s", "secs": "s", "second": "s", "seconds": "s", "minute": "min", "minutes": "min", "hr": "h", "hrs": "h",
    "hour": "h", "hours": "h", "d": "day", "days": "day", "kelvin": "K", "Kelvin": "K", "degK": "K", "deg_K": "K", "meter": "m",
    "meters": "m", "metre": "m", "metres": "m", "millimeter": "mm", "millimetre": "mm", "millimeters": "mm",
    "millimetres": "mm", "gram": "g", "grams": "g", "kilogram": "kg", "pascal": "Pa", "Pascal": "Pa", "pascals": "Pa",
    "hpa": "hPa", "mb": "hPa", "mbar": "hPa", "millibar": "hPa", "millibars": "hPa", "watt": "W", "Watt": "W", "joule": "J",
    "Joule": "J", "joules": "J", "inches": "inch", "in": "inch", "knots": "knot", "kt": "knot", "kts": "knot", "percent": "%",
}
_CELSIUS = {"C", "degC", "deg_C", "celsius", "Celsius", "degree_Celsius", "degrees_Celsius", "degree_C", "degrees_C", "°C"}
_FAHRENHEIT = {"F", "degF", "deg_F", "fahrenheit", "Fahrenheit"}
_TOKEN = re.compile(r"([A-Za-z_°%]+)([+-]?\d+)?$")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$")


class Conversion(NamedTuple):
    """``factor * number + offset`` is in the units of the field, times seconds where it is an ``amount`` over an interval."""

    factor: float
    offset: float
    amount: bool


@functools.cache
def conversion(units, wanted, is_flux):
    """Return the :class:`Conversion` of a unit to that of a field.

    Parameters
    ----------
    units : str
        As the file or the user writes it.
    wanted : str
        Units of the field.
    is_flux : bool
        Whether amounts over an interval will do as well.

    Raises
    ------
    ValueError
        For a unit that is unknown or of another dimension, saying which.
    """
    target_factor, _, target = _parse(wanted)
    factor, offset, dimension = _parse(units)
    scale = factor / target_factor
    depth = tuple(have - want for have, want in zip(dimension, target))
    if depth == (0, 0, 0, 0):
        return Conversion(scale, offset, False)
    if is_flux and offset == 0.0:
        per_second = (0, 0, 1, 0)
        if depth == per_second:
            return Conversion(scale, 0.0, True)
        water = (-1, 3, 0, 0)  # a depth in place of a mass per area
        if target[0] == 1 and depth == water:
            return Conversion(scale * WATER, 0.0, False)
        if target[0] == 1 and depth == tuple(a + b for a, b in zip(water, per_second)):
            return Conversion(scale * WATER, 0.0, True)
    raise ValueError(f"unit {units!r} is not one of {wanted}")


def _parse(text):
    """Return factor, offset and dimension of a unit; raises ValueError for an unknown one."""
    plain = re.sub(r"\s+of\s+water(\s+equivalent)?", "", text.strip("\0 \t\n"))
    if not plain:
        raise ValueError("it has no unit")
    if plain in _CELSIUS:
        return 1.0, 273.15, KELVIN
    if plain in _FAHRENHEIT:
        return 5.0 / 9.0, 459.67 * 5.0 / 9.0, KELVIN
    plain = plain.replace("**", "").replace("^", "").replace("(", " ").replace(")", " ").replace("·", " ").replace("*", " ")
    plain = re.sub(r"\.(?=[A-Za-z])", " ", plain)
    factor, dimension = 1.0, [0, 0, 0, 0]
    for number, part in enumerate(plain.split("/")):
        sign = -1 if number else 1
        words = part.split()
        if not words:
            raise ValueError(f"unit {text!r} is not understood")
        for word in words:
            if _NUMBER.match(word):
                factor *= float(word) ** sign
                continue
            found = _TOKEN.match(word)
            name = found and _ALIASES.get(found[1], found[1])
            if not found or name not in _BASE:
                raise ValueError(f"unit {text!r} is not understood at {word!r}")
            power = sign * int(found[2] or 1)
            size, exponents = _BASE[name]
            factor *= size ** power
            dimension = [have + power * exponent for have, exponent in zip(dimension, exponents)]
    return factor, 0.0, tuple(dimension)
