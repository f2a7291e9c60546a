"""Headless Chromium, and visitors that come to a site with it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, BrowserContext, sync_playwright

from .cache import CLIENT
from .needed import needed

_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Every name is this machine: no test can speak to any other.
    "--host-resolver-rules=MAP * 127.0.0.1",
)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, for as long as the context is."""
    program = needed("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(_FLAGS))
        try:
            yield browser
        finally:
            browser.close()


def visitor(browser: Browser, address: str, *signals: str, **settings: Any) -> BrowserContext:
    """A visitor with a cookie jar of its own, who comes from an address and sends signals such as `DNT`."""
    sent = {CLIENT: address, **dict.fromkeys(signals, "1")}
    settings = {"locale": "en-US", "ignore_https_errors": True, **settings}
    return browser.new_context(extra_http_headers=sent, **settings)
