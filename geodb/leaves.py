"""The networks of a database as arrays, so that many addresses are looked up at once.

An MMDB is a binary tree: each bit of an address leads on, until a leaf says where the record is stored. Here the tree
is walked once, level by level, into sorted rows of leaves. Leaves of one family and length that hold the same stored
record give the same *answer*; a look-up gives the number of one, and `kinds` an address that has it, to ask for it.
"""

from threading import Lock
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import maxminddb
import numpy as np
import numpy.typing as npt

from frontdesk.geodb.reader import Database
from frontdesk.policy.networks import unpack

U8 = npt.NDArray[np.uint8]
U32 = npt.NDArray[np.uint32]
U64 = npt.NDArray[np.uint64]
I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

ASK = -1
"""Instead of an answer's number: this address must be asked for by itself."""

_V6_BITS, _HALF = 128, 64
_V4_DEPTH = 96  # where the addresses of IPv4 begin in the tree
_V4_END = np.uint64(1 << 32)
# The reader asks about addresses that are written with `::` in front in another way, so they are asked singly.
_FIRST_PLAIN = np.uint64(1 << 32)
_CELL = 8  # bits of an IPv4 address that the table of cells leaves out
_CELLS = 1 << (32 - _CELL)


class _Rows(NamedTuple):
    """Leaves: the halves of their first address, how long they are, what they hold."""

    high: U64
    low: U64
    depth: I32
    record: U32


class Kind(NamedTuple):
    """What tells answers apart: where the record is stored, and the family and length of the network.

    And the halves of an address that is in such a network.
    """

    record: int
    v6: bool
    prefix_length: int
    high: int
    low: int

    @property
    def address(self) -> str:
        """The address in text, to be asked for."""
        return unpack(self.high.to_bytes(8) + self.low.to_bytes(8) if self.v6 else self.low.to_bytes(4))


class Leaves:
    """The leaves of one open database: see `leaves_of`. Reading them takes half a second, and 100 MB."""

    def __init__(self, database: Database) -> None:
        rows = _walk(*_tree(database))
        is_v4 = (rows.high == 0) & (rows.low < _V4_END)
        answers, places = _alike(rows.record, rows.depth * 2 + is_v4)
        self._kinds = tuple(column[places] for column in (rows.record, is_v4, rows.depth, rows.high, rows.low))
        self._v4_starts, self._v4 = _sorted(rows.low[is_v4].astype(np.uint32), answers[is_v4])
        self._cells = _cells(self._v4_starts, self._v4)
        shallow = ~is_v4 & (rows.depth <= _HALF)
        deep = np.unique(rows.high[~is_v4 & (rows.depth > _HALF)])
        starts = np.concatenate([rows.high[shallow], deep])
        self._v6_starts, self._v6 = _sorted(
            starts, np.concatenate([answers[shallow], np.full(len(deep), ASK, np.int32)])
        )

    def __len__(self) -> int:
        """How many answers there are."""
        return len(self._kinds[0])

    def kinds(self, answers: I32) -> list[Kind]:
        """What answers say."""
        record, is_v4, depth, high, low = (column[answers] for column in self._kinds)
        length = np.where(is_v4, np.maximum(depth - _V4_DEPTH, 0), depth)
        return list(map(Kind, *(column.tolist() for column in (record, ~is_v4, length, high, low))))

    def of_v4(self, numbers: U32) -> I32:
        """The answers for IPv4 addresses."""
        found: I32 = self._cells[numbers >> np.uint32(_CELL)]
        mixed = np.flatnonzero(found == ASK)
        if len(mixed):
            found[mixed] = self._v4[np.searchsorted(self._v4_starts, numbers[mixed], side="right") - 1]
        return found

    def of_v6(self, high: U64) -> I32:
        """The answers for IPv6 addresses by their first halves; `ASK` where the second half matters too."""
        found: I32 = self._v6[np.searchsorted(self._v6_starts, high, side="right") - 1]
        found[high < _FIRST_PLAIN] = ASK
        return found


