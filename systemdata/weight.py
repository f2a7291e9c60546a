"""What is true of records that are a table: the seal that their lines would have, without writing one of them."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import orjson

from frontdesk.systemdata import fields as f
from frontdesk.systemdata.columns import COLUMNS, OTHER, Kind
from frontdesk.systemdata.footer import NO_DIGEST
from frontdesk.systemdata.seal import Seal
from frontdesk.systemdata.table import arrow

_MOMENT, _SECOND = len('"2026-11-25T12:00:00.000Z"'), len('"2026-11-25T12:00:00Z"')
_AROUND = len("{}\n")

PLAIN = frozenset({f.CLIENT_NETWORK, f.DAILY_ID})
"""Columns that differ in nearly each record, and hold nothing that JSON escapes."""


def seal_of(table: Any) -> Seal:
    """The seal of a table of records, which has the columns of `schema`; the digest is the file's, and comes later."""
    pc = arrow().compute
    size = _AROUND * table.num_rows
    values = 0
    for name, kind in COLUMNS.items():
        column = table[name]
        there = len(column) - column.null_count
        if not there:
            continue
        if name == OTHER:
            more, fields = _of_objects(pc, column)
            size, values = size + more, values + fields
            continue
        size += there * len(orjson.dumps(name) + b":") + _width(pc, name, kind, column, there)
        values += there
    size += values - table.num_rows  # a comma between two
    first, last = _ends(pc, table[f.TIMESTAMP], "milliseconds")
    earliest, latest = _ends(pc, table[f.EXPIRES_AT], "seconds")
    return Seal(table.num_rows, size, NO_DIGEST, first, last, earliest, latest)


def _width(pc: Any, name: str, kind: Kind, column: Any, there: int) -> int:
    """How many bytes the values of a column take."""
    match kind:
        case Kind.MOMENT:
            return there * _MOMENT
        case Kind.SECOND:
            return there * _SECOND
        case Kind.TEXTS:
            return _of_texts(pc, column)
        case _ if name in PLAIN:
            return 2 * there + int(pc.sum(pc.binary_length(column)).as_py())
        case _:
            return sum(len(orjson.dumps(value)) * times for value, times in _counted(pc, column))


def _of_objects(pc: Any, column: Any) -> tuple[int, int]:
    """Of fields that stand apart: what they take without braces and commas between them, and how many they are."""
    size = fields = 0
    for text, times in _counted(pc, column):
        told = orjson.loads(text)
        size += times * (len(orjson.dumps(told)) - 2 - (len(told) - 1))
        fields += times * len(told)
    return size, fields


def _counted(pc: Any, column: Any) -> Iterator[tuple[Any, int]]:
    """Each value of a column, and how often it is there."""
    for each in pc.value_counts(column.combine_chunks()).to_pylist():
        if each["values"] is not None:
            yield each["values"], each["counts"]


def _of_texts(pc: Any, column: Any) -> int:
    """Of lists of texts: brackets, commas, and the texts."""
    lengths = pc.list_value_length(column)
    texts = sum(len(orjson.dumps(text)) * times for text, times in _counted(pc, pc.list_flatten(column)))
    commas = int(pc.sum(pc.max_element_wise(pc.subtract(lengths, 1), 0)).as_py())
    return 2 * len(column) + commas + texts


def _ends(pc: Any, column: Any, unit: str) -> tuple[str, str]:
    """The earliest and the latest of a column of times, as records tell them."""
    ends = pc.min_max(column.cast(arrow().int64())).as_py()
    return _text(ends["min"], unit), _text(ends["max"], unit)


def _text(milliseconds: int, unit: str) -> str:
    second, rest = divmod(milliseconds, 1000)
    moment = datetime.fromtimestamp(second, UTC).replace(tzinfo=None, microsecond=rest * 1000)
    return moment.isoformat(timespec=unit) + "Z"
