"""Which of several sources is heard first: the one in the first layer, then the one with the longest prefix."""

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import NamedTuple

from frontdesk.geodb.ranges import Range
from frontdesk.geodb.sources import Facts
from frontdesk.geodb.sources.values import prefix_length


class Measured(NamedTuple):
    """What a source says of a network, and how long that network's prefix is in the source."""

    prefix_length: int
    facts: Hashable


def measured(ranges: Iterable[Range]) -> Iterator[Range]:
    """The same ranges, each with its prefix length: once they are laid over one another it is lost."""
    for first, last, facts in ranges:
        yield Range(first, last, Measured(prefix_length(first, last), facts))


class Precedence:
    """The order of sources that stand in layers."""

    def __init__(self, layers: Sequence[int]) -> None:
        """`layers` has the number of each source's layer; the first layer is the lowest number."""
        self._layers = layers
        self._sizes = Counter(layers)

    def shares_layer(self, source: int) -> bool:
        """Whether a source has others in its layer, so that its prefix lengths count."""
        return self._sizes[self._layers[source]] > 1

    def known(self, values: tuple[Hashable | None, ...]) -> list[tuple[int, Facts]]:
        """Which sources say something of a range, and what, from the first to be heard to the last."""
        said: list[tuple[tuple[int, int, int], Facts]] = []
        for order, value in enumerate(values):
            length, facts = value if isinstance(value, Measured) else (0, value)
            if isinstance(facts, Facts):
                said.append(((self._layers[order], -length, order), facts))
        return [(rank[2], facts) for rank, facts in sorted(said, key=_rank)]


def _rank(said: tuple[tuple[int, int, int], Facts]) -> tuple[int, int, int]:
    return said[0]
