"""Records as tables of Arrow, and back: what goes into the columns comes out of them as it was, field for field."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from types import NoneType
from typing import Any

import orjson

from frontdesk.policy.errors import FrontdeskError
from frontdesk.systemdata import fields as f
from frontdesk.systemdata.columns import COLUMNS, GAP_REASONS, OTHER, Kind
from frontdesk.systemdata.tags import Record

_TYPES: dict[Kind, type] = {
    Kind.TEXT: str,
    Kind.NUMBER: int,
    Kind.TRUTH: bool,
    Kind.TEXTS: list,
    Kind.OBJECT: dict,
    Kind.MOMENT: str,
    Kind.SECOND: str,
}
_PLAIN = frozenset(COLUMNS) - {GAP_REASONS, OTHER}
_UNITS = {Kind.MOMENT: "ms", Kind.SECOND: "s"}
_LARGEST = 1 << 63


@cache
def arrow() -> Any:
    """The Arrow library. Raises `FrontdeskError` where it is not installed."""
    try:
        for part in ("pyarrow.compute", "pyarrow.parquet"):
            import_module(part)
        return import_module("pyarrow")
    except ImportError:
        raise FrontdeskError("Parquet segments need pyarrow: pip install 'frontdesk[analytics]'") from None


def can_decode() -> bool:
    """Whether the Arrow library is installed."""
    return find_spec("pyarrow") is not None


def schema() -> Any:
    """The columns as Arrow names their types; each is one that every reader of Parquet has."""
    pa = arrow()
    moment = pa.timestamp("ms", tz="UTC")
    types = {
        Kind.NUMBER: pa.int64(),
        Kind.TRUTH: pa.bool_(),
        Kind.TEXTS: pa.list_(pa.string()),
        Kind.MOMENT: moment,
        Kind.SECOND: moment,
    }
    return pa.schema([(name, types.get(kind, pa.string())) for name, kind in COLUMNS.items()])


def table_of(records: Sequence[Record]) -> Any:
    """Records as a table."""
    pa, columns = arrow(), schema()
    others: dict[int, Record] = {}
    gaps: dict[int, Record] = {}
    for row, record in enumerate(records):
        if not record.keys() <= _PLAIN or None in record.values():
            _set_apart(row, record, gaps, others)
    arrays = {}
    for name, kind in COLUMNS.items():
        if name in _PLAIN:
            values = _fitting(kind, [record.get(name) for record in records], name, others)
            arrays[name] = _array(kind, values, columns.field(name).type)
    for name, found in ((GAP_REASONS, gaps), (OTHER, others)):
        arrays[name] = pa.array([_text(found[row]) if row in found else None for row in range(len(records))])
    return pa.table([arrays[name].cast(columns.field(name).type) for name in COLUMNS], names=list(COLUMNS))


def records_of(batch: Any, kinds: Mapping[str, Kind]) -> Iterator[Record]:
    """The records of a batch of rows, whose columns hold what `kinds` says; a column that it does not name is text."""
    columns = [
        (name, _values(column, kinds.get(name, Kind.TEXT)))
        for name, column in zip(batch.schema.names, batch.columns, strict=True)
        if column.null_count < len(column)
    ]
    names = [name for name, _ in columns]
    if not names:
        yield from ({} for _ in range(batch.num_rows))
        return
    apart = {GAP_REASONS, OTHER} & set(names)
    for row in zip(*(values for _, values in columns), strict=True):
        record = {name: value for name, value in zip(names, row, strict=True) if value is not None}
        if apart:
            reasons, other = record.pop(GAP_REASONS, None), record.pop(OTHER, None)
            record |= {f.GAP_REASON + reason: count for reason, count in (reasons or {}).items()}
            record |= other or {}
        yield record


def _set_apart(row: int, record: Record, gaps: dict[int, Record], others: dict[int, Record]) -> None:
    """Note what of a record has no column: reasons of a gap, unknown fields, and fields that say null."""
    for name, value in record.items():
        if name in _PLAIN:
            if value is None:
                others.setdefault(row, {})[name] = None
        elif name.startswith(f.GAP_REASON):
            gaps.setdefault(row, {})[name.removeprefix(f.GAP_REASON)] = value
        else:
            others.setdefault(row, {})[name] = value


def _fitting(kind: Kind, values: list[Any], name: str, others: dict[int, Record]) -> list[Any]:
    """The values of a column; what is not of its kind is noted apart."""
    if _fit(kind, values):
        return values
    for row, value in enumerate(values):
        if value is not None and not _fit(kind, [value]):
            others.setdefault(row, {})[name] = value
            values[row] = None
    return values


def _fit(kind: Kind, values: list[Any]) -> bool:
    """Whether a column of a kind gives back each value as it is."""
    if not set(map(type, values)) <= {_TYPES[kind], NoneType}:
        return False
    if kind is Kind.NUMBER:
        return all(value is None or -_LARGEST <= value < _LARGEST for value in values)
    if kind is Kind.TEXTS:
        return all(type(text) is str for texts in values if texts for text in texts)
    if kind in _UNITS:
        return _is_time(kind, values)
    return True


def _is_time(kind: Kind, values: list[str | None]) -> bool:
    pa = arrow()
    told = pa.array(values, pa.string())
    try:
        again = _told(told.cast(pa.timestamp(_UNITS[kind], tz="UTC")), kind)
    except pa.ArrowInvalid:
        return False
    return bool(again.equals(told))


def _array(kind: Kind, values: list[Any], to: Any) -> Any:
    pa = arrow()
    if kind in _UNITS:
        return pa.array(values, pa.string()).cast(pa.timestamp(_UNITS[kind], tz="UTC")).cast(to)
    if kind is Kind.OBJECT:
        values = [None if value is None else _text(value) for value in values]
    return pa.array(values, to)


def _values(column: Any, kind: Kind) -> list[Any]:
    """What a column holds, as it stands in records."""
    if kind in _UNITS:
        return list(_told(column, kind).to_pylist())
    values: list[Any] = column.to_pylist()
    if kind is Kind.OBJECT:
        return [None if value is None else orjson.loads(value) for value in values]
    return values


def _told(column: Any, kind: Kind) -> Any:
    """Times as records tell them. Without a zone, so that no database of zones is needed."""
    pa = arrow()
    return pa.compute.strftime(column.cast(pa.timestamp(_UNITS[kind])), format="%Y-%m-%dT%H:%M:%SZ")


def _text(value: Record) -> str:
    return orjson.dumps(value).decode()
