"""The country by majority: each source has one vote, and what sources are known to say wrongly is doubted.

Free sources of countries err in different places, so that most of them together are right more often than any one. A
tie goes to the source that is heard first. A doubted word counts only where a source whose word is not doubted says the
same, or where nobody says anything else.
"""

import re
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import NamedTuple

from frontdesk.geodb.precedence import Measured
from frontdesk.geodb.ranges import V6_END, Range, overlay
from frontdesk.geodb.sources import Facts, Source
from frontdesk.geodb.sources.values import network


class Fault(NamedTuple):
    """A country that a kind of source is known to name wrongly, in some networks or, where none is given, anywhere.

    The kind is told by the name of the source: its npm package, or its file where it comes alone.
    """

    kind: re.Pattern[str]
    country: str
    networks: tuple[str, ...]
    why: str


FAULTS = (
    Fault(
        re.compile(r"geo-whois|geo-ip-blocks"),
        "AU",
        (),
        "APNIC's WHOIS has the registry's own country, Australia, in objects that only keep the place of space which is"
        " delegated elsewhere: all of Asia's IPv6, and IPv4 that was moved to other registries",
    ),
    Fault(
        re.compile("dbip"),
        "GB",
        ("3.0.0.0/8", "15.0.0.0/8", "16.0.0.0/8", "18.0.0.0/8"),
        "DB-IP puts much of these blocks of Amazon and Hewlett-Packard into Britain, where every other source and the"
        " delegation say the United States",
    ),
    Fault(
        re.compile("dbip"),
        "CA",
        ("9.0.0.0/8",),
        "DB-IP puts most of this block of IBM into Canada, where the delegation says the United States",
    ),
)
"""The faults that were found by comparing the sources with one another and with the delegations, in 2026."""


class Word(NamedTuple):
    """What one source says of the country, and whether it is known to be often wrong there."""

    country: str
    doubted: bool = False


def elected(words: Sequence[Word]) -> str:
    """The country that most say, of equals the one that is said first, by one word of each voice and one at least."""
    sure = {word.country for word in words if not word.doubted}
    counted = Counter(word.country for word in words if not sure or word.country in sure)
    return max(counted, key=counted.__getitem__)


Chosen = tuple[Facts, tuple[int, ...]]
"""What is taken of a place, and which sources, by their numbers, say it."""

Choose = Callable[[Sequence[tuple[int, Facts]]], Chosen]
"""Chooses a country from what sources say of a network, the first to be heard first."""


def first(known: Sequence[tuple[int, Facts]]) -> Chosen:
    """The country of the first source that has one."""
    return next(((facts, (order,)) for order, facts in known if facts.country is not None), (Facts(), ()))


class Ballot:
    """The sources of one layer, and of all after it, vote. A source before them that has a country decides alone."""

    def __init__(self, sources: Sequence[Source], layers: Sequence[int], voting_from: int) -> None:
        # A publisher has one voice, however many files of his there are.
        self._voices = [source.terms.url or source.name for source in sources]
        self._votes = [layer >= voting_from for layer in layers]

    def choose(self, known: Sequence[tuple[int, Facts]]) -> Chosen:
        """The country of a layer that decides alone, else the one elected; the first source that says it is taken."""
        words: dict[str, Word] = {}
        for order, facts in known:
            if facts.country is None:
                continue
            if not self._votes[order]:
                return facts, (order,)
            words.setdefault(self._voices[order], Word(facts.country, facts.doubted))
        if not words:
            return Facts(), ()
        country = elected(list(words.values()))
        agreed = [(order, facts) for order, facts in known if facts.country == country]
        return agreed[0][1], tuple(order for order, _ in agreed)


def doubting(source: Source, row: Iterable[Range]) -> Iterable[Range]:
    """The same ranges, disjoint and in order, with every word marked as doubted that is a known fault of the source."""
    blocks = sorted(
        Range(*ends, fault.country)
        for fault in FAULTS
        if fault.kind.search(source.name)
        for ends in ([network(text) for text in fault.networks] or [(0, V6_END - 1)])
    )
    return overlay([row, blocks], _doubt) if blocks else row


def _doubt(values: tuple[Hashable | None, ...]) -> Hashable | None:
    said, wrong = values
    facts = said.facts if isinstance(said, Measured) else said
    if not isinstance(facts, Facts) or facts.country is None or facts.country != wrong:
        return said
    doubted = facts._replace(doubted=True)
    return said._replace(facts=doubted) if isinstance(said, Measured) else doubted
