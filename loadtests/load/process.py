"""What a process takes of the machine, as Linux tells it: CPU time and memory of its own."""

import os
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid: int) -> float:
    """CPU time that a process has used so far; 0 where it is gone."""
    try:
        # The name in brackets may hold spaces; what follows it is numbers.
        fields = Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / _TICKS


def private_bytes(pid: int) -> int:
    """Memory that is a process's alone, so without a database that others map too; 0 if it is gone."""
    return _sum(pid, "Private_Clean:", "Private_Dirty:")


def shared_bytes(pid: int) -> int:
    """Memory that a process shares with others. 0 if it is gone."""
    return _sum(pid, "Shared_Clean:", "Shared_Dirty:")


def mapped(pid: int, suffix: str) -> int:
    """How many files with a suffix a process has mapped, those that were removed meanwhile included."""
    try:
        lines = Path(f"/proc/{pid}/maps").read_text("utf-8", "replace").splitlines()
    except OSError:
        return 0
    return sum(line.removesuffix(" (deleted)").endswith(suffix) for line in lines)


def _sum(pid: int, *names: str) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii", "replace").splitlines()
    except OSError:
        return 0
    return 1024 * sum(int(line.split()[1]) for line in lines if line.startswith(names))
