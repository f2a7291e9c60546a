"""As much of JSON Schema (draft 2020-12) as `docs/record.schema.json` uses; any other keyword is an error."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

_SILENT = {"$schema", "$id", "$defs", "title", "properties"}
_TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": (int, float),
    "null": type(None),
}


def _is(value: Any, names: str | list[str]) -> bool:
    if isinstance(value, bool):
        return "boolean" in names
    return any(
        isinstance(value, _TYPES[name]) for name in ([names] if isinstance(names, str) else names) if name in _TYPES
    )


# What a value must be, by keyword: a keyword for another type of value asks for nothing.
_TESTS: dict[str, Callable[[Any, Any], bool]] = {
    "type": _is,
    "const": lambda value, wanted: value == wanted and isinstance(value, bool) == isinstance(wanted, bool),
    "enum": lambda value, wanted: value in wanted,
    "pattern": lambda value, wanted: not isinstance(value, str) or re.search(wanted, value) is not None,
    "minimum": lambda value, wanted: not isinstance(value, int) or value >= wanted,
    "minLength": lambda value, wanted: not isinstance(value, str) or len(value) >= wanted,
    "required": lambda value, wanted: set(wanted) <= value.keys(),
}


def faults(value: Any, schema: Mapping[str, Any], root: Mapping[str, Any], place: str = "record") -> Iterator[str]:
    """What is wrong with a value, each with its place."""
    for keyword, wanted in schema.items():
        if keyword in _TESTS:
            if not _TESTS[keyword](value, wanted):
                yield f"{place}: {keyword} asks for {wanted}, not {value!r}"
        elif keyword == "$ref":
            yield from faults(value, root["$defs"][wanted.removeprefix("#/$defs/")], root, place)
        elif keyword == "oneOf":
            matching = [each for each in wanted if not list(faults(value, each, root, place))]
            if len(matching) != 1:
                yield f"{place}: {len(matching)} of the alternatives match"
        elif keyword == "items":
            yield from (fault for item in value for fault in faults(item, wanted, root, f"{place}[]"))
        elif keyword == "additionalProperties":
            yield from _members(value, schema, root, place)
        else:
            assert keyword in _SILENT, f"this checker does not know {keyword}"


def _members(value: Any, schema: Mapping[str, Any], root: Mapping[str, Any], place: str) -> Iterator[str]:
    for name, member in value.items():
        wanted = schema.get("properties", {}).get(name, schema["additionalProperties"])
        if wanted is False:
            yield f"{place}: {name} is unknown"
        else:
            yield from faults(member, wanted, root, f"{place}/{name}")
