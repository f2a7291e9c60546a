"""The header fields of one request that the desk reads."""

from collections.abc import Iterable, Mapping
from typing import Any

Headers = Iterable[Any]
"""Header field lines as ASGI gives them: pairs of bytes, lower-case names, in order, repeats included. As some servers
give something else, no more is taken for granted here."""


def plain(given: Mapping[str, Any]) -> dict[str, Any]:
    """A scope or a message to be read: nearly always a dict, of which compiled code reads faster than of a mapping."""
    return given if isinstance(given, dict) else dict(given)


class Seen:
    """The fields of a request: the last line of each at once, every line of one on demand."""

    __slots__ = ("_all", "fields", "repeats")

    def __init__(self, headers: Headers) -> None:
        self._all: list[Any] = headers if isinstance(headers, list) else list(headers)
        self.fields: dict[bytes, bytes] = dict(self._all)
        """The last line of each field."""
        self.repeats = len(self.fields) != len(self._all)  # some field has several lines

    def last(self, name: bytes) -> bytes | None:
        """The value of the last line of a field."""
        return self.fields.get(name)

    def lines(self, name: bytes) -> tuple[bytes, ...]:
        """The values of every line of a field, in order."""
        if self.repeats:
            return tuple([value for each, value in self._all if each == name])
        value = self.fields.get(name)
        return () if value is None else (value,)
