"""Parquet segments: their seal is found without a library, cannot be imitated, and proves every byte."""

import random
import subprocess
import sys
from pathlib import Path

import orjson
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frontdesk.systemdata import SegmentError
from frontdesk.systemdata.footer import KEY, read_note
from frontdesk.systemdata.hold import keeps
from frontdesk.systemdata.parquet import ROWS, Part, read_rows, seal_parts
from frontdesk.systemdata.read import read
from frontdesk.systemdata.rewrite import remove_replaced
from frontdesk.systemdata.seal import read_seal
from frontdesk.systemdata.shelf import segments
from frontdesk.systemdata.verify import verify

from ..book import NAME, SHELF

SOURCES = [f"{NAME}{number}.jsonl.zst" for number in range(3)]
LINES = [
    b'{"timestamp":"2999-12-31T10:0%d:00.000Z","frontdesk.retention.expires_at":"3000-01-0%dT00:00:00Z"}\n' % (n, n + 1)
    for n in range(3)
]


def put(book: Path, lines: list[bytes] = LINES) -> Path:
    """A Parquet segment of one line of each source, or of other lines of the first."""
    folder = SHELF.folder(book)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{NAME}1.parquet"
    parts = [Part(name, [line]) for name, line in zip(SOURCES, lines, strict=True)] if lines is LINES else None
    seal_parts(path, parts or [Part(SOURCES[0], lines)])
    return path


def test_the_seal_is_read_without_a_library_and_is_what_the_library_reads(tmp_path: Path) -> None:
    path = put(tmp_path)
    seal = read_seal(path)
    assert (seal.records, seal.size) == (3, sum(map(len, LINES)))
    assert (seal.first, seal.last) == ("2999-12-31T10:00:00.000Z", "2999-12-31T10:02:00.000Z")
    assert (seal.earliest_expiry, seal.latest_expiry) == ("3000-01-01T00:00:00Z", "3000-01-03T00:00:00Z")
    told = orjson.loads(pq.read_metadata(path).metadata[KEY.encode()])
    assert told == seal._asdict() | {"sources": [[name, 1] for name in SOURCES]}


def test_each_source_can_be_read_by_itself(tmp_path: Path) -> None:
    path = put(tmp_path)
    for name, line in zip(SOURCES, LINES, strict=True):
        assert b"".join(read_rows(path, name)) == line
        assert list(read(path.with_name(name))) == [line]
        assert list(read(path.with_name(name), len(line))) == []
    assert list(read_rows(path, "another")) == []
    with pytest.raises(FileNotFoundError):
        list(read(path.with_name(f"{NAME}9.jsonl.zst")))


def test_sources_are_found_across_row_groups(tmp_path: Path) -> None:
    folder = SHELF.folder(tmp_path)
    folder.mkdir(parents=True)
    path = folder / f"{NAME}1.parquet"
    sizes = [5, ROWS - 3, 7, 2000]
    lines = [b'{"frontdesk.database":"%d"}\n' % number for number in range(sum(sizes))]
    starts = [sum(sizes[:index]) for index in range(5)]
    seal_parts(path, [Part(str(index), lines[starts[index] : starts[index + 1]]) for index in range(4)])
    assert pq.ParquetFile(path).num_row_groups == 2
    for index in range(4):
        assert b"".join(read_rows(path, str(index))) == b"".join(lines[starts[index] : starts[index + 1]])


IMITATION = orjson.dumps(
    dict.fromkeys(["first", "last", "earliest_expiry", "latest_expiry"], "1970-01-01T00:00:00Z")
    | {"records": 0, "size": 0, "sha256": "0" * 64, "sources": []}
).decode()


@pytest.mark.parametrize("lead", ["", "\x18", "\x18\x0e", "\x19\x1c\x18\x0e", "\x00\x19\x1c\x18\x0e"])
def test_no_value_of_a_record_imitates_the_seal(lead: str, tmp_path: Path) -> None:
    """The smallest and largest text of a column stand in the footer, so a record can write there."""
    text = f"{lead}{KEY}\x18{chr(len(IMITATION) & 0x7F | 0x80)}{IMITATION}"
    short = f"{lead}{KEY}\x18\x7f"
    names = ["http.route", "frontdesk.database", "frontdesk.contract.account", "frontdesk.new"]
    records = [dict.fromkeys(names, value) for value in (text, short, "\uffff" + text)]
    path = put(tmp_path, [orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE) for record in records])
    footer = path.read_bytes()[-int.from_bytes(path.read_bytes()[-8:-4], "little") - 8 :]
    assert footer.count(KEY.encode()) > 1
    assert read_seal(path).records == 3
    assert read_note(path).sources[0].name == SOURCES[0]
    assert [orjson.loads(line) for line in read(path)] == records
    assert [verdict.damage for verdict in verify(tmp_path)] == [None]


