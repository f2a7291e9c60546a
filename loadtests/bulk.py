"""What it costs to enrich a whole log, beside reading it, the floor, plain loops, and goaccess: `make bench-bulk`.

Each way runs in a process of its own, one after another, on the same log, in rounds whose order changes; ways that
take long read fewer lines of it, once. Processor time is what the ratios are of: other work on the machine disturbs it
least. They are told of whole runs and, but for the slow ways, of each further line: a fifth of the log is run too, and
what both took, such as the start, is left out. With `flat`, `frontdesk enrich` alone runs over logs of more and more
lines. The last line is one JSON object.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from frontdesk.geodb import EMBEDDED
from frontdesk.policy import EXAMPLE

from .bulk_runs import Cost, Found, Way, measure
from .rounds import machine

LINES, ROUNDS = 5_000_000, 1
FLAT = (1_000_000, 5_000_000, 10_000_000, 50_000_000)
OURS = "frontdesk enrich"
ROOT = Path(__file__).parents[1]
# What goaccess takes for a line grows with the addresses that it keeps, so it is given many.
_SLOW, _GOACCESS = 100_000, 1_000_000
_PART = 5


def ways(vendor: Path) -> dict[str, Way]:
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
                "--no-progress",
                f"--geoip-database={vendor}",
                "-o",
                "OUT.json",
            ],
            _GOACCESS,
        ),
        "geoip2 loop": Way([python, "-m", here, "geoip2", "LOG", "OUT", str(vendor)], _SLOW),
        OURS: Way([enrich, "enrich", "LOG", "--out", "OUT", "--policy", str(EXAMPLE), "--json"]),
    }
    if shutil.which("goaccess") is None:
        del found["goaccess"]
    return found


def run(lines: int, rounds: int) -> dict[str, Found]:
    """Measure all ways on one log."""
    with tempfile.TemporaryDirectory(prefix="frontdesk-bulk-") as place:
        log = prepared(Path(place), lines)
        left = ways(log.parent / "City.mmdb")
        found = {name: Found([], []) for name in left}
        for number in range(rounds):
            for name in list(left)[:: -1 if number % 2 else 1]:
                if not _round(left[name], name, log, lines, found):
                    del left[name], found[name]
                elif left[name].most:
                    del left[name]
        return found


def _round(way: Way, name: str, log: Path, lines: int, found: dict[str, Found]) -> bool:
    """Measure a way once; False where it cannot run here."""
    whole = measure(way, log, lines, log.parent)
    if whole is None:
        return False
    print(_told(name, whole))
    found[name].whole.append(whole)
    if way.most is None and lines >= _PART:
        part = measure(way._replace(most=lines // _PART), log, lines, log.parent)
        found[name].part.extend([part] if part else [])
    return True


def prepared(folder: Path, lines: int, *, alone: bool = False) -> Path:
    """A log, and beside it, but for our own way `alone`, the database that the other ways want."""
    log = folder / "access.log"
    print(f"writing a log of {lines:,} lines")
    # In a process of its own: the memory of this one would count as that of each way that it starts.
    for made in ("log",) if alone else ("log", "city"):
        subprocess.run([sys.executable, "-m", "loadtests.bulk_ways", made, log, str(lines), folder], check=True)
    return log


def flat(lines: int) -> list[Cost]:
    """What enriching takes for logs of more and more lines, up to so many."""
    with tempfile.TemporaryDirectory(prefix="frontdesk-bulk-") as place:
        log = prepared(Path(place), lines, alone=True)
        way = ways(log.parent / "City.mmdb")[OURS]
        costs = []
        for size in sorted({*(size for size in FLAT if size < lines), lines}):
            cost = measure(way._replace(most=size), log, lines, log.parent)
            if cost is not None:
                print(_told(OURS, cost))
                costs.append(cost)
        return costs


def ratios(found: dict[str, Found]) -> dict[str, float]:
    """How many times the speed of each other way enriching has: by processor time, by the clock, for a further line."""
    ours = found[OURS]
    told = {}
    for name, other in found.items():
        if other is not ours:
            told[f"{name}, processor"] = _short(other.middle.microseconds / ours.middle.microseconds)
            told[f"{name}, clock"] = _short(ours.middle.rate / other.middle.rate)
            if other.further is not None and ours.further is not None and ours.further > 0:
                told[f"{name}, each further line"] = _short(other.further / ours.further)
    return told


def _short(ratio: float) -> float:
    """Three digits of a ratio, which may be a small one: reading alone takes next to nothing."""
    return float(f"{ratio:.3g}")


def _told(name: str, cost: Cost) -> str:
    return (
        f"{name:<26} {cost.lines:>10,} lines {cost.rate:>12,.0f} lines/s {cost.seconds:>8.2f} s"
        f" {cost.processor:>8.2f} CPU s {cost.microseconds:>8.2f} us/line {cost.peak / 1e6:>7,.0f} MB"
    )


def main(lines: int = LINES, rounds: int = ROUNDS) -> None:
    """Measure, and say what was found."""
    print(machine())
    found = run(lines, rounds)
    told = ratios(found)
    for name, ratio in told.items():
        print(f"{OURS} is {ratio:.2f} times as fast as {name}")
    print(json.dumps({"lines": lines, "rounds": rounds, "ratios": told, "peak_bytes": found[OURS].middle.peak}))


def main_flat(lines: int = FLAT[-1]) -> None:
    """Measure whether a line costs the same in a log of any size, and say what was found."""
    print(machine())
    costs = flat(lines)
    told = {cost.lines: round(cost.microseconds, 3) for cost in costs}
    print(json.dumps({"microseconds": told, "peak_bytes": max(cost.peak for cost in costs)}))


if __name__ == "__main__":
    if sys.argv[1:2] == ["flat"]:
        main_flat(*map(int, sys.argv[2:3]))
    else:
        main(*map(int, sys.argv[1:3]))
