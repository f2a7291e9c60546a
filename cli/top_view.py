"""How `frontdesk top` looks, on any width: a heading, the figures, the visits by what they are, the last warnings."""

import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from rich.columns import Columns
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from frontdesk.cli.plain import plain
from frontdesk.cli.sight import Seen, by, quantile, visits
from frontdesk.middleware.report import Side, Totals, Visits

_BY: tuple[tuple[str, Callable[[Visits], str]], ...] = (
    ("treatment", lambda each: each.treatment),
    ("company", lambda each: each.entity),
    ("kind of network", lambda each: each.kind),
)
_QUIET = 10.0  # seconds after which a worker that tells nothing is worth a word
_WARNINGS = 4
_MILLISECONDS = 1000
# What of a stream is worth a look.
_TROUBLING: dict[Side, tuple[str, ...]] = {"ship": ("refused", "damaged"), "intake": ("rejected",)}


def view(book: Path, look: Seen) -> RenderableType:
    """Everything; a console folds it to its width."""
    parts: list[RenderableType] = [_heading(book, look)]
    if look.told.reports or look.total.ended:
        parts += [_table(_rows(look)), Text(), Columns([_visits(look, *each) for each in _BY], padding=(0, 3))]
        parts += _warnings(look)
    if look.total.streams:
        parts += [Text(), _table(_streams(look))]
    return Group(*parts)


def _heading(book: Path, look: Seen) -> Text:
    number = len(look.told.reports)
    if not number and not look.told.streams:
        told = f"no worker of {plain(book)} tells of itself: is the app running, on this machine and by this user?"
        return Text(told, style="bold red")
    workers = "1 worker" if number == 1 else f"{number or 'no'} workers"
    return Text(f"frontdesk  {workers} of {plain(book)}  {datetime.now(UTC):%H:%M:%S} UTC", style="bold")


def _table(rows: Iterable[tuple[str, str, bool]]) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value, troubled in rows:
        table.add_row(name, Text(value, style="bold red" if troubled else ""))
    return table


def _rows(look: Seen) -> Iterator[tuple[str, str, bool]]:
    """Name, value, and whether it is bad news."""
    total, counts = look.total, look.total.counts
    yield "visits", f"{visits(total):,}{_pace(look, visits)}", False
    yield "book", *_book(look)
    dropped = ", ".join(f"{count:,} {plain(reason)}" for reason, count in sorted(total.dropped.items()) if count)
    yield "dropped", dropped or "none", bool(dropped)
    yield "queue", *_queue(look)
    yield "writes", _writes(total), False
    yield from (("database", *each) for each in sorted(set(_databases(look))))
    changes, refused = counts.get("swaps", 0), counts.get("databases_refused", 0)
    yield "new ones", f"{changes:,} used, {refused:,} refused", bool(refused)
    yield "policy", *_policy(look)
    made, cached = counts.get("lookups_made", 0), counts.get("lookups_cached", 0)
    yield "look-ups", f"{made:,} made, {cached:,} from memory", False
    held = counts.get("cookies_held_back", 0)
    spoofs = counts.get("forwarding_refused", 0)
    yield "privacy", f"{held:,} cookies held back, {spoofs:,} visits with forged forwarding", False
    troubles = counts.get("troubles", 0)
    yield "troubles", f"{troubles:,}, warnings {counts.get('warnings', 0):,}", bool(troubles)
    services = sorted({report.web_service for report in look.told.reports if report.web_service})
    if services:
        yield "web service", f"{', '.join(map(plain, services))}; {counts.get('web_answered', 0):,} answers", False
    quiet = [report for report in look.told.reports if time.time() - report.at > _QUIET]
    if quiet:
        yield "quiet", ", ".join(f"{each.process} for {time.time() - each.at:.0f} s" for each in quiet), True


