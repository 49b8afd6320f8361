"""Durations and dates as a configuration writes them."""

import re
from datetime import date, datetime
from typing import Annotated

import numpy as np
from pydantic import BeforeValidator, PlainSerializer

UNITS = {"s": 1, "min": 60, "mn": 60, "h": 3600, "d": 86400}


def parse_duration(value):
    """Return the seconds of a duration such as ``1800``, ``900s``, ``30min``, ``1h`` or ``2d``."""
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*", str(value))
    unit = match and (match[2] or "s")
    if not match or unit not in UNITS:
        raise ValueError(f"{value!r} is no duration; write a number with s, min, h or d, such as 30min")
    seconds = float(match[1]) * UNITS[unit]
    if seconds != int(seconds):
        raise ValueError(f"{value!r} is not a whole number of seconds")
    return int(seconds)


def parse_time(value):
    """Return datetime64[s] of an ISO date or time, taken as UTC."""
    if isinstance(value, np.datetime64):
        return value.astype("datetime64[s]")
    text = value.isoformat() if isinstance(value, (date, datetime)) else str(value)
    try:
        return np.datetime64(datetime.fromisoformat(text.removesuffix("Z")).replace(tzinfo=None), "s")
    except ValueError as error:
        raise ValueError(f"{text!r} is no date that exists ({error}); write 2001-05-31 or 2001-05-31T06:00") from error


def format_duration(seconds):
    """Return the shortest form of a duration that :func:`parse_duration` reads back."""
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds and seconds % length == 0:
            return f"{seconds // length}{unit}"
    return f"{seconds}s"


Duration = Annotated[int, BeforeValidator(parse_duration), PlainSerializer(format_duration, return_type=str)]
Time = Annotated[np.datetime64, BeforeValidator(parse_time), PlainSerializer(str, return_type=str)]
