"""A real browser, and the demo's sites in real servers, for the tests of this folder."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page

from .chromium import chromium, visitor
from .example import Group, group

# How the console tells of an answer that is no success; what it should be is for the test to say.
_ANSWERED = "Failed to load resource: the server responded with a status of"

OpenGroup = Callable[..., Group]
Visit = Callable[..., Page]


# Of the package, not the session: while Playwright's loop runs in this thread, tests elsewhere could not run theirs.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Headless Chromium, one for all tests here; they are skipped, or fail in CI, where it is not installed."""
    with chromium() as started:
        yield started


@pytest.fixture(scope="package")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenGroup]:
    """Gives the demo's sites under a mode, with other settings of `group`; each is started once."""
    opened: dict[tuple[Any, ...], Group] = {}
    with ExitStack() as stack:

        def give(mode: str = "suggest", **settings: str) -> Group:
            key = (mode, *settings.items())
            if key not in opened:
                opened[key] = stack.enter_context(group(tmp_path_factory.mktemp("group"), mode, **settings))
            return opened[key]

        yield give


@pytest.fixture
def browser_visit(browser: Browser) -> Iterator[Visit]:
    """Opens an empty page for a new visitor, with the arguments of `visitor`.

    No page may do what its own policy forbids, or have a script that fails.
    """
    refused: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if not message.text.startswith(_ANSWERED):
            refused.append(message.text)

    with ExitStack() as stack:

        def give(address: str, *signals: str, **settings: Any) -> Page:
            context = stack.enter_context(closing(visitor(browser, address, *signals, **settings)))
            page = context.new_page()
            page.on("console", hear)
            page.on("pageerror", lambda error: refused.append(str(error)))
            return page

        yield give
    assert refused == [], "the browser complained of a page"