def test_every_flipped_bit_is_found(tmp_path: Path) -> None:
    path = put(tmp_path)
    whole = path.read_bytes()
    chance = random.Random(7)
    places = {*range(len(whole) - 1600, len(whole)), *chance.sample(range(len(whole)), 1500)}
    for offset in places:
        damaged = bytearray(whole)
        damaged[offset] ^= 1 << chance.randrange(8)
        path.write_bytes(damaged)
        (verdict,) = verify(tmp_path)
        assert verdict.damage is not None, offset
        assert str(path) in str(verdict.damage)


def test_a_segment_cut_anywhere_is_found_out(tmp_path: Path) -> None:
    path = put(tmp_path)
    whole = path.read_bytes()
    for cut in [*range(0, len(whole), 97), len(whole) - 1]:
        path.write_bytes(whole[:cut])
        (verdict,) = verify(tmp_path)
        assert verdict.damage is not None, cut
        with pytest.raises(SegmentError):
            list(read(path))


@settings(deadline=None)
@given(
    content=st.binary(max_size=300),
    tail=st.sampled_from([b"", b"PAR1", b"\x08\x00\x00\x00PAR1", b"\xff" * 4 + b"PAR1"]),
)
def test_rubbish_is_named_as_damage(content: bytes, tail: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = put(tmp_path_factory.mktemp("book"))
    path.write_bytes(content + tail)
    for look in (read_seal, lambda each: list(read(each))):
        with pytest.raises(SegmentError):
            look(path)
    assert remove_replaced(path) == 0
    assert list(segments(path.parents[3])) == [path]


def test_a_segment_names_no_file_to_be_deleted_that_is_no_segment(tmp_path: Path) -> None:
    path = put(tmp_path)
    names = ["../stranger", "stranger", "/stranger", ".", "", f"{NAME}9.open", f"../{NAME}9.parquet", path.name]
    seal_parts(path, [Part(name, LINES[:1]) for name in names])
    (path.parent / "stranger").write_text("kept")
    (path.parent.parent / "stranger").write_text("kept")
    others = [path.with_name(f"{NAME}9.open"), path.parent.parent / f"{NAME}9.parquet"]
    for other in others:
        other.write_bytes(path.read_bytes())
    assert remove_replaced(path) == 0
    assert [other.exists() for other in [*others, path]] == [True, True, True]
    assert (path.parent / "stranger").exists()


def test_a_file_that_says_no_column_s_kind_is_read_all_the_same(tmp_path: Path) -> None:
    path = put(tmp_path)
    table = pq.read_table(path)
    with pq.ParquetWriter(path, table.schema, store_schema=False) as writer:
        writer.write_table(table)
        writer.add_key_value_metadata({KEY: table.schema.metadata[KEY.encode()]})
    assert list(read(path)) == LINES


@pytest.mark.parametrize("text", ["[1]", "5", "no JSON", '"x"'])
@pytest.mark.parametrize("column", ["frontdesk.other", "frontdesk.gap.reasons"])
def test_a_column_that_holds_what_it_should_not_is_named_as_damage(text: str, column: str, tmp_path: Path) -> None:
    path = put(tmp_path)
    table = pq.read_table(path)
    columns = [pa.array([text] * 3) if name == column else table[name] for name in table.column_names]
    with pq.ParquetWriter(path, table.schema, store_schema=False) as writer:
        writer.write_table(pa.table(columns, schema=table.schema))
        writer.add_key_value_metadata({KEY: table.schema.metadata[KEY.encode()]})
    with pytest.raises(SegmentError, match="cannot be decoded"):
        list(read(path))


def test_keeps_asks_the_holds_of_a_parquet_segment_too(tmp_path: Path) -> None:
    assert not keeps(put(tmp_path))


def test_the_core_imports_no_pyarrow() -> None:
    code = "import sys, frontdesk.systemdata.compact, frontdesk.cli.app; assert 'pyarrow' not in sys.modules"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