_known: WeakKeyDictionary[Database, Leaves] = WeakKeyDictionary()
_lock = Lock()


def leaves_of(database: Database) -> Leaves:
    """The leaves of a database, read when they are asked for first."""
    with _lock:
        found = _known.get(database)
        if found is None:
            found = _known[database] = Leaves(database)
        return found


def _tree(database: Database) -> tuple[npt.NDArray[np.uint32], int]:
    """The search tree, two children a node, and how many nodes it has."""
    with maxminddb.open_database(database.mapped, maxminddb.MODE_AUTO) as reader:
        told = reader.metadata()
    size, count = told.record_size // 4, told.node_count
    raw: U8 = np.fromfile(database.mapped, np.uint8, count * size).reshape(count, size)
    half = size // 2
    left, right = raw[:, :half], raw[:, size - half :]
    tree = np.empty((count, 2), np.uint32)
    tree[:, 0], tree[:, 1] = _number(left), _number(right)
    if size % 2:  # of 28 bits each: the byte in the middle has the highest four of both
        middle = raw[:, half].astype(np.uint32)
        tree[:, 0] |= (middle >> 4) << 24
        tree[:, 1] |= (middle & 15) << 24
    return tree, count


def _number(columns: U8) -> U32:
    number = np.zeros(len(columns), np.uint32)
    for byte in columns.T:
        number = (number << np.uint32(8)) | byte
    return number


def _walk(tree: U32, count: int) -> _Rows:
    """All leaves of a tree, the shortest first."""
    nodes: npt.NDArray[np.uint32] = np.zeros(1, np.uint32)
    high = low = np.zeros(1, np.uint64)
    found: list[_Rows] = []
    for depth in range(1, _V6_BITS + 1):
        children = tree[nodes].reshape(-1)
        bit = np.tile(np.array([0, 1], np.uint64), len(nodes))
        high, low = np.repeat(high, 2), np.repeat(low, 2)
        if depth <= _HALF:
            high |= bit << np.uint64(_HALF - depth)
        else:
            low |= bit << np.uint64(_V6_BITS - depth)
        ends = children >= count
        if ends.any():
            found.append(_Rows(high[ends], low[ends], np.full(ends.sum(), depth, np.int32), children[ends]))
        goes = ~ends
        nodes, high, low = children[goes], high[goes], low[goes]
        if not len(nodes):
            break
    return _Rows(*(np.concatenate(column) for column in zip(*found, strict=True)))


def _sorted(starts: Any, answers: I32) -> tuple[Any, I32]:
    order = np.argsort(starts)
    return starts[order], answers[order]


def _cells(starts: U32, answers: I32) -> I32:
    """The answer for each IPv4 /24, and `ASK` where it holds several."""
    first = starts >> np.uint32(_CELL)
    mixed = (starts & np.uint32((1 << _CELL) - 1)) != 0
    last_in_cell = np.append(first[1:] != first[:-1], True)
    lengths = np.diff(np.append(first[last_in_cell], _CELLS))
    cells = np.repeat(answers[last_in_cell], lengths)
    cells[first[mixed]] = ASK
    return cells


def _alike(records: U32, shapes: I32) -> tuple[I32, I32]:
    """A number for each leaf, the same for all that have one record and one shape, and a leaf of each number."""
    record, records_there = _numbered(records - records.min())
    shape, shapes_there = _numbered(shapes)
    key, there = _numbered(record * np.int32(shapes_there) + shape, records_there * shapes_there)
    first = np.zeros(there, np.int32)
    first[key] = np.arange(len(key), dtype=np.int32)
    return key, first


def _numbered(values: npt.NDArray[Any], limit: int = 0) -> tuple[I32, int]:
    """Values numbered in their order without gaps, and how many there are; without sorting, for there are millions."""
    there = np.zeros(limit or int(values.max()) + 1, np.bool_)
    there[values] = True
    numbers = np.cumsum(there, dtype=np.int32)
    return numbers[values] - np.int32(1), int(numbers[-1])
