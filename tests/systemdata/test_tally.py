"""What a seal says of lines: the same whether they were counted in blocks or as they were written."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontdesk.systemdata import seal as sealing
from frontdesk.systemdata.disk import DISK
from frontdesk.systemdata.seal import Tally, blocks, read_seal, seal_lines
from frontdesk.systemdata.segment import Segment
from frontdesk.systemdata.shelf import sealed

STAMPS = st.sampled_from(
    [
        "2026-11-23T00:00:00.000Z",
        "2026-11-23T23:59:59.999Z",
        "2026-11-24T12:00:00Z",
        "no time",
        "2026-11-23T00:00:00.5Z",
    ]
)
TIME, EXPIRY = '"timestamp":"{}"', '"frontdesk.retention.expires_at":"{}"'
SHAPES = st.sampled_from(
    [
        "{{{time},{expiry}}}",  # as ours are
        "{{{expiry},{time}}}",
        "{{{time}}}",
        "{{{expiry}}}",
        '{{"a":"{{",{time},{expiry}}}',
        "{{}}",
    ]
)


def line(shape: str, time: str, expiry: str) -> bytes:
    return (shape.format(time=TIME.format(time), expiry=EXPIRY.format(expiry)) + "\n").encode()


LINES = st.lists(st.builds(line, SHAPES, STAMPS, STAMPS), min_size=1)


@given(st.lists(LINES, max_size=4))
def test_lines_counted_as_they_are_written_give_the_seal_of_their_blocks(batches: list[list[bytes]]) -> None:
    noted, added = Tally(), Tally()
    for lines in batches:
        noted.note(lines)
        noted.press(b"".join(lines))
        added.add(b"".join(lines))
    assert noted.seal() == added.seal()


@given(LINES, st.integers(16, 400))
def test_blocks_are_whole_lines_whatever_is_read_at_once(lines: list[bytes], most: int) -> None:
    data = b"".join(lines) + b"torn"

    class Piecemeal(type(DISK)):  # type: ignore[misc]
        def read(self, _fd: int, size: int, offset: int) -> bytes:
            return data[offset : offset + min(size, most)]

    found = list(blocks(0, len(data), Piecemeal()))
    assert b"".join(found) == b"".join(lines)
    assert all(block.endswith(b"\n") for block in found)


@pytest.mark.parametrize("size", [1, 7, 1 << 20])
def test_a_sealed_segment_has_the_same_seal_whatever_is_pressed_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(sealing, "BLOCK", size)
    lines = [line("{{{time},{expiry}}}", "2026-11-23T00:00:00.000Z", "2026-12-23T00:00:00Z")] * 5
    segment = Segment(tmp_path)
    segment.append(lines)
    path = sealed(segment.path)
    segment.seal()
    assert read_seal(path) == seal_lines(tmp_path / "20261123T000000000000-1-0.jsonl.zst", lines)