def _streams(look: Seen) -> Iterator[tuple[str, str, bool]]:
    """The same of what is shipped and taken in, by what the topics begin with."""
    for name, counts in look.total.streams.items():
        for side, troubling in _TROUBLING.items():
            told = {key.removeprefix(f"{side}_"): count for key, count in counts.items() if key.startswith(f"{side}_")}
            if not told:
                continue
            living = [each for each in look.told.streams if (each.stream, each.side) == (name, side)]
            behind = [each.behind for each in living if each.behind is not None]
            since = min((each.behind_since for each in living if each.behind_since is not None), default=None)
            late = f", the oldest for {max(0.0, time.time() - since):,.0f} s" if since is not None else ""
            how_far = f"{sum(behind):,} behind{late}" if behind else "nobody at work" if not living else "counting"
            figures = ", ".join(f"{count:,} {what}" for what, count in told.items())
            yield f"{side} {plain(name)}", f"{how_far}; {figures}", any(told.get(each) for each in troubling)


def _book(look: Seen) -> tuple[str, bool]:
    states = sorted({report.book for report in look.told.reports})
    written = sum(look.total.written.values())
    pace = _pace(look, lambda total: sum(total.written.values()))
    return f"{', '.join(map(plain, states)) or 'closed'}; {written:,} written{pace}", "degraded" in states


def _queue(look: Seen) -> tuple[str, bool]:
    reports = look.told.reports
    waiting, room = sum(each.queue_bytes for each in reports), sum(each.queue_capacity for each in reports)
    told = f"{_bytes(waiting)} of {_bytes(room)}, {sum(each.queue_records for each in reports):,} records"
    return told, waiting * 2 > room


def _writes(total: Totals) -> str:
    number = sum(total.write_buckets)
    if not number:
        return "none yet"
    half, most = quantile(total, 0.5), quantile(total, 0.99)
    mean = total.write_seconds / number * _MILLISECONDS
    return f"{number:,}; mean {mean:.2f} ms, half {_within(half)}, 99 of 100 {_within(most)}"


def _within(bound: float | None) -> str:
    return "longer than 5 s" if bound is None or bound == float("inf") else f"within {bound * _MILLISECONDS:g} ms"


def _databases(look: Seen) -> Iterator[tuple[str, bool]]:
    for database in (report.database for report in look.told.reports):
        told = f"{plain(database.name)} of {plain(database.built)}, {database.age} days old, {plain(database.state)}"
        yield told, database.state == "expired"


def _policy(look: Seen) -> tuple[str, bool]:
    changes, refused = look.total.counts.get("policies", 0), look.total.counts.get("policies_refused", 0)
    versions = sorted({plain(report.policy) for report in look.told.reports})
    return f"{', '.join(versions) or 'none'}; changes: {changes:,} used, {refused:,} refused", bool(refused)


def _visits(look: Seen, heading: str, name: Callable[[Visits], str]) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column(heading, no_wrap=True)
    table.add_column("visits", justify="right")
    if look.has_rates:
        table.add_column("a second", justify="right")
    for label, count in by(look.total, name).most_common():
        rate = look.rate(lambda total, label=label: by(total, name)[label])  # type: ignore[misc]
        table.add_row(plain(label), f"{count:,}", *([f"{rate:,.1f}"] if look.has_rates else []))
    return table


def _warnings(look: Seen) -> list[RenderableType]:
    every = sorted((each.at, each.text) for report in look.told.reports for each in report.warnings)
    lines = [f"{datetime.fromtimestamp(at, UTC):%H:%M:%S} {plain(text)}" for at, text in every[-_WARNINGS:]]
    shown = [Text(line, style="yellow", overflow="fold") for line in lines]
    return [Text(), Text("last warnings", style="dim"), *shown] if shown else []


def _pace(look: Seen, count: Callable[[Totals], float]) -> str:
    return f", {look.rate(count):,.1f} a second" if look.has_rates else ""


def _bytes(number: float) -> str:
    for unit in ("B", "KiB", "MiB"):
        if number < 1024:  # noqa: PLR2004
            return f"{number:.0f} {unit}"
        number /= 1024
    return f"{number:.1f} GiB"
