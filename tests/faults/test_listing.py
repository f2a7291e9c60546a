"""A book that is read while several processes seal one segment after the other: nothing of it is ever out of sight."""

from contextlib import ExitStack
from pathlib import Path

from frontdesk.systemdata.shelf import segments

from ..book import lines_in
from .process import start

_PROCESSES, _SEGMENTS = 2, 800

# Writes all of its segments first, so that from then on the book holds the same whatever becomes of its files; and
# waits for no disk: two listings that are alike hardly come about.
SEALING = """
from frontdesk.systemdata.disk import Disk
from frontdesk.systemdata.segment import Segment

class Hasty(Disk):
    def sync(self, fd): pass
    def sync_folder(self, folder): pass

there = [Segment(SHELF.folder(Path(sys.argv[1])), disk=Hasty()) for _ in range(int(sys.argv[2]))]
for segment in there:
    segment.append([b"1\\n"])
print("written", flush=True)
for segment in there:
    segment.seal()
    time.sleep(0.001)
"""


def test_no_segment_is_out_of_sight_while_others_are_sealed_all_the_time(tmp_path: Path) -> None:
    with ExitStack() as stack:
        children = [stack.enter_context(start(SEALING, tmp_path, str(_SEGMENTS))) for _ in range(_PROCESSES)]
        for child in children:
            assert child.stdout is not None
            assert child.stdout.readline() == b"written\n"
        readings = 0
        while any(child.poll() is None for child in children):
            assert len(list(segments(tmp_path))) == _PROCESSES * _SEGMENTS
            readings += 1
    assert [child.returncode for child in children] == [0] * _PROCESSES
    assert readings > 2
    assert len(lines_in(tmp_path)) == _PROCESSES * _SEGMENTS
