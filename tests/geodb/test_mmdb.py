"""Writing MMDB: whatever is written, MaxMind's own readers read back."""

from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import maxminddb
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from frontdesk.geodb.mmdb import encode, grow
from frontdesk.geodb.ranges import V4_END, V6_END, Range

from .addresses import address_at

METADATA: dict[str, Any] = {
    "database_type": "Test",
    "description": {"en": "a test"},
    "languages": ["en"],
    "build_epoch": 1_800_000_000,
}
ALL = Range(0, V6_END - 1, 0)
NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
UINT32 = st.integers(0, 2**32 - 1)
VALUES = st.recursive(
    NAMES | UINT32,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)
RECORDS = st.dictionaries(NAMES, VALUES, max_size=4)


@contextmanager
def opened(raw: bytes, folder: Path) -> Iterator[maxminddb.Reader]:
    """MaxMind's C reader over a file."""
    path = folder / "test.mmdb"
    path.unlink(missing_ok=True)  # the file that another reader maps must not change under it
    path.write_bytes(raw)
    with maxminddb.open_database(path, maxminddb.MODE_MMAP_EXT) as reader:
        yield reader


@contextmanager
def opened_in_python(raw: bytes) -> Iterator[maxminddb.Reader]:
    """MaxMind's reader in pure Python, which shares no code with the other."""
    with maxminddb.open_database(BytesIO(raw), maxminddb.MODE_FD) as reader:
        yield reader


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("mmdb")


@st.composite
def numbered_ranges(draw: st.DrawFn) -> list[Range]:
    """Disjoint ranges in order, of either family and over both; the values are 0, 1 and 2."""
    near_the_border = st.integers(V4_END - 50, V4_END + 50)
    networks = st.builds(lambda bits, place: place << bits, st.integers(0, 120), st.integers(0, 255))
    ends = st.one_of(st.integers(0, 50), near_the_border, networks, st.integers(0, V6_END))
    places = sorted(draw(st.sets(ends, max_size=12)))
    values = draw(st.lists(st.sampled_from([0, 1, 2, None]), min_size=12, max_size=12))
    return [
        Range(first, after - 1, value)
        for first, after, value in zip(places, places[1:], values, strict=False)
        if value is not None
    ]


def boundaries(ranges: list[Range]) -> set[int]:
    places = {0, V4_END - 1, V4_END, V6_END - 1}
    for item in ranges:
        places |= {item.first - 1, item.first, item.last, item.last + 1}
    return {place for place in places if 0 <= place < V6_END}


def networks_in(reader: maxminddb.Reader) -> Iterator[tuple[int, int, Any]]:
    """The first and the last place of every network, also of an empty one, and what is said of it."""
    place = 0
    while place < V6_END:
        told, length = reader.get_with_prefix_len(address_at(place))
        last = place | (1 << (32 if place < V4_END else 128) - length) - 1
        yield place, last, told
        place = last + 1


def joined(ranges: list[Range]) -> list[Range]:
    """The same, with neighbours of one value as one range."""
    found: list[Range] = []
    for item in ranges:
        if found and found[-1].last + 1 == item.first and found[-1].value == item.value:
            item = Range(found.pop().first, item.last, item.value)  # noqa: PLW2901 - both in one
        found.append(item)
    return found


def said_of(place: int, ranges: list[Range], records: list[dict[str, Any]]) -> dict[str, Any] | None:
    at = bisect_right([item.first for item in ranges], place) - 1
    if at < 0 or place > ranges[at].last:
        return None
    number = ranges[at].value
    assert isinstance(number, int)
    return records[number]


@settings(deadline=None, max_examples=150)
@given(ranges=numbered_ranges(), records=st.lists(RECORDS, min_size=3, max_size=3))
def test_encode_is_read_back_by_the_c_reader(folder: Path, ranges: list[Range], records: list[dict[str, Any]]) -> None:
    with opened(encode(ranges, records, METADATA), folder) as reader:
        for place in boundaries(ranges):
            assert reader.get(address_at(place)) == said_of(place, ranges, records)


@settings(deadline=None, max_examples=40)
@given(ranges=numbered_ranges(), records=st.lists(RECORDS, min_size=3, max_size=3))
def test_encode_is_read_back_by_the_python_reader(ranges: list[Range], records: list[dict[str, Any]]) -> None:
    with opened_in_python(encode(ranges, records, METADATA)) as reader:
        for place in boundaries(ranges):
            assert reader.get(address_at(place)) == said_of(place, ranges, records)


@example(ranges=[Range(0, 2 * V4_END - 1, 0)])  # one network over both families, for which readers have no name
@settings(deadline=None, max_examples=60)
@given(ranges=numbered_ranges())
def test_encode_holds_every_network_and_no_other(folder: Path, ranges: list[Range]) -> None:
    records = [{"number": number} for number in range(3)]
    with opened(encode(ranges, records, METADATA), folder) as reader:
        held = [Range(first, last, told["number"]) for first, last, told in networks_in(reader) if told]
    assert joined(held) == joined(ranges)


@settings(deadline=None, max_examples=30)
@given(ranges=numbered_ranges(), records=st.lists(RECORDS, min_size=3, max_size=3))
def test_encode_gives_equal_bytes_for_equal_input(ranges: list[Range], records: list[dict[str, Any]]) -> None:
    reordered = [dict(reversed(record.items())) for record in records]
    again = encode(iter(ranges), reordered, dict(reversed(METADATA.items())))
    assert again == encode(ranges, records, METADATA)


