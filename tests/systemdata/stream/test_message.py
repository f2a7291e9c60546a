"""Whatever a message holds, it is a record that belongs here or is refused by one word."""

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frontdesk.policy.stream import Stream
from frontdesk.systemdata import Shelf
from frontdesk.systemdata import fields as f
from frontdesk.systemdata.read import read
from frontdesk.systemdata.shelf import segments
from frontdesk.systemdata.stream.batch import Batch
from frontdesk.systemdata.stream.delivery import WINDOW
from frontdesk.systemdata.stream.message import Rules, UnfitError, place_in, record_of
from frontdesk.systemdata.stream.taken import Taken

NOW = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
RULES = Rules(Stream(brokers=("localhost:9092",)), frozenset({"us"}))
RECORD = {
    f.TIMESTAMP: "2026-11-23T10:00:00.000Z",
    f.EXPIRES_AT: "2027-02-21T10:00:00Z",
    f.RETENTION_CLASS: "visit",
    f.ENTITY: "us",
}
ANY = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from([value for name, value in vars(f).items() if name.isupper() and isinstance(value, str)])


@settings(deadline=None)
@given(st.binary() | st.none() | st.text() | ANY.map(orjson.dumps))
def test_record_of_refuses_what_is_none(value: object) -> None:
    with pytest.raises(UnfitError):
        record_of("frontdesk.visit", value, RULES, NOW)


@settings(deadline=None)  # each writes a file and reads it
@given(st.dictionaries(NAMES | st.text(), ANY, max_size=4))
def test_whatever_a_record_says_it_is_refused_or_lies_on_a_shelf_of_the_book(
    tmp_path_factory: pytest.TempPathFactory, said: dict[str, Any]
) -> None:
    value = orjson.dumps(RECORD | said)
    with suppress(UnfitError):
        record = record_of("frontdesk.visit", value, RULES, NOW)
        book = tmp_path_factory.mktemp("book")
        taken, batch = Taken(book), Batch(book)
        batch.add(record, value)
        batch.went_past("frontdesk.visit/0", 7)
        files, unfit = batch.write(taken)
        assert files + unfit == 1
        assert Taken(book).next == {"frontdesk.visit/0": 8}
        assert [orjson.loads(line) for path in segments(book, Shelf.of(record)) for line in read(path)] == [
            orjson.loads(value)
        ] * files


@pytest.mark.parametrize(
    "headers",
    [None, [], {}, [("place", None)], [("place", b"")], [("place", b"x" * 16 + b":1")], [("other", b"0" * 16 + b":1")]],
)
def test_place_in_headers_of_others_is_none(headers: object) -> None:
    assert place_in(headers) is None


def test_place_in_our_headers_is_where_the_record_stood() -> None:
    assert place_in([("class", b"visit"), ("place", b"0123456789abcdef:17")]) == ("0123456789abcdef", 17)


def test_taken_knows_a_record_that_comes_again_and_remembers_as_many_as_can(tmp_path: Path) -> None:
    taken = Taken(tmp_path)
    assert [taken.is_known("t/0", "first", offset) for offset in (10, 20, 10, 20, 30)] == [
        False,
        False,
        True,
        True,
        False,
    ]
    assert not taken.is_known("t/1", "first", 10)
    for number in range(WINDOW - 1):
        assert not taken.is_known("t/0", f"{number:x}", 1)
    assert taken.is_known("t/0", "first", 30)
    taken.finish({"t/0": 5})
    assert Taken(tmp_path).is_known("t/0", "0", 1)
    taken.load()
    assert taken.next == {"t/0": 5}
