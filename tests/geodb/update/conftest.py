"""A vendor on loopback, and patience that does not wait."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from frontdesk.geodb.update import Outcome, Patience, Show
from frontdesk.geodb.update.download import Download
from frontdesk.geodb.update.fetch import Fetch
from frontdesk.geodb.update.request import Request

from .server import Server


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


class Notes(Show):
    """Remembers all that it is shown."""

    def __init__(self) -> None:
        self.bytes: list[tuple[str, int, int | None]] = []
        self.outcomes: list[Outcome] = []
        self.waits: list[str] = []
        self.steps: list[tuple[str, float]] = []

    def fetching(self, what: str, done: int, total: int | None) -> None:
        self.bytes.append((what, done, total))

    def fetched(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)

    def waiting(self, text: str) -> None:
        self.waits.append(text)

    def building(self, text: str, share: float) -> None:
        self.steps.append((text, share))


@pytest.fixture
def notes() -> Notes:
    return Notes()


@pytest.fixture
def pauses() -> list[float]:
    """The pauses that were asked for, in seconds; none of them is made."""
    return []


@pytest.fixture
def patience(pauses: list[float]) -> Patience:
    return Patience(sleep=pauses.append)


FetchFile = Callable[..., bool]


@pytest.fixture
def fetch(patience: Patience, notes: Notes) -> Iterator[FetchFile]:
    """`fetch(request, file)` brings a file up to date; each time as a new process would."""
    downloads: list[Download] = []

    def run(request: Request, file: Path, patience: Patience = patience) -> bool:
        downloads.append(Download())
        return Fetch(downloads[-1], patience, notes, request, file).run()

    yield run
    for download in downloads:
        download.close()
