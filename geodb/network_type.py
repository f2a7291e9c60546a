"""The network type of an autonomous system, from its holder's name and open lists.

The words are data, in `network_type.toml`, whose header says how they match. The lists, in `lists/`, are of
AS numbers that somebody looked at. Words and lists each know something the other does not:

1. A list that says isp or hosting forbids business, education and government, the types shown as an organisation.
2. Otherwise words decide: they see today's holder, a list the one of the day when somebody last looked.
3. Where no word decides, the lists do: hosting before isp before education.
"""

import hashlib
import re
import tomllib
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple, Self, TypeAlias

from frontdesk.geodb.extent import UNKNOWN_EXTENT, Extent

__all__ = ["NetworkTypes", "Verdict", "plain"]

_HERE: Final = Path(__file__).parent
_LISTS: Final = ("hosting", "isp", "education")  # in the order in which they decide
_ACCESS_LISTS: Final = ("hosting", "isp")
_SHOWN: Final = frozenset({"business", "education", "government"})
_DECIDED: Final = _SHOWN | {"isp", "mobile", "hosting", "cdn", "satellite"}  # what words can tell

# The longest registry name known is 167 characters; what is longer is no name, and must not cost time.
_LONGEST_NAME: Final = 200

# Letters with a stroke or tied letters, which Unicode does not decompose.
_LETTERS: Final = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "\u0131": "i", "ħ": "h", "æ": "ae", "œ": "oe", "þ": "th"}
)
_WORD: Final = re.compile(r"[^\W_]+")

Owner: TypeAlias = int | str  # a table's place, or a group's name


class Verdict(NamedTuple):
    """A network type, and the rule that gave it: short and stable, fit for a record."""

    type: str
    reason: str


class NetworkTypes:
    """Gives an autonomous system its network type."""

    def __init__(self, rules: Mapping[str, Any], lists: Mapping[str, frozenset[int]]) -> None:
        self._lists = lists
        self._aside = _Phrases((text, "aside") for text in rules["aside"])
        self._tables = [_Table.read(table, rules) for table in rules["table"]]
        self._phrases = _Phrases(_owned(rules))

    @classmethod
    def load(cls) -> Self:
        """Read the words and lists that come with the package."""
        rules = tomllib.loads((_HERE / "network_type.toml").read_text("utf-8"))
        return cls(rules, {name: _read_list(_HERE / "lists" / f"{name}.txt") for name in _LISTS})

    @staticmethod
    def digest() -> str:
        """The SHA-256 of the words and lists that `load` reads, to tell by which ones a database was built."""
        files = [_HERE / "network_type.toml", *(_HERE / "lists" / f"{name}.txt" for name in _LISTS)]
        return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()

    def of(self, asn: int, name: str, extent: Extent = UNKNOWN_EXTENT) -> Verdict:
        """The network type of the autonomous system `asn`, whose registered holder is `name`."""
        verdict = self._by_words(name, extent)
        if verdict is not None and verdict.type not in _SHOWN:
            return verdict
        for kind in _LISTS:
            if asn in self._lists[kind] and (verdict is None or kind in _ACCESS_LISTS):
                return Verdict(kind, f"list: {kind}")
        return verdict or Verdict("unknown", "no rule matches")

    def _by_words(self, name: str, extent: Extent) -> Verdict | None:
        words = _strike(_words(name), self._aside)
        first: dict[Owner, str] = {}
        for _, phrase in self._phrases.found(words):
            first.setdefault(phrase.owner, phrase.text)
        for place, table in enumerate(self._tables):
            if place in first and table.unless.isdisjoint(first) and table.fits(extent):
                return Verdict(table.type, f"word: {first[place]}")
        return None


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


def _words(name: str) -> list[str]:
    return _WORD.findall(plain(name[:_LONGEST_NAME]))


def plain(text: str) -> str:
    """The text casefolded, without accents and strokes: by this, names in any spelling are compared."""
    if text.isascii():
        return text.lower()
    parts = unicodedata.normalize("NFKD", text).casefold()
    return "".join(part for part in parts if unicodedata.category(part)[0] != "M").translate(_LETTERS)


def _patterns(text: str) -> list[str]:
    """The words of a rule, each with its star; a rule is cut into words the way a name is."""
    patterns = []
    for part in text.split():
        words = _words(part)
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
