"""How far an autonomous system reaches: what it announces, and where."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Final, NamedTuple

from frontdesk.geodb.ranges import V4_END, Range


class Extent(NamedTuple):
    """What an AS announces: how many IPv4 addresses, mostly in which country, any of IPv6; None is not known."""

    announced: int | None = None
    country: str | None = None
    announces_v6: bool | None = None


UNKNOWN_EXTENT: Final = Extent()


class Placed(NamedTuple):
    """Who announces a range, and the country that it is in."""

    as_number: int
    country: str | None


def extents(ranges: Iterable[Range]) -> dict[int, Extent]:
    """The extent of each AS, from disjoint ranges whose values are `Placed`."""
    v4: defaultdict[int, Counter[str | None]] = defaultdict(Counter)
    v6: defaultdict[int, Counter[str | None]] = defaultdict(Counter)
    for first, last, value in ranges:
        assert isinstance(value, Placed)  # noqa: S101 - the caller's promise
        (v4 if first < V4_END else v6)[value.as_number][value.country] += last + 1 - first
    return {
        number: Extent(v4[number].total(), _most(v4[number] or v6[number]), number in v6)
        for number in sorted({*v4, *v6})
    }


def _most(sizes: Counter[str | None]) -> str | None:
    """The country with most of the space, where one is known; of equals the first by its code."""
    known = [(-size, country) for country, size in sizes.items() if country is not None]
    return min(known)[1] if known else None
