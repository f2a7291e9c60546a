"""Columns: whatever a record holds comes back from a table as it was, of whatever kind or later schema it is."""

from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frontdesk.systemdata import fields as f
from frontdesk.systemdata.columns import COLUMNS, GAP_REASONS, OTHER, Kind
from frontdesk.systemdata.table import records_of, table_of

_TIMES = ["2026-11-23T14:00:00.000Z", "2026-11-23T14:00:00Z", "1970-01-01T00:00:00.001Z", "9999-12-31T23:59:59.999Z"]
_ODD_TIMES = ["2026-11-23 14:00:00.000Z", "0000-00-00T00:00:00.000Z", "2026-11-23T14:00:00.0000Z", "yesterday", ""]
_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(1 << 63), (1 << 64) - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12)
    | st.sampled_from(_TIMES + _ODD_TIMES)
)
_ANYTHING = st.recursive(
    _SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
)
_OF_KIND: dict[Kind, st.SearchStrategy[Any]] = {
    Kind.TEXT: st.text(max_size=12),
    Kind.NUMBER: st.integers(-(1 << 63), (1 << 63) - 1),
    Kind.TRUTH: st.booleans(),
    Kind.TEXTS: st.lists(st.text(max_size=5), max_size=3),
    Kind.OBJECT: st.dictionaries(st.text(max_size=5), _SCALARS, max_size=3),
    Kind.MOMENT: st.sampled_from(_TIMES),
    Kind.SECOND: st.sampled_from(_TIMES),
}
_NAMES = st.sampled_from([*COLUMNS, f.GAP_REASON, f"{f.GAP_REASON}disk_full", "frontdesk.new"]) | st.text(max_size=8)


@st.composite
def records(draw: st.DrawFn) -> dict[str, Any]:
    """Records of fields that there are, mostly of the kind that they should be, and of others."""
    expected = {name: draw(_OF_KIND[COLUMNS[name]]) for name in draw(st.sets(st.sampled_from([*COLUMNS]), max_size=9))}
    return expected | draw(st.dictionaries(_NAMES, _ANYTHING, max_size=4))


def there_and_back(given: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [record for batch in table_of(given).to_batches() for record in records_of(batch, COLUMNS)]


def exactly(record: dict[str, Any]) -> bytes:
    """A record so that 1, 1.0 and true are not the same."""
    return orjson.dumps(record, option=orjson.OPT_SORT_KEYS)


@settings(deadline=None)
@given(given=st.lists(records(), min_size=1, max_size=6))
def test_every_record_comes_back_as_it_was(given: list[dict[str, Any]]) -> None:
    given = [orjson.loads(orjson.dumps(record)) for record in given]
    assert list(map(exactly, there_and_back(given))) == list(map(exactly, given))


@pytest.mark.parametrize(
    "record",
    [
        {},
        {f.TIMESTAMP: None},
        {f.TIMESTAMP: 1, f.STATUS: "200", f.GPC: 1, f.PURPOSES: ["a", None], f.ACTION_DETAILS: "{}"},
        {f.STATUS: 200.0, f.AS_NUMBER: 1 << 63},
        {GAP_REASONS: {"a": 1}, OTHER: {"b": 1}},
        {OTHER: {"frontdesk.other": {}}, GAP_REASONS: None},
        {f.GAP_REASON: 1, f.GAP_RECORDS: 3, f"{f.GAP_REASON}disk_full": 3},
        {f.PURPOSES: [], f.INCIDENT_DETAILS: {}},
    ],
)
def test_an_odd_record_comes_back_as_it_was(record: dict[str, Any]) -> None:
    given = [{f.HOST: "x"}, record, {}]
    assert list(map(exactly, there_and_back(given))) == list(map(exactly, given))


def test_what_columns_hold_is_what_is_expected_of_them() -> None:
    (row,) = table_of(
        [
            {f.TIMESTAMP: _TIMES[0], f.STATUS: 200, f.GPC: False, f.PURPOSES: ["a"], f.ACTION_DETAILS: {"b": 1}}
            | {f"{f.GAP_REASON}io_error": 2, "frontdesk.new": [1]}
        ]
    ).to_pylist()
    told = {name: value for name, value in row.items() if value is not None}
    assert told.pop(f.TIMESTAMP).isoformat() == "2026-11-23T14:00:00+00:00"
    assert told == {
        f.STATUS: 200,
        f.GPC: False,
        f.PURPOSES: ["a"],
        f.ACTION_DETAILS: '{"b":1}',
        GAP_REASONS: '{"io_error":2}',
        OTHER: '{"frontdesk.new":[1]}',
    }


def test_every_field_has_a_column() -> None:
    names = {value for name, value in vars(f).items() if name.isupper() and isinstance(value, str)}
    assert names - {f.GAP_REASON} <= set(COLUMNS)
    assert {"user_agent.synthetic.type", "frontdesk.referrer", "frontdesk.entity.suggested"} <= set(COLUMNS)
