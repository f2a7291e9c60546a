"""`frontdesk geodb update`: what the policy lists is fetched, merged and put in place."""

import sys
from contextlib import ExitStack, closing
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from frontdesk.cli import geodb
from frontdesk.geodb.progress import Progress as Follower
from frontdesk.geodb.update import Outcome, Show, update
from frontdesk.policy import load


def run(policy: Path, *, force: bool) -> None:
    """Update the database of a policy, showing how far it is, and say what came of it."""
    with closing(Display()) as display:
        done = update(load(policy).database, force=force, show=display)
    if done.built:
        geodb.describe(done.file, done.manifest)
    else:
        print(f"nothing new: {done.file} stays, of {done.manifest.build_date}")
    if done.failed:
        failed = ", ".join(outcome.what for outcome in done.failed)
        print(f"frontdesk: not fetched, so the files from before are used: {failed}", file=sys.stderr)
        raise typer.Exit(1)


class Display(Show):
    """Bars on a terminal, with bytes, speed and the time that remains; else a line for each thing that is done."""

    def __init__(self) -> None:
        self._console = Console(stderr=True)
        self._stack = ExitStack()
        self._bars: Progress | None = None
        self._tasks: dict[str, TaskID] = {}
        self._follower: Follower | None = None

    def close(self) -> None:
        """Take the bars away."""
        self._stack.close()

    def fetching(self, what: str, done: int, total: int | None) -> None:
        if not self._console.is_terminal:
            return
        bars = self._bars = self._bars or self._stack.enter_context(_bars(self._console))
        if what not in self._tasks:
            self._tasks[what] = bars.add_task(what, total=None)
        bars.update(self._tasks[what], completed=done, total=total)

    def fetched(self, outcome: Outcome) -> None:
        if self._bars and outcome.what in self._tasks:
            self._bars.remove_task(self._tasks.pop(outcome.what))
        words = f"{outcome.news}: {outcome.problem}" if outcome.problem else f"{outcome.news}: {outcome.what}"
        self.waiting(words)

    def waiting(self, text: str) -> None:
        # The bars' own console moves them out of the way.
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)

    def building(self, text: str, share: float) -> None:
        if self._follower is None:
            self._stack.close()
            self._follower = self._stack.enter_context(geodb.followed())
        self._follower(text, share)


def _bars(console: Console) -> Progress:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(compact=True),
    )
    return Progress(*columns, console=console, transient=True)
