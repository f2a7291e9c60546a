"""A line of the book: a record as it is written, put together from parts.

Most of what a record says was said by thousands before it. So each part is encoded once, kept, and only joined.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson

from frontdesk.systemdata.shelf import Place


class Line(NamedTuple):
    """One record, encoded, with its newline; and where in the book it belongs."""

    text: bytes
    place: Place

    def record(self) -> dict[str, Any]:
        """The record that the line holds."""
        record: dict[str, Any] = orjson.loads(self.text)
        return record


def part(fields: Mapping[str, Any]) -> bytes:
    """Fields as a part of a line that other parts follow: encoded, without braces, each with its comma behind it."""
    return orjson.dumps(fields)[1:-1] + b"," if fields else b""


def known(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that have a value."""
    return {name: value for name, value in fields.items() if value is not None}
