"""Read a configuration file: YAML, changes from the command line, and every problem told at once."""

import difflib
from pathlib import Path

import yaml
from pydantic import ValidationError

from landda_hpc.config.explain import section_at
from landda_hpc.config.run_config import RunConfig
from landda_hpc.errors import ConfigError


class _Loader(yaml.SafeLoader):
    """Leaves dates as text, so that an impossible one is told like any other problem."""


def _without_doubled_keys(loader, node):
    """Return a mapping; YAML would take the last of two equal keys in silence."""
    seen = {}
    for key, _ in node.value:
        if key.value in seen:
            raise yaml.constructor.ConstructorError(
                f"the key {key.value!r} of line {seen[key.value]} stands here again", key.start_mark, "keep one of them")
        seen[key.value] = key.start_mark.line + 1
    return loader.construct_mapping(node, deep=True)


_Loader.add_constructor("tag:yaml.org,2002:map", _without_doubled_keys)
_Loader.yaml_implicit_resolvers = {first: [(tag, pattern) for tag, pattern in resolvers
                                           if tag != "tag:yaml.org,2002:timestamp"]
                                   for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()}


def load_config(path, changes=(), model=RunConfig):
    """Return the :class:`RunConfig` of a YAML file, or another configuration.

    Parameters
    ----------
    path : str or Path
    changes : sequence of str
        ``section.key=value`` with the value in YAML, as given by ``-s``. Items of a list are numbered from 0.
    model : type of Section

    Raises
    ------
    ConfigError
        With every problem: key, what was found and what was expected, line where it can be told.
    """
    path = Path(path)
    try:
        text = path.read_text()
    except FileNotFoundError as error:
        raise ConfigError(f"{path}: the configuration does not exist. `landda init DIR` writes one to start from."
                          ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}.") from error
    try:
        document = yaml.load(text, _Loader) or {}
        tree = yaml.compose(text)
    except yaml.YAMLError as error:
        raise ConfigError(f"{path}: is not valid YAML: {error}") from error
    if not isinstance(document, dict):
        raise ConfigError(f"{path}: expected sections such as run: and sites:, found a {type(document).__name__}.")
    for change in changes:
        _apply(document, change)
    try:
        return model.model_validate(document)
    except ValidationError as error:
        problems = [_explain(path, tree, item, model) for item in error.errors()]
        raise ConfigError("\n".join(problems)) from None


def _apply(document, change):
    """Set one ``section.key=value`` in the document."""
    key, separator, value = change.partition("=")
    if not separator:
        raise ConfigError(f"-s {change}: expected section.key=value.")
    try:
        parsed = yaml.load(value, _Loader)
    except yaml.YAMLError as error:
        raise ConfigError(f"-s {change}: the value is not valid YAML: {error}") from error
    *parents, last = key.split(".")
    place = document
    try:
        for parent in parents:
            place = place[int(parent)] if isinstance(place, list) else place.setdefault(parent, {})
        place[int(last) if isinstance(place, list) else last] = parsed
    except (ValueError, IndexError, TypeError, AttributeError) as error:
        raise ConfigError(f"-s {change}: there is no place {key} in the configuration ({error}).") from error


def _explain(path, tree, item, model):
    """Return one problem of pydantic's list in the package's form."""
    location = list(item["loc"])
    key = ".".join(str(part) for part in location) or "configuration"
    where = f"{path}{_line(tree, location)}"
    if item["type"] == "extra_forbidden":
        known = section_at(location[:-1], model)
        close = difflib.get_close_matches(str(location[-1]), known, 1, 0.6)
        hint = f"\n  Did you mean {'.'.join([*map(str, location[:-1]), close[0]])}?" if close else "\n "
        return f"{where}: {key} is not a known key.{hint} Known: {', '.join(known)}."
    if item["type"] == "missing":
        return f"{where}: {key} is missing."
    message = item["msg"].removeprefix("Value error, ")
    found = "" if item["type"] == "value_error" else f" (found {item['input']!r})"
    return f"{where}: {key}: {message}{found}."


def _line(tree, location):
    """Return ``:line`` of the deepest node on the way to a key, or nothing."""
    node, line = tree, None
    for part in location:
        if isinstance(node, yaml.MappingNode):
            pairs = [(key, value) for key, value in node.value if key.value == str(part)]
            if not pairs:
                break
            line, node = pairs[0][0].start_mark.line, pairs[0][1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line
        else:
            break
    return f":{line + 1}" if line is not None else ""
