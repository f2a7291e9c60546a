"""Ranges of addresses: laid over one another, merged, and cut to whole networks.

A range is `(first, last, value)` with both ends included. Addresses of both families share one line of 128-bit
numbers, as in the MMDB format: IPv4 takes the first 2**32, where IPv6 has nothing that is routed.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from heapq import heapify, heappop, heappush
from typing import NamedTuple, TypeVar

from frontdesk.policy.networks import pack

V4_END = 1 << 32
V6_END = 1 << 128

Value = TypeVar("Value", bound=Hashable)


class Range(NamedTuple):
    """Addresses from `first` to `last`, both included, and what is said of them."""

    first: int
    last: int
    value: Hashable


def number(text: str) -> int:
    """The place of an address in text on the common line; `ValueError` where it is no address."""
    packed = pack(text)
    if packed is None:
        raise ValueError(f"{text!r} is not an address")
    value = int.from_bytes(packed)
    if len(packed) > 4 and value < V4_END:  # noqa: PLR2004
        raise ValueError(f"{text!r} is in ::/96, which is kept for IPv4")
    return value


def flatten(ranges: Iterable[Range]) -> Iterator[Range]:
    """Disjoint ranges in order, from ranges that may hold one another: the narrowest that holds an address wins."""
    ordered = sorted(ranges, key=lambda item: (item.first, -item.last))
    open_: list[tuple[int, int, Range]] = []  # heap by width: the narrowest open range is on top
    position = 0
    for order, item in enumerate(ordered):
        yield from _emit(open_, position, item.first)
        position = item.first
        # Of two equal ranges the one that came first stays on top.
        heappush(open_, (item.last - item.first, order, item))
    yield from _emit(open_, position, V6_END)


def _emit(open_: list[tuple[int, int, Range]], position: int, until: int) -> Iterator[Range]:
    """What the open ranges say of the addresses from `position` up to `until`."""
    while open_ and position < until:
        top = open_[0][2]
        if top.last < position:
            heappop(open_)
            continue
        last = min(top.last, until - 1)
        yield Range(position, last, top.value)
        position = last + 1
    while open_ and open_[0][2].last < until:
        heappop(open_)


def overlay(
    layers: Sequence[Iterable[Range]], combine: Callable[[tuple[Hashable | None, ...]], Value | None]
) -> Iterator[Range]:
    """One row of disjoint ranges from several.

    Args:
        layers: each disjoint and in order.
        combine: called with one value (or None) per layer; the value of the merged range, or None to leave it out.
    """
    current: list[Hashable | None] = [None] * len(layers)
    rows = [iter(layer) for layer in layers]
    ahead = [next(row, None) for row in rows]
    # Each layer has one event waiting: where its next range starts, or where its current one has ended.
    events = [(item.first, index) for index, item in enumerate(ahead) if item is not None]
    heapify(events)
    seen: dict[tuple[Hashable | None, ...], Value | None] = {}
    position = 0
    while events:
        at, index = heappop(events)
        if at > position:
            key = tuple(current)
            if key not in seen:
                seen[key] = combine(key)
            value = seen[key]
            if value is not None:
                yield Range(position, at - 1, value)
            position = at
        item = ahead[index]
        if item is not None and item.first == at:
            current[index] = item.value
            heappush(events, (item.last + 1, index))
            ahead[index] = next(rows[index], None)
        else:
            current[index] = None
            if item is not None:
                heappush(events, (item.first, index))


def joined(ranges: Iterable[Range]) -> Iterator[Range]:
    """The same ranges with neighbours of equal value made one."""
    last: Range | None = None
    for item in ranges:
        if last is not None and last.last + 1 == item.first and last.value == item.value:
            last = Range(last.first, item.last, item.value)
            continue
        if last is not None:
            yield last
        last = item
    if last is not None:
        yield last


def cut(ranges: Iterable[Range], v4_prefix: int, v6_prefix: int) -> Iterator[Range]:
    """Disjoint ranges whose ends fall on whole networks of a prefix length.

    A network that several ranges share goes to the one with the most addresses in it; nothing counts as a range too.
    """
    cell: tuple[int, int] | None = None
    shares: dict[Hashable, int] = {}
    for item in ranges:
        first, last, value = item
        while first <= last:
            size, end_of_family = (
                (1 << (32 - v4_prefix), V4_END) if first < V4_END else (1 << (128 - v6_prefix), V6_END)
            )
            network = _network(first, size)
            if cell is not None and network != cell:
                yield from _winner(cell, shares)
                cell = None
            if first == network[0] and last >= network[1]:
                end = min(last + 1, end_of_family) // size * size - 1
                yield Range(first, end, value)
            else:
                if cell is None:
                    cell, shares = network, {}
                end = min(last, network[1])
                shares[value] = shares.get(value, 0) + end + 1 - first
            first = end + 1
    if cell is not None:
        yield from _winner(cell, shares)


def _network(address: int, size: int) -> tuple[int, int]:
    """The first and last address of the network that holds an address; IPv6's first network lacks what is IPv4's."""
    start = address - address % size
    return max(start, V4_END) if address >= V4_END else start, start + size - 1


def _winner(cell: tuple[int, int], shares: dict[Hashable, int]) -> Iterator[Range]:
    first, last = cell
    value = max(shares, key=shares.__getitem__)
    if shares[value] >= last + 1 - first - sum(shares.values()):
        yield Range(first, last, value)
