"""Measuring several things fairly in one run: in rounds, each thing once a round, in an order that changes."""

import gc
import platform
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import NamedTuple

Ask = Callable[[str], object]
"""Looks one address up."""


class Speed(NamedTuple):
    """Look-ups a second: the median over the rounds, and the interval that holds the middle half of them."""

    median: float
    low: float
    high: float


def measure(
    subjects: Mapping[str, Ask], addresses: Sequence[str], *, rounds: int, seed: int = 1
) -> dict[str, list[float]]:
    """Look-ups a second of each subject in each round. What disturbs the machine disturbs all of them alike."""
    order = list(subjects)
    random = Random(seed)
    for ask in subjects.values():
        _seconds(ask, addresses)  # pages are read and caches are warm before anything counts
    found: dict[str, list[float]] = {name: [] for name in subjects}
    for _ in range(rounds):
        random.shuffle(order)
        for name in order:
            found[name].append(len(addresses) / _seconds(subjects[name], addresses))
    return found


def speed(rates: Sequence[float]) -> Speed:
    """The median of all rounds and its quartiles."""
    low, median, high = statistics.quantiles(rates, n=4, method="inclusive")
    return Speed(median, low, high)


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> Speed:
    """How many times as fast we are, round by round: what both had to bear in a round cancels out."""
    return speed([one / other for one, other in zip(ours, theirs, strict=True)])


def machine() -> str:
    """What it ran on: processor, how many, how busy, Python."""
    try:
        text = Path("/proc/cpuinfo").read_text("utf-8")
        lines = [line.partition(":")[2].strip() for line in text.splitlines() if line.startswith("model name")]
        load = Path("/proc/loadavg").read_text("utf-8").split()[0]
    except OSError:
        lines, load = [], "unknown"
    processor = f"{len(lines)} x {lines[0]}" if lines else platform.processor() or platform.machine()
    return f"{processor}; load {load}; Python {platform.python_version()}, {platform.system()}"


def _seconds(ask: Ask, addresses: Sequence[str]) -> float:
    gc.collect()
    gc.disable()
    try:
        start = time.perf_counter()
        for address in addresses:
            ask(address)
        return time.perf_counter() - start
    finally:
        gc.enable()
