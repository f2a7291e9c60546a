"""The header fields of one request that the desk reads."""

from collections.abc import Iterable

Headers = Iterable[tuple[bytes, bytes]]
"""Header field lines as ASGI gives them: lower-case names, in order, repeats included."""


class Seen:
    """The fields of a request: the last line of each at once, every line of one on demand."""

    __slots__ = ("_all", "last", "repeats")

    def __init__(self, headers: Headers) -> None:
        self._all = headers if isinstance(headers, list) else list(headers)
        fields = dict(self._all)
        self.last = fields.get  # so that reading a field is one call, and none of ours
        self.repeats = len(fields) != len(self._all)  # some field has several lines

    def lines(self, name: bytes) -> tuple[bytes, ...]:
        """The values of every line of a field, in order."""
        if self.repeats:
            return tuple([value for each, value in self._all if each == name])
        value = self.last(name)
        return () if value is None else (value,)


NOTHING_SEEN = Seen(())
"""The header fields of a request that could not be read."""
