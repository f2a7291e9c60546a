"""A disk that stands still for seconds under full load: the event loop goes on, memory stays, drops are exact."""

import asyncio
import time
from pathlib import Path

from frontdesk.systemdata import Writer
from frontdesk.systemdata.disk import Disk

from ..book import SHELF, conserved, lines_in
from .conftest import Figure

_STANDSTILL = 1.5


class SlowDisk(Disk):
    """Each write stands still first."""

    def write(self, fd: int, data: memoryview | bytes) -> int:
        time.sleep(_STANDSTILL)
        return super().write(fd, data)


def resident() -> int:
    """KiB of memory in use."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0])


async def load(writer: Writer, seconds: float) -> tuple[int, int, float]:
    """Hand over lines without a pause; how many, how many were taken, and the longest that the loop was away."""
    line = b"x" * 499 + b"\n"
    given = taken = 0
    lag, end, before = 0.0, time.monotonic() + seconds, time.monotonic()
    while time.monotonic() < end:
        for _ in range(20):
            taken += writer.put(line, SHELF)
            given += 1
        await asyncio.sleep(0)
        now = time.monotonic()
        lag, before = max(lag, now - before), now
    return given, taken, lag


def test_a_disk_that_stands_still(tmp_path: Path, figure: Figure) -> None:
    writer = Writer(tmp_path, capacity=1 << 20, disk=SlowDisk())
    before = resident()
    given, taken, lag = asyncio.run(load(writer, 5))
    grown = resident() - before
    writer.close(timeout=20)
    statistics = writer.statistics()
    assert conserved(statistics)
    assert statistics.dropped == {"queue_full": given - taken}
    assert statistics.written == taken == len(lines_in(tmp_path))
    assert given > taken
    figure("event loop away in s at most, disk at a standstill", lag)
    figure("MiB of memory grown, disk at a standstill, buffer of 1 MiB", grown / 1024)
    assert lag < 0.5
    assert grown < 32 << 10
