"""The report of a run: plain text for people, and one JSON object for programs."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from ..rounds import machine
from .ledger import ANSWERED, Entry
from .limits import Verdict
from .measures import percentile
from .shapes import SHAPES
from .trial import Outcome

_BUSY = 0.9
_NEAR = 0.8
_KINDS = ("page", "slow-reader", "slow-sender")


def text(outcome: Outcome, scenario: str, told: str, verdicts: Sequence[Verdict], crowd: Mapping[str, float]) -> str:
    """What a person reads at the end."""
    plan = outcome.plan
    who = ", ".join(f"{name} {share:.0%}" for name, share in crowd.items())
    lines = [
        f"{plan.shape} ({SHAPES[plan.shape].told}), {plan.users:,} users, {plan.seconds:g} s; {scenario}: {told}",
        f"machine      {machine()}",
        f"visitors     {who}",
        f"generator    {generator(outcome)}",
        "",
        *_table(outcome.entries),
        "",
        *_servers(outcome),
        *_account(outcome),
        *(f"{name:44} {number:>10,}" for name, number in outcome.notes.items()),
        "",
        *map(str, verdicts),
        *(f"WRONG   {what}" for what in outcome.wrong),
        *_failures(outcome.failures),
    ]
    return "\n".join(lines) + "\n"


def as_json(outcome: Outcome, scenario: str, verdicts: Sequence[Verdict], *, kept: bool) -> str:
    """One line."""
    account = outcome.account
    return json.dumps(
        {
            "scenario": scenario,
            "shape": outcome.plan.shape,
            "kept": kept,
            "requests": len(outcome.entries),
            "found": {verdict.name: verdict.found for verdict in verdicts},
            "missed": [verdict.name for verdict in verdicts if not verdict.kept],
            "wrong": outcome.wrong,
            "account": None if account is None else account._asdict(),
            "cut_by_others": outcome.cut_by_others,
            "notes": outcome.notes,
            "memory_mb": outcome.memory,
            "cpu_ms_a_request": outcome.cpu_ms,
            "generator": {"ceiling": outcome.ceiling, "cpu": outcome.generator_cpu},
        }
    )


def generator(outcome: Outcome) -> str:
    """Whether what was measured is the server, or only the generator."""
    plan, most = outcome.plan, outcome.ceiling
    processes = max(1, plan.workers)
    told = f"{processes} of locust, {outcome.generator_cpu:.0%} of a processor at most"
    if most is not None:
        told = f"one drives {most:,.0f} requests a second at most, {plan.wanted:,.0f} are wanted; " + told
    if (most is not None and plan.wanted > _NEAR * most * processes) or outcome.generator_cpu > _BUSY:
        told += "\nWARNING      the generator is the bottleneck: times are its own. Fewer users, or more WORKERS"
    return told


def _table(entries: Sequence[Entry]) -> Iterator[str]:
    yield f"{'':24} {'requests':>9} {'failed':>7} {'a second':>9} {'median ms':>10} {'p99 ms':>9} {'p99.9 ms':>9}"
    targets = sorted({entry.target for entry in entries}, reverse=True)
    for target in targets:
        for kind in _KINDS:
            of = [entry for entry in entries if (entry.target, entry.kind) == (target, kind)]
            if of:
                yield _row(f"{target} {kind}", of)


def _row(name: str, entries: Sequence[Entry]) -> str:
    found = [entry.ms for entry in entries if entry.outcome == ANSWERED]
    seconds = max(entry.at for entry in entries) - min(entry.at for entry in entries)
    figures = [percentile(found, share) for share in (0.5, 0.99, 0.999)]
    middle, high, highest = [f"{figure:,.1f}" if figure is not None else "-" for figure in figures]
    rate = f"{len(entries) / seconds:,.0f}" if seconds else "-"
    failed = sum(entry.failed for entry in entries)
    return f"{name:24} {len(entries):9,} {failed:7,} {rate:>9} {middle:>10} {high:>9} {highest:>9}"


def _servers(outcome: Outcome) -> Iterator[str]:
    for name, size in outcome.memory.items():
        cpu = outcome.cpu_ms.get(name)
        told = f"; {cpu:.3f} ms of CPU time for a request" if cpu is not None else ""
        yield f"{name:5} server   {size:,.0f} MB of memory of its own a worker at the end{told}"


def _account(outcome: Outcome) -> Iterator[str]:
    account = outcome.account
    if account is None:
        return
    yield (
        f"the book     {account.answered:,} answered, {account.unanswered:,} not answered whole; {account.recorded:,}"
        f" recorded, {account.dropped:,} dropped and counted, {account.lost_by_kill:,} lost by a kill"
    )
    wrong = f"{account.unaccounted:,} unaccounted, {account.twice:,} twice, {account.strange:,} of nobody"
    yield f"             {'it adds up' if account.holds else wrong}; {account.damaged:,} segments damaged"
    if outcome.cut_by_others:
        yield f"             {outcome.cut_by_others:,} requests were cut off by what ended their server"


def _failures(failures: Sequence[Entry]) -> Iterator[str]:
    kinds = Counter(f"{entry.target} {entry.kind}: {entry.outcome}, status {entry.status}" for entry in failures)
    for kind, number in kinds.most_common(10):
        yield f"FAILED  {number:,} x {kind}"
