"""Writing the MaxMind DB file format, version 2.0.

The search tree shares equal sub-trees and the data section equal values, which makes the file a third smaller than
one that does not. The same ranges always give the same bytes.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from frontdesk.geodb.progress import Tell
from frontdesk.geodb.ranges import V6_END, Range

_METADATA_MARKER = b"\xab\xcd\xefMaxMind.com"
_SEPARATOR = bytes(16)
_BITS = 128

_POINTER, _STRING, _UINT16, _UINT32, _MAP, _UINT64, _ARRAY = 1, 2, 5, 6, 7, 9, 11
# How much is done when the tree is grown, and when the data is written, as measured on the embedded database.
_GROWN, _WRITTEN = 0.3, 0.9
# A value shorter than this is no longer than the pointer to it.
_SHORTEST_SHARED = 4


class Tree(NamedTuple):
    """A search tree: pairs of children, the root last. A child is a node below its parent, a leaf, or empty."""

    nodes: list[tuple[int, int]]
    root: int


# Children are told apart by sign: 0 is empty, n > 0 is the node n - 1, n < 0 is the value -n - 1.
_EMPTY = 0


def grow(ranges: list[Range]) -> Tree:
    """The search tree over disjoint ranges in order whose values are numbers from 0."""
    nodes: list[tuple[int, int]] = []
    known: dict[tuple[int, int], int] = {}
    position = 0

    def child(first: int, size: int) -> int:
        """The child for `size` addresses from `first`; ranges that end before it have been passed."""
        nonlocal position
        while position < len(ranges) and ranges[position].last < first:
            position += 1
        if position == len(ranges) or ranges[position].first >= first + size:
            return _EMPTY
        item = ranges[position]
        if item.first <= first and item.last >= first + size - 1:
            return -int(item.value) - 1  # type: ignore[call-overload, no-any-return]
        half = size >> 1
        pair = child(first, half), child(first + half, half)
        if pair[0] == pair[1] and pair[0] <= 0:
            return pair[0]
        if pair not in known:
            nodes.append(pair)
            known[pair] = len(nodes)
        return known[pair]

    root = child(0, V6_END)
    if root <= 0:
        nodes.append((root, root))
        root = len(nodes)
    return Tree(nodes, root)


def encode(
    ranges: Iterable[Range],
    values: list[dict[str, Any]],
    metadata: Mapping[str, Any],
    tell: Tell = lambda _: None,
) -> bytes:
    """A whole database file.

    Args:
        ranges: disjoint, in order, on the common line of addresses; each value is an index into `values`.
        values: the records, as maps of text, whole numbers, lists and maps.
        metadata: what the format asks for beside the tree's own numbers: `database_type`, `build_epoch`, and so on.
        tell: called with how much is done, after each part.
    """
    tree = grow(list(ranges))
    tell(_GROWN)
    data = _Data()
    offsets = [data.add(value) for value in values]
    tell(_WRITTEN)
    count = len(tree.nodes)
    size = 24 if count + 16 + len(data.out) < 1 << 24 else 32
    width = size // 8
    # The root must be node 0, and the tree was grown leaves first: number the nodes from the end.
    out = bytearray()
    for pair in reversed(tree.nodes):
        for item in pair:
            if item == _EMPTY:
                place = count
            elif item > 0:
                place = count - item
            else:
                place = count + 16 + offsets[-item - 1]
            out += place.to_bytes(width)
    head = dict(metadata) | {
        "binary_format_major_version": _Sized(2, _UINT16),
        "binary_format_minor_version": _Sized(0, _UINT16),
        "build_epoch": _Sized(metadata["build_epoch"], _UINT64),
        "ip_version": _Sized(6, _UINT16),
        "node_count": _Sized(count, _UINT32),
        "record_size": _Sized(size, _UINT16),
    }
    tail = _Data()
    tail.add(head)
    return bytes(out) + _SEPARATOR + bytes(data.out) + _METADATA_MARKER + bytes(tail.out)


class _Sized(NamedTuple):
    """A number that must have one given type."""

    number: int
    type: int


class _Data:
    """A data section: each distinct value is written once and pointed to from then on."""

    def __init__(self) -> None:
        self.out = bytearray()
        self._known: dict[object, int] = {}

    def add(self, value: dict[str, Any]) -> int:
        """Write a record and give its offset."""
        key = _key(value)
        if key not in self._known:
            offset = len(self.out)
            self._write(value)
            self._known[key] = offset
        return self._known[key]

    def _write(self, value: Any) -> None:
        match value:
            case str():
                raw = value.encode()
                self._control(_STRING, len(raw))
                self.out += raw
            case _Sized(number, kind):
                raw = number.to_bytes((number.bit_length() + 7) // 8)
                self._control(kind, len(raw))
                self.out += raw
            case int():
                self._write(_Sized(value, _UINT32))
            case dict():
                self._control(_MAP, len(value))
                for name, item in sorted(value.items()):
                    self._share(name)
                    self._share(item)
            case list():
                self._control(_ARRAY, len(value))
                for item in value:
                    self._share(item)
            case _:
                raise TypeError(f"a {type(value).__name__} cannot be stored")

    def _share(self, value: Any) -> None:
        """Write a value inside another, or a pointer to where it was written before."""
        key = _key(value)
        if key in self._known:
            self._pointer(self._known[key])
            return
        offset = len(self.out)
        self._write(value)
        if len(self.out) - offset >= _SHORTEST_SHARED:
            self._known[key] = offset

    def _control(self, kind: int, size: int) -> None:
        """The control byte of a value with its type and size (format section "Data Field Format")."""
        extended = kind > 7  # noqa: PLR2004
        high = 0 if extended else kind << 5
        if size < 29:  # noqa: PLR2004
            tail, code = b"", size
        elif size < 285:  # noqa: PLR2004
            tail, code = bytes([size - 29]), 29
        elif size < 65_821:  # noqa: PLR2004
            tail, code = (size - 285).to_bytes(2), 30
        else:
            tail, code = (size - 65_821).to_bytes(3), 31
        self.out.append(high | code)
        if extended:
            self.out.append(kind - 7)
        self.out += tail

    def _pointer(self, offset: int) -> None:
        """A pointer in the shortest of its four forms."""
        for size, (bits, base) in enumerate(((11, 0), (19, 2048), (27, 526_336))):
            if offset - base < 1 << bits:
                rest = offset - base
                self.out.append(_POINTER << 5 | size << 3 | rest >> (8 * (size + 1)))
                self.out += (rest & ((1 << 8 * (size + 1)) - 1)).to_bytes(size + 1)
                return
        self.out.append(_POINTER << 5 | 3 << 3)
        self.out += offset.to_bytes(4)


def _key(value: Any) -> object:
    """A hashable stand-in for a value."""
    if isinstance(value, dict):
        return ("map", *((name, _key(item)) for name, item in sorted(value.items())))
    if isinstance(value, list):
        return ("list", *(_key(item) for item in value))
    return (type(value).__name__, value)
