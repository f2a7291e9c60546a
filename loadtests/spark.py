"""What whole logs on a cluster of Spark take, beside one machine: `make bench-spark`. The last line is one JSON object.

The processes of each way are looked at ten times a second: what each has taken of processors and of memory by then.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from . import logs
from .rounds import machine

LINES = 2_000_000
_EVERY = 0.1
_TICK = os.sysconf("SC_CLK_TCK")
_DRIVER = "from frontdesk.cli import main; main()"


class Taken(NamedTuple):
    """What the processes of one kind took: seconds of processors together, bytes of memory of the largest."""

    processor: float
    peak: int


def measure(command: Sequence[str], environment: dict[str, str], folder: Path) -> dict[str, Taken]:
    """Run a command, and say what each kind of its processes took."""
    seen: dict[int, tuple[str, Taken]] = {}
    with (folder / "said").open("wb") as said:
        process = subprocess.Popen(command, env=os.environ | environment, cwd=folder, stdout=said, stderr=said)
        while process.poll() is None:
            for pid in _family(process.pid):
                _look(pid, seen)
            time.sleep(_EVERY)
    if process.returncode:
        sys.exit((folder / "said").read_text(errors="replace"))
    kinds: defaultdict[str, list[Taken]] = defaultdict(list)
    for kind, taken in seen.values():
        kinds[kind].append(taken)
    return {
        kind: Taken(sum(each.processor for each in all_), max(each.peak for each in all_))
        for kind, all_ in kinds.items()
    }


def _family(first: int) -> list[int]:
    """A process and all that come of it."""
    parents: dict[int, int] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(path.parent.name)] = int(path.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    found = [first]
    for pid in found:
        found += [child for child, parent in parents.items() if parent == pid]
    return found


def _look(pid: int, seen: dict[int, tuple[str, Taken]]) -> None:
    try:
        place = Path("/proc") / str(pid)
        command = (place / "cmdline").read_bytes()
        ticks = (place / "stat").read_text().rpartition(")")[2].split()[11:13]
        peak = next(line for line in (place / "status").read_text().splitlines() if line.startswith("VmHWM"))
    except (OSError, StopIteration):  # it has ended
        return
    seen[pid] = (_kind(command), Taken(sum(map(int, ticks)) / _TICK, int(peak.split()[1]) * 1024))


def _kind(command: bytes) -> str:
    if b"CoarseGrainedExecutorBackend" in command:
        return "executor, Java"
    if b"pyspark.daemon" in command or b"pyspark/daemon" in command:
        return "executor, Python"
    return "driver, Java" if b"java" in command.partition(b"\0")[0] else "driver, Python"


def ways(folder: Path, executors: int) -> dict[str, tuple[list[str], dict[str, str]]]:
    """One machine, and a cluster of so many executors with a core each: commands, and what is in their environment."""
    enrich = [sys.executable, "-c", _DRIVER, "enrich", "access.log", "--out"]
    submit = [
        *("--master", f"local-cluster[{executors},1,2048]"),
        *("--conf", "spark.ui.enabled=false", "--conf", "spark.driver.host=127.0.0.1"),
        *("--conf", f"spark.sql.warehouse.dir={folder}", "pyspark-shell"),
    ]
    import pyspark  # noqa: PLC0415 - an extra

    environment = {
        "SPARK_HOME": str(Path(pyspark.__file__).parent),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_LOCAL_DIRS": str(folder / "local"),
        "SPARK_WORKER_DIR": str(folder / "workers"),
        "PYSPARK_SUBMIT_ARGS": " ".join(submit),
    }
    return {"one machine": ([*enrich, "one"], {}), "cluster": ([*enrich, "cluster", "--spark"], environment)}


def main(lines: int = LINES, executors: int = 2) -> None:
    """Measure both, and say what was found."""
    print(machine())
    with tempfile.TemporaryDirectory(prefix="frontdesk-spark-") as place:
        folder = Path(place)
        logs.write(folder / "access.log", lines)
        told = {}
        for name, (command, environment) in ways(folder, executors).items():
            start = time.perf_counter()
            taken = measure(command, environment, folder)
            told[name] = {kind: (round(each.processor, 1), each.peak) for kind, each in taken.items()}
            print(f"{name}: {lines:,} lines in {time.perf_counter() - start:.1f} s")
            for kind, each in sorted(taken.items()):
                per_line = each.processor / lines * 1e6
                print(f"  {kind:<18} {each.processor:>7.1f} CPU s {per_line:>6.2f} us/line {each.peak / 1e6:>6,.0f} MB")
    print(json.dumps({"lines": lines, "executors": executors, "taken": told}))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]))