def test_encode_one_value_over_all_space(folder: Path) -> None:
    with opened(encode([ALL], [{"a": 1}], METADATA), folder) as reader:
        assert reader.metadata().node_count == 1
        for address in ("0.0.0.0", "255.255.255.255", "::1:0:0", "ffff::"):
            assert reader.get(address) == {"a": 1}


def test_encode_no_range_at_all(folder: Path) -> None:
    with opened(encode([], [], METADATA), folder) as reader:
        assert reader.get("8.8.8.8") is None
        assert list(reader) == []


def test_encode_single_addresses(folder: Path) -> None:
    ranges = [Range(place, place, 0) for place in (0, 1, V4_END - 1, V4_END, V6_END - 1)]
    with opened(encode(ranges, [{"a": 1}], METADATA), folder) as reader:
        assert reader.get_with_prefix_len("0.0.0.1") == ({"a": 1}, 31)
        assert reader.get_with_prefix_len("255.255.255.255") == ({"a": 1}, 32)
        assert reader.get("0.0.0.2") is None
        assert reader.get_with_prefix_len("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff") == ({"a": 1}, 128)


def test_encode_writes_the_metadata_of_the_format(folder: Path) -> None:
    with opened(encode([ALL], [{}], METADATA), folder) as reader:
        metadata = reader.metadata()
    assert (metadata.binary_format_major_version, metadata.binary_format_minor_version) == (2, 0)
    assert (metadata.ip_version, metadata.record_size) == (6, 24)
    assert metadata.build_epoch == METADATA["build_epoch"]
    assert metadata.database_type == METADATA["database_type"]
    assert metadata.description == METADATA["description"]
    assert list(metadata.languages) == METADATA["languages"]


@pytest.mark.parametrize("size", [0, 1, 28, 29, 30, 284, 285, 286, 65_820, 65_821, 65_822, 100_000])
@pytest.mark.parametrize("letter", ["x", "é"])
def test_encode_text_at_the_steps_of_the_format(folder: Path, size: int, letter: str) -> None:
    text = letter * (size // len(letter.encode())) + "x" * (size % len(letter.encode()))
    assert len(text.encode()) == size
    record = {"text": text, "after": "it"}
    raw = encode([ALL], [record], METADATA)
    with opened(raw, folder) as reader:
        assert reader.get("8.8.8.8") == record
    with opened_in_python(raw) as reader:
        assert reader.get("8.8.8.8") == record


@pytest.mark.parametrize("size", [0, 28, 29, 284, 285])
def test_encode_lists_and_maps_at_the_steps_of_the_format(folder: Path, size: int) -> None:
    record = {"list": list(range(size)), "map": {f"{number:03}": number for number in range(size)}}
    with opened(encode([ALL], [record], METADATA), folder) as reader:
        assert reader.get("8.8.8.8") == record


@pytest.mark.parametrize("value", [0, 1, 255, 256, 65_535, 65_536, 2**24, 2**32 - 1])
def test_encode_whole_numbers(folder: Path, value: int) -> None:
    with opened(encode([ALL], [{"number": value}], METADATA), folder) as reader:
        assert reader.get("8.8.8.8") == {"number": value}


# A pointer grows where the offset passes 2,048, 526,336 and 134,744,064; the last is too far for a test.
@pytest.mark.parametrize("distance", [2_048, 526_336])
@pytest.mark.parametrize("step", range(-24, 12))
def test_encode_points_to_values_however_far(folder: Path, distance: int, step: int) -> None:
    filler = {"filler": "x" * (distance + step)}
    near, far = {"a": {"name": "shared"}}, {"b": {"name": "shared", "other": "only here"}, "c": "only here"}
    records: list[dict[str, Any]] = [filler, near, far, {"again": ["shared", "only here"], "near": near}]
    ranges = [Range(number, number, number) for number in range(len(records))]
    raw = encode(ranges, records, METADATA)
    assert raw.count(b"shared") == raw.count(b"only here") == 1
    with opened(raw, folder) as reader:
        assert [reader.get(address_at(number)) for number in range(len(records))] == records
    with opened_in_python(raw) as reader:
        assert [reader.get(address_at(number)) for number in range(len(records))] == records


def test_encode_uses_wider_nodes_where_the_data_is_large(folder: Path) -> None:
    records = [{"text": chr(ord("a") + number) * 6_000_000} for number in range(3)] + [{"last": 1}]
    ranges = [Range(number, number, number) for number in range(len(records))]
    with opened(encode(ranges, records, METADATA), folder) as reader:
        assert reader.metadata().record_size == 32
        assert reader.get("0.0.0.3") == {"last": 1}


def test_encode_writes_equal_records_once() -> None:
    ranges = [Range(0, 0, 0), Range(2, 2, 1)]
    twice = encode(ranges, [{"name": "the same"}, {"name": "the same"}], METADATA)
    assert twice.count(b"the same") == 1


@pytest.mark.parametrize("value", [1.5, None, b"bytes", ()])
def test_encode_refuses_what_it_cannot_store(value: object) -> None:
    with pytest.raises(TypeError, match=f"a {type(value).__name__} cannot be stored"):
        encode([ALL], [{"value": value}], METADATA)


def test_grow_shares_equal_sub_trees() -> None:
    # The same pattern in every /24 costs one more node per level, not one more pattern.
    pattern = [Range(base + 3, base + 5, 0) for base in range(0, 1 << 16, 1 << 8)]
    assert len(grow(pattern).nodes) < 150
