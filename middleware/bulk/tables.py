"""Columns for many lines from the records of a few: each distinct value has a number, each number its fields."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from threading import Lock
from typing import Any, Generic, TypeVar

import numpy as np
import orjson

from frontdesk.geodb.leaves import I32
from frontdesk.systemdata.columns import COLUMNS, OTHER, Kind
from frontdesk.systemdata.table import arrow
from frontdesk.systemdata.tags import Record

NOTHING = -1
"""In place of a number: there is none."""

_FIRST = 64
_IN_DICTIONARY = frozenset({Kind.TEXT, Kind.OBJECT})

Key = TypeVar("Key", bound=Hashable)


class Column:
    """One field's values for numbers."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.values: list[Any] = []
        self._place: dict[Any, int] = {}
        self._codes: I32 = np.full(_FIRST, NOTHING, np.int32)
        self._array: Any = None

    def put(self, number: int, value: Any) -> None:
        """The field of a number has a value."""
        if number >= len(self._codes):
            self._codes = _grown(self._codes, number, NOTHING)
        value = tuple(value) if isinstance(value, list) else value
        place = self._place.get(value)
        if place is None:
            place = self._place[value] = len(self.values)
            self.values.append(value)
        self._codes[number] = place

    def of(self, numbers: I32) -> I32:
        """The places of the values for numbers; `NOTHING` where a number has none."""
        codes = self._codes
        if len(numbers) and int(numbers.max()) >= len(codes):
            codes = _grown(codes, int(numbers.max()), NOTHING)
        found: I32 = codes[numbers]
        found[numbers < 0] = NOTHING
        return found

    def array(self) -> Any:
        """All values, in Arrow."""
        array = self._array
        if array is None or len(array) < len(self.values):
            array = self._array = arrow().array(self.values.copy(), column_type(self.name))
        return array


class Fields:
    """The fields of a part of a record, for numbers; each number is asked about once, by one thread."""

    def __init__(self, names: Iterable[str], ask: Callable[[int], Record]) -> None:
        self.columns = {name: Column(name) for name in names}
        self._ask = ask
        self._known = np.zeros(_FIRST, np.bool_)
        self._lock = Lock()

    def learn(self, numbers: I32) -> None:
        """Ask about the numbers that are not known yet."""
        there = np.flatnonzero(np.bincount(numbers)) if len(numbers) else numbers
        with self._lock:
            if len(there) and there[-1] >= len(self._known):
                self._known = _grown(self._known, int(there[-1]), False)
            for number in there[~self._known[there]].tolist():
                self._put(number, self._ask(number))
                self._known[number] = True

    def _put(self, number: int, record: Record) -> None:
        columns = self.columns
        for name, value in record.items():
            column = columns.get(name)
            if column is None:
                continue
            if value is None:  # a field that says null stands apart, so that it comes back as it was
                columns[OTHER].put(number, orjson.dumps({name: None}).decode())
            else:
                column.put(number, value)


class Part(Generic[Key]):
    """A part of a record that a few keys tell: each key is asked about once."""

    def __init__(self, names: Iterable[str], ask: Callable[[Key], Record]) -> None:
        self._keys: list[Key] = []
        self._numbers: dict[Key, int] = {}
        self._lock = Lock()
        self.fields = Fields(names, lambda number: ask(self._keys[number]))

    def numbers(self, keys: Sequence[Key], codes: Any) -> I32:
        """The number for each row, whose code is the place of its key; a code of -1 is `NOTHING`."""
        with self._lock:
            known = [self._number(key) for key in keys]
        found = np.array([*known, NOTHING], np.int32)
        self.fields.learn(found[:-1])
        numbers: I32 = found[codes]
        return numbers

    def _number(self, key: Key) -> int:
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self._keys)
            self._keys.append(key)
        return number


def encoded(column: Column, codes: I32) -> Any:
    """A column of values in Arrow: text as a dictionary of those values that are there."""
    pa = arrow()
    values = column.array()
    times = np.bincount(codes + 1, minlength=len(values) + 1)
    there = np.flatnonzero(times[1:])
    if not len(there):
        return pa.nulls(len(codes), column_type(column.name))
    again = np.zeros(len(values) + 1, np.int32)
    again[there + 1] = np.arange(len(there), dtype=np.int32)
    places = again[codes + 1]
    indices = pa.array(places, mask=codes < 0) if times[0] else pa.array(places)
    used = values.take(pa.array(there))
    if COLUMNS[column.name] in _IN_DICTIONARY:
        return pa.DictionaryArray.from_arrays(indices, used)
    return used.take(indices)


def column_type(name: str) -> Any:
    """How Arrow names the type of a column."""
    pa = arrow()
    types = {Kind.NUMBER: pa.int64(), Kind.TRUTH: pa.bool_(), Kind.TEXTS: pa.list_(pa.string())}
    return types.get(COLUMNS[name], pa.string())


def _grown(array: Any, number: int, otherwise: Any) -> Any:
    grown = np.full(max(number + 1, 2 * len(array)), otherwise, array.dtype)
    grown[: len(array)] = array
    return grown
