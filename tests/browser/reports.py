"""The analyst's page over a generated book, in a real server, for the tests of this folder and for its pictures."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from starlette.types import ASGIApp

from frontdesk.analytics.page.access import Tokens
from frontdesk.analytics.page.app import page
from frontdesk.cli.serve import origin
from frontdesk.policy import EXAMPLE, Policy, load
from frontdesk.policy.analysts import Analyst

from ..analytics.page.book import NOW, write
from .served import app_served

TOKEN = "analyst-" + "a" * 32
_BOOK = "TEST_PAGE_BOOK"
_ANALYST = Analyst(name="marketing", purposes=("marketing_analytics", "anonymous_statistics"))


def app() -> ASGIApp:
    """The page, over the book that the environment names, on a day that does not pass."""
    policy = _policy(Path(os.environ[_BOOK]))
    return page(policy, Tokens([(_ANALYST, TOKEN)]), origin(policy), clock=NOW.timestamp)


@contextmanager
def reports(folder: Path, fill: Callable[[Policy], object] = write) -> Iterator[str]:
    """The page over a book that is filled first, as long as the context is; gives its origin."""
    fill(_policy(folder / "book"))
    with app_served("tests.browser.reports:app", folder, **{_BOOK: str(folder / "book")}) as port:
        yield f"http://127.0.0.1:{port}"


def _policy(book: Path) -> Policy:
    policy = load(EXAMPLE)
    return msgspec.structs.replace(
        policy, log=msgspec.structs.replace(policy.log, directory=book), analysts=(_ANALYST,)
    )
