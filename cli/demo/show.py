"""What the demo prints while it runs: a live table of who comes, and a line for each visit after that."""

from datetime import date
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from rich import box
from rich.console import Console, Group
from rich.live import Live
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from frontdesk.cli.demo.tally import Tally, reason, signals
from frontdesk.cli.demo.traffic import Traffic
from frontdesk.cli.demo.visitors import Way, forwarding
from frontdesk.geodb import Manifest
from frontdesk.middleware import FrontDesk
from frontdesk.policy import Policy, Treatment
from frontdesk.systemdata import fields as f
from frontdesk.systemdata.tags import Record

_WIDTH = 100
_TIME = slice(11, 19)
_HOUR = slice(11, 13)
# Heading and width in characters: one apart, they are as wide as a page.
_COLUMNS = (
    ("time", 8),
    ("country", 7),
    ("network", 10),
    ("organisation, or why none", 34),
    ("entity", 12),
    ("page", 16),
    ("signals", 7),
)
# An address of a university: anybody at this machine can pretend to come from it.
_PRETENDED = "132.239.0.1"


class Look(NamedTuple):
    """Everything that is shown, and where to."""

    console: Console
    policy: Policy
    manifest: Manifest
    desk: FrontDesk
    traffic: Traffic
    tally: Tally
    ways: frozenset[Way]
    trusted: bool  # whether the policy believes the demo's own proxy

    @property
    def book(self) -> Path:
        """Where the records lie."""
        return self.policy.log.directory

    @property
    def url(self) -> str:
        """Where the site is served."""
        return f"http://127.0.0.1:{self.traffic.port}/"

    def date_of(self, source: str) -> date | None:
        """The date of one of the database's sources."""
        return next((entry.date for entry in self.manifest.sources if entry.name == source), None)


def page_wide(console: Console) -> Console:
    """The same console, no wider than a page: a pipe has no width, and wide rows are hard to follow."""
    console.width = min(console.width, _WIDTH) if console.is_terminal else _WIDTH
    return console


class Frame:
    """The live table of the latest visits. It shows nothing where there is no terminal to draw on."""

    def __init__(self, look: Look) -> None:
        self._look = look
        interactive = look.console.is_terminal and not look.console.is_dumb_terminal
        self._live = Live(console=look.console, auto_refresh=False, transient=True) if interactive else None

    def __enter__(self) -> Self:
        """Begin to draw."""
        if self._live:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take the table away again."""
        if self._live:
            self._live.stop()

    def update(self) -> None:
        """Draw what is known now."""
        if self._live:
            self._live.update(self._drawn(), refresh=True)

    def _drawn(self) -> Group:
        look = self._look
        table = Table(box=box.SIMPLE_HEAD, padding=0, show_edge=False)
        for heading, width in _COLUMNS:
            table.add_column(heading, width=width, no_wrap=True)
        for record in look.tally.latest:
            table.add_row(*map(escape, _cells(record)), style="bold" if f.ORGANISATION in record else None)
        traffic, tally = look.traffic, look.tally
        progress = (
            f"{traffic.sent:,} of {len(traffic.visitors):,} visits · {tally.records:,} records in the book"
            f" · {len(tally.guests):,} organisations · {traffic.failures.total():,} failed"
        )
        return Group(Text("Who came", style="bold"), table, Text(progress))


def opening(look: Look) -> None:
    """Say what is about to happen."""
    look.console.print(f"The site of Aurora Instruments is at {look.url}; {len(look.traffic.visitors):,} visits begin.")
    if not look.trusted:
        look.console.print(
            "This policy does not trust 127.0.0.1 as a proxy, and the demo's visitors come through one there:"
            " none of them can be told from this machine. Name it in [proxies] trusted to see them.",
            style="bold",
        )


def invitation(look: Look) -> None:
    """Say how to visit, and how to end."""
    name, value = forwarding(look.policy.proxies, _PRETENDED)
    for text in (
        f"\nThe site stays up at {look.url} and shows what the front desk sees of you.",
        f"To come from a university:  curl -H '{name}: {value}' {look.url}",
        "Each visit is a line here. Ctrl-C ends the demo.\n",
    ):
        look.console.print(text, markup=False, soft_wrap=True)


def line(look: Look, record: Record) -> None:
    """Show one visit."""
    cells = (f"{cell[:width]:{width}}" for cell, (_, width) in zip(_cells(record), _COLUMNS, strict=True))
    look.console.print(" ".join(cells).rstrip(), markup=False, soft_wrap=True)


def _cells(record: Record) -> tuple[str, ...]:
    """A record by the columns; the time of a visitor who objected is known to the hour only."""
    full = record[f.TREATMENT] == Treatment.FULL
    return (
        record[f.TIMESTAMP][_TIME] if full else f"{record[f.TIMESTAMP][_HOUR]} h",
        record.get(f.COUNTRY, "--"),
        record.get(f.NETWORK_TYPE, "--"),
        record.get(f.ORGANISATION) or f"({reason(record).replace('_', ' ')})",
        record[f.ENTITY],
        record.get(f.ROUTE, "--"),
        signals(record),
    )
