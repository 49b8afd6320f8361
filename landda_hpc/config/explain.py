"""What the keys of a configuration mean, from the sections themselves."""

import difflib
from typing import Annotated, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from landda_hpc.config.run_config import RunConfig
from landda_hpc.errors import ConfigError


def _model_of(annotation):
    """Return the section inside an annotation such as ``tuple[Site, ...]``, or None."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((model for model in map(_model_of, get_args(annotation)) if model), None)


def section_at(location, model=RunConfig):
    """Return the known keys of the section at a location; numbers and names of entries are passed over."""
    for part in location:
        field = model.model_fields.get(str(part))
        model = (_model_of(field.annotation) or model) if field else model
    return list(model.model_fields)


def all_keys(model=RunConfig, prefix=""):
    """Return ``(key, field)`` of every key, depth first."""
    keys = []
    for name, field in model.model_fields.items():
        inner = _model_of(field.annotation)
        keys.append((prefix + name, field))
        if inner:
            keys += all_keys(inner, f"{prefix}{name}.")
    return keys


def explain(key):
    """Return the meaning, type and default of a key, or of the keys of a section."""
    known = all_keys()
    if key in ("", "."):
        return "\n".join(_text(name, field) for name, field in known)
    found = [(name, field) for name, field in known if name == key or name.startswith(f"{key}.")]
    if not found:
        close = difflib.get_close_matches(key, [name for name, _ in known], 3, 0.5)
        hint = f" Did you mean {', '.join(close)}?" if close else " `landda config --list` shows all keys."
        raise ConfigError(f"{key} is not a key of a configuration.{hint}")
    return "\n".join(_text(name, field) for name, field in found)


def _text(name, field):
    inner = _model_of(field.annotation)
    if inner:
        return f"{name}: {(inner.__doc__ or '').splitlines()[0]}"
    default = "required" if field.default is PydanticUndefined else f"default {field.default!r}"
    return f"{name}: {field.description} [{_kind(field.annotation)}; {default}]"


def _kind(annotation):
    """Return an annotation as a reader of YAML would call it."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _kind(inner[0])
    if origin is Literal:
        return " | ".join(map(str, inner))
    if origin is tuple:
        kinds = [_kind(item) for item in inner if item is not Ellipsis]
        return f"list of {kinds[0]}" if Ellipsis in inner else f"list of {len(kinds)}: {', '.join(kinds)}"
    if origin is dict:
        return f"mapping of {_kind(inner[0])} to {_kind(inner[1])}"
    if origin is not None:
        return " or ".join("nothing" if item is type(None) else _kind(item) for item in inner)
    return getattr(annotation, "__name__", str(annotation))
