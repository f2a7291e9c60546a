"""Measures: what the ledger and the samples of a run amount to."""

import statistics
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from .ledger import ANSWERED, BARE, CUT, OURS, Entry

_DISTURBANCE = (1.0, 3.0)  # seconds before and after a kill in which it may cut a connection
_COLD = 0.1
_WARM = 0.2
_FEWEST = 20  # values of which a 99th percentile says something


def percentile(values: Sequence[float], share: float) -> float | None:
    """The value that a share of them do not exceed; None of none."""
    if not values:
        return None
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def failed(entries: Iterable[Entry], disturbed: Collection[float] = ()) -> list[Entry]:
    """The requests that failed, but those that somebody else cut off: they are `cut_by_others`."""
    return [entry for entry in entries if entry.failed and not _is_disturbed(entry, disturbed)]


def cut_by_others(entries: Iterable[Entry], disturbed: Collection[float]) -> int:
    """How many requests were under way in a process when somebody killed it."""
    return sum(entry.failed and _is_disturbed(entry, disturbed) for entry in entries)


def times(entries: Sequence[Entry], target: str) -> list[float]:
    """Milliseconds of each page that was answered to a client that is not slow itself, but those of the first tenth.

    Everybody comes at once then, to a server that has never been asked before.
    """
    if not entries:
        return []
    first, last = min(entry.at for entry in entries), max(entry.at for entry in entries)
    begin = first + (last - first) * _COLD
    wanted = target, "page", ANSWERED
    return [entry.ms for entry in entries if (entry.target, entry.kind, entry.outcome) == wanted and entry.at >= begin]


def p99(entries: Sequence[Entry], target: str) -> float | None:
    """Milliseconds within which 99 of 100 pages were answered; None where there are too few to say so."""
    found = times(entries, target)
    return percentile(found, 0.99) if len(found) >= _FEWEST else None


def added(entries: Sequence[Entry]) -> float | None:
    """Milliseconds that the median page takes longer from us than from the bare app, in the same run."""
    ours, bare = times(entries, OURS), times(entries, BARE)
    return statistics.median(ours) - statistics.median(bare) if ours and bare else None


def cpu_ratio(cpu: Mapping[str, float], entries: Sequence[Entry]) -> float | None:
    """How many times the CPU time of the bare app's server a request takes in ours."""
    requests = Counter(entry.target for entry in entries if entry.outcome == ANSWERED)
    if not requests[OURS] or not requests[BARE] or not cpu.get(BARE):
        return None
    return (cpu[OURS] / requests[OURS]) / (cpu[BARE] / requests[BARE])


def growth(samples: Sequence[tuple[float, int, int]]) -> float | None:
    """MB by which the private memory of a process grew at most, from the second fifth of its samples to the last.

    A sample is a time, a process and its bytes. None where no process was there for long enough.
    """
    of: defaultdict[int, list[int]] = defaultdict(list)
    for _at, pid, size in samples:
        of[pid].append(size)
    grown = [
        statistics.median(sizes[-fifth:]) - statistics.median(sizes[fifth : 2 * fifth])
        for sizes in of.values()
        if (fifth := int(len(sizes) * _WARM)) >= 1
    ]
    return max(0.0, *grown) / 1e6 if grown else None


def _is_disturbed(entry: Entry, disturbed: Collection[float]) -> bool:
    """Whether a connection ended when somebody killed a process. An answer that is wrong is never excused."""
    before, after = _DISTURBANCE
    return entry.outcome == CUT and any(at - before <= entry.at <= at + after for at in disturbed)
