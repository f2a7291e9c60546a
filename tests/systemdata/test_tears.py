"""Damage of every kind: what is whole is kept, what is not is named; reading never fails in another way."""

import json
from pathlib import Path

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from frontdesk.systemdata import SegmentError
from frontdesk.systemdata.follow import Follower
from frontdesk.systemdata.read import read
from frontdesk.systemdata.recover import Mended, recover
from frontdesk.systemdata.seal import SEAL_BYTES, read_seal, seal_lines
from frontdesk.systemdata.shelf import sealed
from frontdesk.systemdata.verify import verify

from ..book import NAME, SHELF, files, lines_in

RECORDS = [
    b'{"timestamp":"2999-12-31T10:0%d:00.000Z","frontdesk.retention.expires_at":"3000-01-0%dT00:00:00Z"}\n' % (n, n + 1)
    for n in range(4)
]
CONTENT = b"".join(RECORDS)


def put(directory: Path, content: bytes) -> Path:
    folder = SHELF.folder(directory)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{NAME}1.open"
    path.write_bytes(content)
    return path


def test_a_segment_cut_at_any_byte_keeps_its_whole_lines(tmp_path: Path) -> None:
    for cut in range(len(CONTENT) + 1):
        book = tmp_path / str(cut)
        path = put(book, CONTENT[:cut])
        whole = CONTENT[:cut].count(b"\n")
        torn = not CONTENT[:cut].endswith(b"\n") and cut > 0
        assert list(read(path)) == RECORDS[:whole]
        assert list(recover(book)) == [Mended(SHELF, torn)]
        assert lines_in(book) == RECORDS[:whole]
        before = [(file, file.read_bytes()) for file in files(book)]
        assert list(recover(book)) == []
        assert [(file, file.read_bytes()) for file in files(book)] == before
        assert [verdict.damage for verdict in verify(book)] == ([None] if whole else [])


@pytest.mark.parametrize("tail", [bytes(10), bytes(3 << 20), b"\xff" * 100], ids=["zeros", "many zeros", "ones"])
def test_a_tail_of_rubbish_is_cut_off(tail: bytes, tmp_path: Path) -> None:
    put(tmp_path, CONTENT + tail)
    assert list(recover(tmp_path)) == [Mended(SHELF, torn=True)]
    assert lines_in(tmp_path) == RECORDS


def test_a_sealed_segment_with_any_bit_flipped_is_found_out_or_reads_the_same(tmp_path: Path) -> None:
    path = sealed(put(tmp_path, b""))
    path.with_name(f"{NAME}1.open").unlink()
    seal_lines(path, RECORDS)
    whole = path.read_bytes()
    padding = whole.rstrip(b" ")
    for offset in range(len(padding)):
        for bit in range(8):
            damaged = bytearray(whole)
            damaged[offset] ^= 1 << bit
            path.write_bytes(damaged)
            (verdict,) = verify(tmp_path)
            if verdict.damage is None:  # zstd has a bit that means nothing
                assert list(read(path)) == RECORDS, (offset, bit)
            else:
                assert str(path) in str(verdict.damage)


def test_a_sealed_segment_cut_at_any_byte_is_found_out(tmp_path: Path) -> None:
    path = sealed(put(tmp_path, b""))
    path.with_name(f"{NAME}1.open").unlink()
    seal_lines(path, RECORDS)
    whole = path.read_bytes()
    for cut in range(len(whole)):
        path.write_bytes(whole[:cut])
        (verdict,) = verify(tmp_path)
        assert verdict.damage is not None, cut
        with pytest.raises(SegmentError):
            list(read(path))
        list(Follower(tmp_path).read())


def test_damage_is_told_with_its_place_and_kind(tmp_path: Path) -> None:
    path = sealed(put(tmp_path, b""))
    path.with_name(f"{NAME}1.open").unlink()
    seal_lines(path, RECORDS)
    whole = path.read_bytes()
    frame = whole[-SEAL_BYTES:]
    other = zstandard.ZstdCompressor().compress(CONTENT.replace(b"10:00", b"10:01"))
    for content, words in [
        (whole[:-1], f"at byte {len(whole) - 1}: the seal is missing"),
        (b"\x00" + whole[1:], "at byte 0 of the plain content: what follows cannot be decompressed"),
        (other + frame, "the sha256 is"),
        (zstandard.ZstdCompressor().compress(b"") + frame, "at byte 0 of the plain content: what follows is missing"),
        (whole.replace(b'"records":4', b'"records":5'), "the seal does not tell what the content does"),
        (whole.replace(b'"records":4', b'"rexords":4'), "the seal cannot be read"),
    ]:
        path.write_bytes(content)
        (verdict,) = verify(tmp_path)
        assert words in str(verdict.damage)


def test_a_seal_tells_what_one_must_know_without_reading_on(tmp_path: Path) -> None:
    path = sealed(put(tmp_path, b""))
    seal = seal_lines(path, RECORDS)
    assert read_seal(path) == seal
    assert (seal.records, seal.size) == (4, len(CONTENT))
    assert (seal.first, seal.last) == ("2999-12-31T10:00:00.000Z", "2999-12-31T10:03:00.000Z")
    assert (seal.earliest_expiry, seal.latest_expiry) == ("3000-01-01T00:00:00Z", "3000-01-04T00:00:00Z")
    assert zstandard.ZstdDecompressor().stream_reader(path.read_bytes()).read() == CONTENT


@given(content=st.binary(max_size=2000))
def test_reading_rubbish_gives_lines_or_names_the_damage(
    content: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    book = tmp_path_factory.mktemp("book")
    path = put(book, content)
    lines = list(read(path))
    assert b"".join(lines) == content[: content.rfind(b"\n") + 1]
    assert all(line.count(b"\n") == 1 for line in lines)
    sealed(path).write_bytes(content)
    with pytest.raises(SegmentError):
        list(read(sealed(path)))
    list(Follower(book).read())
    assert [verdict.damage is None for verdict in verify(book)] == [False]


@given(texts=st.lists(st.text(max_size=200), max_size=20))
def test_what_is_sealed_is_read_again(texts: list[str], tmp_path_factory: pytest.TempPathFactory) -> None:
    path = sealed(put(tmp_path_factory.mktemp("book"), b""))
    lines = [json.dumps({"timestamp": text}).encode() + b"\n" for text in texts]
    seal_lines(path, lines)
    assert list(read(path)) == lines
