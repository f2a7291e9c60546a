"""What it costs to enrich a whole log, beside reading it, the floor, plain loops, and goaccess: `make bench-bulk`.

Each way runs in a process of its own, one after another, on the same log; ways that take long read fewer lines of it.
Processor time is what the ratios are of: other work on the machine disturbs it least. The last line is one JSON object.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from frontdesk.geodb import EMBEDDED
from frontdesk.policy import EXAMPLE

from .rounds import machine

LINES = 5_000_000
ROOT = Path(__file__).parents[1]
_SLOW = 100_000
_POLICY = "policy.toml"


class Way(NamedTuple):
    """One way to read a log: the command, and how many lines it is given at most."""

    command: Sequence[str]
    most: int | None = None


class Cost(NamedTuple):
    """What a way took; `peak` is the memory of its largest process, in bytes."""

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


def ways(folder: Path, vendor: Path) -> dict[str, Way]:
    """The ways, by name. LOG stands for the log, OUT for what is written."""
    python, here = sys.executable, "loadtests.bulk_ways"
    enrich = str(Path(python).with_name("frontdesk"))
    found = {
        "wc -l": Way(["wc", "-l", "LOG"]),
        "floor": Way([python, "-m", here, "floor", "LOG", "OUT", str(EMBEDDED)]),
        "lean loop, one process": Way([python, "-m", here, "lean", "LOG", "OUT", str(EMBEDDED), "1"]),
        "lean loop, two processes": Way([python, "-m", here, "lean", "LOG", "OUT", str(EMBEDDED), "2"]),
        "goaccess": Way(
            [
                "goaccess",
                "LOG",
                "--log-format=COMBINED",
                "--no-global-config",
                f"--geoip-database={vendor}",
                "-o",
                "OUT.json",
            ],
            _SLOW,
        ),
        "geoip2 loop": Way([python, "-m", here, "geoip2", "LOG", "OUT", str(vendor)], _SLOW),
        "frontdesk enrich": Way([enrich, "enrich", "LOG", "--out", "OUT", "--policy", str(folder / _POLICY), "--json"]),
    }
    if shutil.which("goaccess") is None:
        del found["goaccess"]
    return found


def measure(way: Way, log: Path, lines: int, folder: Path) -> Cost | None:
    """Run a way once; None where it cannot run here."""
    read = min(lines, way.most or lines)
    if read < lines:
        log = _head(log, read, folder)
    out = folder / "out"
    command = [part.replace("LOG", str(log)).replace("OUT", str(out)) for part in way.command]
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    told = ""
    if process.stderr is not None:
        with process.stderr as stream:
            told = stream.read().decode(errors="replace")
    process.returncode = os.waitstatus_to_exitcode(status)
    for left in folder.glob("out*"):
        shutil.rmtree(left) if left.is_dir() else left.unlink()
    if process.returncode:
        print(f"  left out: {command[0]} {command[1:3]}: {told.strip().splitlines()[-1:]}")
        return None
    return Cost(read, seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)


def run(lines: int) -> dict[str, Cost]:
    """Measure all ways on one log."""
    with tempfile.TemporaryDirectory(prefix="frontdesk-bulk-") as place:
        folder = Path(place)
        log = folder / "access.log"
        print(f"writing a log of {lines:,} lines")
        # In a process of its own: the memory of this one would count as that of each way that it starts.
        vendor = folder / "Country.mmdb"
        subprocess.run([sys.executable, "-m", "loadtests.bulk_ways", "prepare", log, str(lines), folder], check=True)
        # Visitors are not told apart from day to day, as in no other way here.
        text = EXAMPLE.read_text("utf-8").replace("daily_id = true", "daily_id = false")
        (folder / _POLICY).write_text(text, "utf-8")
        found = {}
        for name, way in ways(folder, vendor).items():
            cost = measure(way, log, lines, folder)
            if cost is not None:
                found[name] = cost
                print(_told(name, cost))
        return found


def ratios(found: dict[str, Cost]) -> dict[str, float]:
    """How many times the speed of each other way enriching has, by processor time and by the clock."""
    ours = found["frontdesk enrich"]
    told = {}
    for name, cost in found.items():
        if cost is not ours:
            told[f"{name}, processor"] = round(cost.microseconds / ours.microseconds, 3)
            told[f"{name}, clock"] = round(ours.rate / cost.rate, 3)
    return told


def _told(name: str, cost: Cost) -> str:
    return (
        f"{name:<26} {cost.lines:>10,} lines {cost.rate:>12,.0f} lines/s {cost.seconds:>8.2f} s"
        f" {cost.processor:>8.2f} CPU s {cost.microseconds:>8.2f} us/line {cost.peak / 1e6:>7,.0f} MB"
    )


def _head(log: Path, lines: int, folder: Path) -> Path:
    """The first lines of a log, as a log."""
    short = folder / f"head-{lines}.log"
    if not short.exists():
        with log.open("rb") as stream, short.open("wb") as out:
            for _ in range(lines):
                out.write(stream.readline())
    return short


def main(lines: int = LINES) -> None:
    """Measure, and say what was found."""
    print(machine())
    found = run(lines)
    told = ratios(found)
    for name, ratio in told.items():
        print(f"frontdesk enrich is {ratio:.2f} times as fast as {name}")
    print(json.dumps({"lines": lines, "ratios": told, "peak_bytes": found["frontdesk enrich"].peak}))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
