"""Columns for many lines from the records of a few: each distinct value has a number, each number its fields."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from threading import Lock
from typing import Any, Generic, NamedTuple, TypeVar

import numpy as np
import orjson
import polars as pl

from frontdesk.geodb.leaves import I32
from frontdesk.middleware.bulk.distinct import Numbers
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
        self._widths = np.zeros(_FIRST, np.int64)  # of the values in a line of JSON
        self._place: dict[Any, int] = {None: NOTHING}
        self._codes: I32 = np.full(_FIRST, NOTHING, np.int32)
        self._array: Any = None

    def put(self, numbers: Numbers, values: Sequence[Any]) -> None:
        """The field has these values for these numbers; None is no value."""
        if len(numbers) and int(numbers.max()) >= len(self._codes):
            self._codes = _grown(self._codes, int(numbers.max()), NOTHING)
        if COLUMNS[self.name] is Kind.TEXTS:
            values = [value and tuple(value) for value in values]
        place = self._place
        new = [value for value in dict.fromkeys(values) if value not in place]
        known, all_ = len(self.values), len(self.values) + len(new)
        if all_ > len(self._widths):
            self._widths = _grown(self._widths, all_, 0)
        self._widths[known:all_] = [width(self.name, value) for value in new]
        place.update(zip(new, range(known, all_), strict=True))
        self.values += new
        self._codes[numbers] = list(map(place.__getitem__, values))

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
        new = self.values[0 if array is None else len(array) :]
        if new:  # of many blocks few bring any, and of those few many
            more = _arrow(new, column_type(self.name))
            array = self._array = more if array is None else arrow().concat_arrays([array, more])
        return array

    def widths(self, places: I32) -> Numbers:
        """What values take in a line of JSON, with the field's name each."""
        widths: Numbers = self._widths[places]
        return widths


class Fields:
    """The fields of a part of a record, for numbers; each number is asked about once, by one thread."""

    def __init__(self, names: Iterable[str], ask: Callable[[int], Record]) -> None:
        self.columns = {name: Column(name) for name in names}
        self._ask = ask
        self._known = np.zeros(_FIRST, np.bool_)
        self._lock = Lock()

    def learn(self, numbers: I32) -> None:
        """Ask about the numbers that are not known yet."""
        there = np.flatnonzero(np.bincount(numbers)).astype(np.int64)
        with self._lock:
            if len(there) and there[-1] >= len(self._known):
                self._known = _grown(self._known, int(there[-1]), False)
            new = there[~self._known[there]]
            if len(new):
                self._put(new, [self._ask(number) for number in new.tolist()])
                self._known[new] = True

    def _put(self, numbers: Numbers, records: Sequence[Record]) -> None:
        for name, column in self.columns.items():
            column.put(numbers, [record.get(name) for record in records])
        apart = self.columns.get(OTHER)
        if apart is not None:  # a field that says null stands apart, so that it comes back as it was
            apart.put(numbers, [_null_in(record) if None in record.values() else None for record in records])


class Part(Generic[Key]):
    """A part of a record that a few keys tell: each key is asked about once."""

    def __init__(self, names: Iterable[str], ask: Callable[[Key], Record]) -> None:
        self._keys: list[Key] = []
        self._numbers: dict[Key, int] = {}
        self._lock = Lock()
        self.fields = Fields(names, lambda number: ask(self._keys[number]))

    def __len__(self) -> int:
        """How many keys were asked about."""
        return len(self._keys)

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


class Chosen:
    """Some lines' numbers in a part: few are distinct, so that columns are made for those and then spread."""

    def __init__(self, fields: Fields, numbers: I32) -> None:
        times = np.bincount(numbers + 1)
        there = np.flatnonzero(times)
        places = np.zeros(len(times), np.int64)
        places[there] = np.arange(len(there))
        self._numbers = (there - 1).astype(np.int32)
        self._times = times[there]
        self._line = places[numbers + 1]  # where each line's number stands among the distinct ones
        self.fields = fields

    def encoded(self, column: Column) -> "Encoded":
        """A column of the lines."""
        codes = column.of(self._numbers)
        counted = codes >= 0
        if not counted.any():
            return Encoded(column.name, None, None, 0, 0)
        told, times = codes[counted], self._times[counted]
        there = np.flatnonzero(np.bincount(told))
        again = np.full(there[-1] + 2, NOTHING, np.int32)
        again[there] = np.arange(len(there), dtype=np.int32)
        size = int((times * column.widths(told)).sum())
        used = column.array().take(pl.Series(there).to_arrow())
        return Encoded(column.name, used, again[codes].take(self._line), int(times.sum()), size)


class Encoded(NamedTuple):
    """A column of lines: the values that are there, and of each line the place of its own, or `NOTHING`."""

    name: str
    values: Any
    codes: I32 | None  # None where no line has a value
    there: int  # lines that have one
    size: int  # bytes that these take in lines of JSON, with the field's name

    def array(self, lines: int) -> Any:
        """The column in Arrow: text as a dictionary."""
        pa = arrow()
        if self.codes is None:
            return pa.nulls(lines, column_type(self.name))
        codes = pl.Series(self.codes)
        indices = (codes if self.there == lines else codes.set(codes < 0, None)).to_arrow()
        if COLUMNS[self.name] in _IN_DICTIONARY:
            return pa.DictionaryArray.from_arrays(indices, self.values, safe=False)
        return self.values.take(indices)


def width(name: str, value: Any) -> int:
    """How many bytes a field takes in a line of JSON, without the comma behind it."""
    if name == OTHER:  # a field of its own, in the braces of an object
        return len(value.encode()) - len("{}")
    return len(orjson.dumps({name: value})) - len("{}")


def column_type(name: str) -> Any:
    """How Arrow names the type of a column."""
    pa = arrow()
    types = {Kind.NUMBER: pa.int64(), Kind.TRUTH: pa.bool_(), Kind.TEXTS: pa.list_(pa.string())}
    return types.get(COLUMNS[name], pa.string())


def _null_in(record: Record) -> str:
    """The fields of a record that say null, as an object."""
    return orjson.dumps({name: None for name, value in record.items() if value is None}).decode()


def _arrow(values: list[Any], told: Any) -> Any:
    """Values in Arrow, by Polars: Arrow itself would import Pandas, where it is, to see whether they are its own."""
    return pl.Series(values).to_arrow().cast(told)


def _grown(array: Any, number: int, otherwise: Any) -> Any:
    grown = np.full(max(number + 1, 2 * len(array)), otherwise, array.dtype)
    grown[: len(array)] = array
    return grown
