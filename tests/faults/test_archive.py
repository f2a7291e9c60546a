"""Archiving killed at every step: each record is in the whole book once, and the next command ends what was begun."""

import signal
from pathlib import Path
from typing import TYPE_CHECKING

from frontdesk.systemdata.compact import compact
from frontdesk.systemdata.move import move
from frontdesk.systemdata.shelf import segments
from frontdesk.systemdata.verify import verify

from ..systemdata.keeping import NOW
from ..systemdata.test_archive import whole
from ..systemdata.test_compact_faults import make_book
from .process import start

if TYPE_CHECKING:
    from ..s3 import S3

_MOST_STEPS = 90

# Dies by SIGKILL before the n-th call to a disk, its own or that of the store, or in the middle of it where it writes.
ARCHIVING = """
import signal
from datetime import UTC, datetime
from frontdesk.systemdata.disk import Disk
from frontdesk.systemdata.move import move
from frontdesk.systemdata.store import DiskStore

left = int(sys.argv[3])

def deadly(kind, name):
    call = getattr(kind, name)
    def instead(self, *args):
        global left
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)
        return call(self, *args)
    setattr(kind, name, instead)

for name in ("open", "rename", "unlink", "sync_folder"):
    deadly(Disk, name)
for name in ("put", "create", "delete"):
    deadly(DiskStore, name)
move(Path(sys.argv[1]), sys.argv[2], datetime(2026, 11, 23, tzinfo=UTC))
"""


def test_archiving_that_is_killed_at_any_step_loses_and_doubles_nothing(tmp_path: Path) -> None:
    for step in range(1, _MOST_STEPS):
        book, url = tmp_path / f"book-{step}", f"file://{tmp_path}/store-{step}"
        make_book(book)
        before = whole(book)
        with start(ARCHIVING, book, url, str(step)) as child:
            child.wait(60)
        assert whole(book) == before, step
        assert not [verdict for verdict in verify(book) if verdict.damage], step
        if step % 2:  # it ends what was begun, as another move does
            compact(book, NOW)
            assert whole(book) == before, step
        move(book, url, NOW)
        assert whole(book) == before, step
        assert list(segments(book)) == [], step
        assert {path.name for path in book.iterdir()} <= {"archive.json", "archive-stage", "visit"}, step
        if child.returncode == 0:
            break
        assert child.returncode == -signal.SIGKILL
    assert 20 < step < _MOST_STEPS - 1


FORKING = """
from frontdesk.systemdata.store import open_store
url = sys.argv[1]
assert open_store(url).entries("") == []
child = os.fork()
if not child:
    os._exit(0 if open_store(url).entries("") == [] else 1)
_, status = os.waitpid(child, 0)
assert open_store(url).entries("") == []
sys.exit(os.waitstatus_to_exitcode(status))
"""


def test_a_child_speaks_to_the_store_for_itself(s3: "S3") -> None:
    with start(FORKING, s3.bucket()) as child:
        assert child.wait(60) == 0
