"""`kill -9` at any moment: what is lost is young, what was written is whole, and the next start heals the rest."""

import random
import signal
import time
from collections import Counter
from pathlib import Path

import pytest

from frontdesk.systemdata import Writer
from frontdesk.systemdata.verify import verify

from ..book import SHELF, eventually, lines_in
from .conftest import Figure
from .process import start

# The child tells of each line when it was taken. One write to a pipe is whole, or not there at all.
WRITING = """
book, size, pause, segment = Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4])
writer = Writer(book, segment_bytes=segment)
burst = max(1, 1_000_000 // size) if pause > 0.1 else 1
number = 0
while True:
    told = b""
    for _ in range(burst):
        line = (b'{"number":%d,"text":"' % number).ljust(size, b"x") + b'"}\\n'
        if writer.put(line, SHELF):
            told += b"%d %.6f\\n" % (number, time.monotonic())
        number += 1
    os.write(1, told)
    time.sleep(pause)
"""

WAYS = {
    "small lines": (300, 0.0005, 16 << 20),
    "batches of 1 MB": (10_000, 0.15, 16 << 20),
    "while sealing": (3_000, 0.0005, 200_000),
}


@pytest.mark.parametrize("seed", range(14))
@pytest.mark.parametrize("way", WAYS)
def test_a_killed_process_loses_what_is_young_and_nothing_else(
    way: str, seed: int, tmp_path: Path, figure: Figure
) -> None:
    size, pause, segment = WAYS[way]
    with start(WRITING, tmp_path, str(size), str(pause), str(segment)) as child:
        assert child.stdout is not None
        told = child.stdout.readline()
        time.sleep(random.Random(seed).uniform(0.05, 1.2))
        killed = time.monotonic()
        child.send_signal(signal.SIGKILL)
        told += child.stdout.read()
    taken = {int(number): float(when) for number, when in (row.split() for row in told.splitlines())}

    writer = Writer(tmp_path, flush_interval=0.001)
    writer.open()
    if any(path.suffix == ".open" for path in tmp_path.rglob("*.open")):
        eventually(lambda: not list(tmp_path.rglob("*.open")))
    recovered = writer.statistics().recovered
    assert writer.put(b'{"number":-1}\n', SHELF)
    writer.close()

    found = Counter(int(line.split(b",")[0].split(b":")[1].rstrip(b"}\n")) for line in lines_in(tmp_path))
    assert found.pop(-1) == 1
    assert set(found.values()) <= {1}
    assert recovered.torn <= 1
    assert all(verdict.damage is None for verdict in verify(tmp_path))
    lost = taken.keys() - found.keys()
    age = max((killed - taken[number] for number in lost), default=0.0)
    figure(f"seconds lost by kill -9, {way}", age)
    figure(f"lines lost by kill -9, {way}", len(lost))
    # A flush interval and one batch: 0.2 s on a machine that has the time, more where seven share two cores.
    assert age < 1.0
    if lost:
        assert lost == set(range(min(lost), max(taken) + 1)), "only the youngest are lost"
