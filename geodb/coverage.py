"""How much address space a database says something of, and what changes when another takes its place."""

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import NamedTuple

from frontdesk.geodb.ranges import V4_END, Range, overlay
from frontdesk.geodb.record import NetworkRecord

# Space is counted in the smallest networks that the internet routes: IPv4's /24 and IPv6's /48.
_V4_UNIT = 1 << 8
_V6_UNIT = 1 << 80

FIELDS = ("country", "as_number", "holder")
"""The fields of a record whose coverage is counted."""


class Coverage(NamedTuple):
    """For how much space each field is known, as a count of IPv4's /24s and IPv6's /48s."""

    ipv4: dict[str, int]
    ipv6: dict[str, int]


class Change(NamedTuple):
    """A field that says something else than before, and for how many /24s and /48s."""

    field: str
    before: str
    after: str
    ipv4: int
    ipv6: int


def coverage(ranges: Iterable[Range], records: Sequence[NetworkRecord]) -> Coverage:
    """What is known for how much space, in ranges whose values are places in `records`."""
    sizes: Counter[tuple[object, bool]] = Counter()
    for item in ranges:
        sizes[item.value, item.first < V4_END] += item.last + 1 - item.first
    counted = Coverage(dict.fromkeys(FIELDS, 0), dict.fromkeys(FIELDS, 0))
    for (value, is_v4), size in sizes.items():
        for field in FIELDS:
            if getattr(records[int(value)], field) is not None:  # type: ignore[call-overload]
                (counted.ipv4 if is_v4 else counted.ipv6)[field] += size
    return Coverage(
        {field: size // _V4_UNIT for field, size in counted.ipv4.items()},
        {field: size // _V6_UNIT for field, size in counted.ipv6.items()},
    )


def losses(before: Coverage, after: Coverage, limit: float) -> list[str]:
    """The fields of which more than a share `limit` of the space is lost, in words."""
    told = []
    for family, old, new in (("IPv4", before.ipv4, after.ipv4), ("IPv6", before.ipv6, after.ipv6)):
        for field, size in old.items():
            now = new.get(field, 0)
            if now < size * (1 - limit):
                told.append(f"{field} of {family} is known for {now:,} networks instead of {size:,}")
    return told


def changes(before: Iterable[Range], after: Iterable[Range]) -> list[Change]:
    """What changes for how much space, most first. The values of both are `NetworkRecord`s."""
    sizes: Counter[tuple[str, str, str, bool]] = Counter()
    for item in overlay([_compared(before), _compared(after)], _differing):
        for field, old, new in item.value:  # type: ignore[attr-defined]
            sizes[field, old, new, item.first < V4_END] += item.last + 1 - item.first
    keys = dict.fromkeys(key[:3] for key in sizes)
    found = [Change(*key, sizes[*key, True] // _V4_UNIT, sizes[*key, False] // _V6_UNIT) for key in keys]
    return sorted(found, key=lambda change: (-change.ipv4, -change.ipv6, change))


class _Told(NamedTuple):
    """The fields of a record that are compared, in words."""

    country: str = "none"
    system: str = "none"
    organisation: str = "none"
    type: str = "unknown"


def _compared(ranges: Iterable[Range]) -> Iterator[Range]:
    for first, last, value in ranges:
        assert isinstance(value, NetworkRecord)  # noqa: S101 - the caller's promise
        system = f"AS{value.as_number}" if value.as_number is not None else "none"
        holder = value.holder.name if value.holder else "none"
        yield Range(first, last, _Told(value.country or "none", system, holder, value.type))


def _differing(values: tuple[Hashable | None, ...]) -> tuple[tuple[str, str, str], ...] | None:
    """The fields of which two databases say different things, with what each says."""
    old, new = (value if isinstance(value, _Told) else _Told() for value in values)
    return (
        tuple((field, was, now) for field, was, now in zip(_Told._fields, old, new, strict=True) if was != now) or None
    )
