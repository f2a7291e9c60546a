"""The network type of an autonomous system, from its holder's name and open lists.

The words are data, in `network_type.toml`, whose header says how they match. `lists/holders.txt` is of names that were
read; the other lists, in `lists/`, are of AS numbers that somebody looked at. Each knows something the others do not:

1. A list of AS numbers that says isp or hosting forbids business, education and government, the types shown as an
   organisation.
2. Otherwise a name that was read is what its reader took it for.
3. Otherwise words decide: they see today's holder, a list of numbers the one of the day when somebody last looked.
4. Where no word decides, the lists of numbers do: hosting before isp before education.
"""

import hashlib
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple, Self, TypeAlias

from frontdesk.geodb import holders
from frontdesk.geodb.extent import UNKNOWN_EXTENT, Extent
from frontdesk.geodb.holders import Holders
from frontdesk.geodb.plain import words_of

_HERE: Final = Path(__file__).parent
_LISTS: Final = ("hosting", "isp", "education")  # in the order in which they decide
_ACCESS_LISTS: Final = ("hosting", "isp")
_SHOWN: Final = frozenset({"business", "education", "government"})
_OPEN: Final = _SHOWN | {"unknown"}  # what a list may still change
_DECIDED: Final = _SHOWN | {"isp", "mobile", "hosting", "cdn", "satellite"}  # what words can tell

Owner: TypeAlias = int | str  # a table's place, or a group's name


class Verdict(NamedTuple):
    """A network type, and the rule that gave it: short and stable, fit for a record."""

    type: str
    reason: str


class NetworkTypes:
    """Gives an autonomous system its network type."""

    def __init__(
        self, rules: Mapping[str, Any], lists: Mapping[str, frozenset[int]], read: Holders | None = None
    ) -> None:
        self._lists = lists
        self._holders = Holders({}) if read is None else read
        self._aside = _Phrases((text, "aside") for text in rules["aside"])
        self._tables = [_Table.read(table, rules) for table in rules["table"]]
        self._phrases = _Phrases(_owned(rules))

    @classmethod
    def load(cls) -> Self:
        """Read the words and lists that come with the package."""
        rules = tomllib.loads((_HERE / "network_type.toml").read_text("utf-8"))
        lists = {name: _read_list(_HERE / "lists" / f"{name}.txt") for name in _LISTS}
        return cls(rules, lists, Holders.load())

    @staticmethod
    def digest() -> str:
        """The SHA-256 of the words and lists that `load` reads, to tell by which ones a database was built."""
        files = [_HERE / "network_type.toml", *(_HERE / "lists" / f"{name}.txt" for name in _LISTS), holders.FILE]
        return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()

    def of(self, asn: int, name: str, extent: Extent = UNKNOWN_EXTENT) -> Verdict:
        """The network type of the autonomous system `asn`, whose registered holder is `name`."""
        verdict = self._by_reading(name, extent) or self._by_words(name, extent)
        if verdict.type not in _OPEN:
            return verdict
        for kind in _LISTS:
            if asn in self._lists[kind] and (verdict.type == "unknown" or kind in _ACCESS_LISTS):
                return Verdict(kind, f"list: {kind}")
        return verdict

    def _by_reading(self, name: str, extent: Extent) -> Verdict | None:
        kind = self._holders.kind(name, extent.country)
        return None if kind is None else Verdict(kind, "read: holders")

    def _by_words(self, name: str, extent: Extent) -> Verdict:
        words = _strike(words_of(name), self._aside)
        first: dict[Owner, str] = {}
        for _, phrase in self._phrases.found(words):
            first.setdefault(phrase.owner, phrase.text)
        for place, table in enumerate(self._tables):
            if place in first and table.unless.isdisjoint(first) and table.fits(extent):
                return Verdict(table.type, f"word: {first[place]}")
        return Verdict("unknown", "no rule matches")


