"""Running one way to read a log, in a process of its own, and what it took."""

import os
import shutil
import statistics
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from .family import watched


class Way(NamedTuple):
    """One way to read a log: the command, and how many lines it is given at most."""

    command: Sequence[str]
    most: int | None = None


class Cost(NamedTuple):
    """What a way took; `peak` is the most memory that its processes had at once, in bytes."""

    lines: int
    seconds: float
    processor: float
    peak: int

    @property
    def rate(self) -> float:
        """Lines a second, as the clock has it."""
        return self.lines / self.seconds

    @property
    def microseconds(self) -> float:
        """Processor time for a line."""
        return self.processor / self.lines * 1e6


class Found(NamedTuple):
    """What was measured of a way: whole runs, and runs over a part of the log."""

    whole: list[Cost]
    part: list[Cost]

    @property
    def middle(self) -> Cost:
        """The whole run whose processor time is in the middle."""
        return sorted(self.whole, key=lambda cost: cost.processor)[len(self.whole) // 2]

    @property
    def further(self) -> float | None:
        """Microseconds of processor time for a line more, in the middle of the rounds; None where it was not told."""
        told = [
            (whole.processor - part.processor) / (whole.lines - part.lines) * 1e6
            for whole, part in zip(self.whole, self.part, strict=False)
        ]
        return statistics.median(told) if told else None


def measure(way: Way, log: Path, lines: int, folder: Path) -> Cost | None:
    """Run a way once; None where it cannot run here."""
    read = min(lines, way.most or lines)
    if read < lines:
        log = _head(log, read, folder)
    out = folder / "out"
    command = [part.replace("LOG", str(log)).replace("OUT", str(out)) for part in way.command]
    # What it says goes to a file: a pipe that nobody empties would stop it.
    with (folder / "told").open("w+b") as stream:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=stream)
        with watched(process.pid) as memory:
            _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        stream.seek(0)
        told = stream.read().decode(errors="replace")
    process.returncode = os.waitstatus_to_exitcode(status)
    for left in folder.glob("out*"):
        shutil.rmtree(left) if left.is_dir() else left.unlink()
    if process.returncode:
        print(f"  left out: {command[0]} {command[1:3]}: {told.strip().splitlines()[-1:]}")
        return None
    return Cost(read, seconds, usage.ru_utime + usage.ru_stime, max(memory.peak, usage.ru_maxrss * 1024))


def _head(log: Path, lines: int, folder: Path) -> Path:
    """The first lines of a log, as a log."""
    short = folder / f"head-{lines}.log"
    if not short.exists():
        with log.open("rb") as stream, short.open("wb") as out:
            for _ in range(lines):
                out.write(stream.readline())
    return short
