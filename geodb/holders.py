"""Holders of networks whose names were read: what a reader knows that no word of the name tells.

`lists/holders.txt` has one holder a line: its kind, its country, and its name as registered. A name counts only as it
was read, legal form included, and only where it was read: `Aton LLC` of one country is not that of another.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final, Self

from frontdesk.geodb.plain import words_of

FILE: Final = Path(__file__).parent / "lists" / "holders.txt"

KINDS: Final = frozenset({"business", "education", "government", "unknown"})
"""What a holder may be read as; `unknown` takes back what a word of the name seems to say."""


class Holders:
    """The kind of each holder that was read."""

    def __init__(self, kinds: Mapping[tuple[str, str], str]) -> None:
        """Take the kinds by country and plain name, as `read` gives them."""
        self._kinds = kinds

    @classmethod
    def load(cls) -> Self:
        """Read the list that comes with the package."""
        return cls(read(FILE.read_text("utf-8").splitlines()))

    def kind(self, name: str, country: str | None) -> str | None:
        """The kind of a holder in a country, or None where nobody read it."""
        return None if country is None else self._kinds.get((country, _key(name)))


def read(lines: Iterable[str]) -> dict[tuple[str, str], str]:
    """The kinds by country and plain name. Raises `ValueError` with the line that is wrong."""
    kinds: dict[tuple[str, str], str] = {}
    for number, line in enumerate(lines, start=1):
        if line.startswith("#"):
            continue
        kind, country, name = (*line.split("\t"), "", "")[:3]
        if kind not in KINDS or len(country) != 2 or not _key(name):  # noqa: PLR2004 - ISO 3166-1
            raise ValueError(f"line {number} is not a kind, a country and a name, parted by tabs: {line!r}")
        if kinds.setdefault((country, _key(name)), kind) != kind:
            raise ValueError(f"line {number} says {kind} of a name that a line above calls otherwise: {line!r}")
    return kinds


def _key(name: str) -> str:
    return " ".join(words_of(name))