class _Table(NamedTuple):
    type: str
    unless: frozenset[str]
    announced: tuple[int, int] | None
    announces_v6: bool | None
    countries: frozenset[str]

    @classmethod
    def read(cls, table: Mapping[str, Any], rules: Mapping[str, Any]) -> Self:
        if table["type"] not in _DECIDED:
            raise ValueError(f"words cannot decide {table['type']!r}; a table's type is one of {sorted(_DECIDED)}")
        groups, places = rules["groups"], rules.get("countries", {})
        unless, countries = frozenset(table.get("unless", ())), frozenset(table.get("countries", ()))
        if unknown := (unless - groups.keys()) | (countries - places.keys()):
            raise ValueError(f"a table of {table['type']} names groups that do not exist: {sorted(unknown)}")
        announced = table.get("announced")
        return cls(
            table["type"],
            unless,
            (announced[0], announced[1]) if announced else None,
            table.get("announces_v6"),
            frozenset(code for name in countries for code in places[name]),
        )

    def fits(self, extent: Extent) -> bool:
        """Whether the table speaks of an AS of this size and place. What is not known is taken for none."""
        if self.countries and extent.country not in self.countries:
            return False
        if self.announces_v6 is not None and extent.announces_v6 is not self.announces_v6:
            return False
        if self.announced is None:
            return True
        least, most = self.announced
        return least <= (extent.announced or 0) <= most


class _Phrase(NamedTuple):
    owner: Owner
    text: str
    rest: tuple[str, ...]  # the words after the first, by which the phrase is found


class _Phrases:
    """Finds phrases by their first word: whole, by its beginning, or by its end."""

    def __init__(self, texts: Iterable[tuple[str, Owner]]) -> None:
        self._whole: dict[str, list[_Phrase]] = defaultdict(list)
        self._beginning: dict[str, list[_Phrase]] = defaultdict(list)
        self._end: dict[str, list[_Phrase]] = defaultdict(list)
        for text, owner in texts:
            first, *rest = _patterns(text)
            self._index_for(first)[first.strip("*")].append(_Phrase(owner, text, tuple(rest)))
        self._beginning_sizes = sorted({len(part) for part in self._beginning})
        self._end_sizes = sorted({len(part) for part in self._end})

    def found(self, words: Sequence[str]) -> Iterator[tuple[int, _Phrase]]:
        """Every phrase that occurs, with its place, from the first word on."""
        for place, word in enumerate(words):
            for phrase in self._starting_with(word):
                if _continues(words, place + 1, phrase.rest):
                    yield place, phrase

    def _index_for(self, pattern: str) -> dict[str, list[_Phrase]]:
        if pattern.endswith("*"):
            return self._beginning
        return self._end if pattern.startswith("*") else self._whole

    def _starting_with(self, word: str) -> Iterator[_Phrase]:
        yield from self._whole.get(word, ())
        for size in self._beginning_sizes:
            if size > len(word):
                break
            yield from self._beginning.get(word[:size], ())
        for size in self._end_sizes:
            if size > len(word):
                break
            yield from self._end.get(word[-size:], ())


def _owned(rules: Mapping[str, Any]) -> Iterator[tuple[str, Owner]]:
    for place, table in enumerate(rules["table"]):
        yield from ((text, place) for text in table["words"])
    for name, texts in rules["groups"].items():
        yield from ((text, name) for text in texts)


def _patterns(text: str) -> list[str]:
    """The words of a rule, each with its star; a rule is cut into words the way a name is."""
    patterns = []
    for part in text.split():
        words = words_of(part)
        if len(words) != 1 or "*" in part.strip("*") or (part[0] == part[-1] == "*"):
            raise ValueError(f"not a rule: {text!r}; write words, each with at most one * before or after it")
        patterns.append("*" * part.startswith("*") + words[0] + "*" * part.endswith("*"))
    if not patterns:
        raise ValueError("a rule is empty; remove it")
    return patterns


def _continues(words: Sequence[str], place: int, patterns: Sequence[str]) -> bool:
    return len(words) >= place + len(patterns) and all(
        _matches(pattern, word) for pattern, word in zip(patterns, words[place:], strict=False)
    )


def _matches(pattern: str, word: str) -> bool:
    if pattern.endswith("*"):
        return word.startswith(pattern[:-1])
    return word.endswith(pattern[1:]) if pattern.startswith("*") else word == pattern


def _strike(words: list[str], aside: _Phrases) -> list[str]:
    """The words with every phrase of `aside` blanked; a blank matches no rule, so none reaches across it."""
    for place, phrase in list(aside.found(words)):
        size = 1 + len(phrase.rest)
        words[place : place + size] = [""] * size
    return words


def _read_list(path: Path) -> frozenset[int]:
    lines = path.read_text("ascii").splitlines()
    return frozenset(int(number) for line in lines if not line.startswith("#") for number in line.split())
