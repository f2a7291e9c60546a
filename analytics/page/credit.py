"""What the licences of the network database want shown, and how old it is."""

import re
from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

_LINK = re.compile(r"(?P<text>.+?) \((?P<url>https://[^\s()]+)\)(?P<rest>.*)")


class Credit(NamedTuple):
    """One line of credit, its text a link where the licence names a page."""

    text: str
    url: str = ""
    rest: str = ""

    @property
    def line(self) -> str:
        """The line as a manifest has it."""
        return f"{self.text} ({self.url}){self.rest}" if self.url else self.text


class Source(NamedTuple):
    """A file that the database was built from. `state` is `fresh`, `stale` or `expired`."""

    file: str
    made: date | None
    days: int | None
    state: str


class Origin(NamedTuple):
    """The network database that names the organisations: which it is, how old, and to whom it is owed."""

    name: str
    built: date
    days: int
    state: str
    sources: tuple[Source, ...] = ()
    credits: tuple[Credit, ...] = ()
    warning: str | None = None


def credits_of(attributions: Iterable[str]) -> tuple[Credit, ...]:
    """The lines of credit that a database's manifest has: `Made by them (https://them.example), CC BY 4.0`."""
    return tuple(
        Credit(match["text"], match["url"], match["rest"]) if (match := _LINK.fullmatch(line)) else Credit(line)
        for line in attributions
    )
