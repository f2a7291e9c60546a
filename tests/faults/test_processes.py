"""Several processes in one book, tiny segments, and somebody who takes files away: each line once, somewhere."""

import time
from collections import Counter
from pathlib import Path

import pytest

from frontdesk.systemdata.read import read
from frontdesk.systemdata.recover import recover
from frontdesk.systemdata.verify import verify

from ..book import lines_in
from .process import start

_PROCESSES = 6
_LINES = 4000

WRITING = """
writer = Writer(Path(sys.argv[1]), segment_bytes=4000, flush_interval=0.002)
for number in range(int(sys.argv[3])):
    line = b'{"process":%d,"number":%d}\\n' % (int(sys.argv[2]), number)
    assert writer.put(line, SHELF._replace(entity="e%d" % (number % 3)), anonymous=number % 7 == 0)
    if number % 20 == 0:
        time.sleep(0.003)
writer.close(20)
statistics = writer.statistics()
assert (statistics.written, statistics.dropped) == (int(sys.argv[3]), {}), statistics
"""


@pytest.mark.parametrize("taking", [False, True], ids=["alone", "files-taken-away"])
def test_processes_share_a_book_and_no_line_is_lost_or_doubled(taking: bool, tmp_path: Path) -> None:
    book, away = tmp_path / "book", tmp_path / "away"
    away.mkdir()
    children = [start(WRITING, book, str(number), str(_LINES)) for number in range(_PROCESSES)]
    taken = 0
    while any(child.poll() is None for child in children):
        time.sleep(0.01)
        list(recover(book))  # as another process that starts does
        for number, path in enumerate(sorted(book.rglob("*.open")) if taking else []):
            place = away / f"{taken}{path.name}"
            try:
                if number % 2:
                    path.rename(place)
                else:
                    place.hardlink_to(path)
                    path.unlink()
            except FileNotFoundError:
                place.unlink(missing_ok=True)  # sealed at that moment
                continue
            taken += 1
            if taken % 5 == 0:
                break
    assert [child.wait() for child in children] == [0] * _PROCESSES
    for child in children:
        assert child.stdout is not None
        child.stdout.close()
    list(recover(book))
    found = Counter(lines_in(book))
    for path in away.iterdir():
        found.update(read(path))
    assert set(found.values()) == {1}
    assert len(found) == _PROCESSES * _LINES
    assert all(verdict.damage is None for verdict in verify(book))
    assert not list(book.rglob("*.tmp"))
    assert bool(taken) == taking
