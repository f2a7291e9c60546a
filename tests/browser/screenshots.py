"""`make screenshots`: the pictures that the documentation shows, of the example site and of the analyst's page."""

import sys
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from playwright.sync_api import Browser

from frontdesk.cli.demo.past import Past
from frontdesk.policy import Policy
from frontdesk.systemdata.compact import compact

from ..analytics.page.book import NOW
from .chromium import chromium, visitor
from .example import AMERICAN, GERMAN, Group, group
from .needed import find
from .reports import TOKEN, reports

_FOLDER = Path(__file__).parents[2] / "docs" / "images"
_MOST_BYTES = 150_000
_WIDE, _NARROW = {"width": 880, "height": 420}, {"width": 360, "height": 420}


class Shot(NamedTuple):
    """One picture: who looks at which page, and how."""

    name: str
    address: str
    company: str
    path: str
    settings: dict[str, Any]
    signals: tuple[str, ...] = ()
    part: str | None = None  # of the page, where not its beginning


SHOTS = [
    Shot("suggestion", GERMAN, "www", "/products", {"viewport": _WIDE}),
    Shot("narrow", GERMAN, "www", "/products", {"viewport": _NARROW, "locale": "de-DE", "color_scheme": "dark"}),
    Shot("objected", AMERICAN, "www", "/", {"viewport": _WIDE}, ("DNT", "Sec-GPC"), "main section"),
]


def take(browser: Browser, sites: Group, shot: Shot) -> bytes:
    """One picture, as PNG."""
    with closing(visitor(browser, shot.address, *shot.signals, **shot.settings)) as context:
        page = context.new_page()
        page.goto(sites.at(shot.company, shot.path))
        return page.locator(shot.part).screenshot() if shot.part else page.screenshot()


class Report(NamedTuple):
    """One picture of the analyst's page."""

    name: str
    path: str
    settings: dict[str, Any]


_DESK, _PHONE = {"width": 1200, "height": 820}, {"width": 360, "height": 1120}
REPORTS = [
    Report("page-organisations", "/organisations", {"viewport": _DESK}),
    Report("page-trends", "/trends", {"viewport": _DESK, "color_scheme": "dark"}),
    Report("page-organisation", "/organisations/halden%20optics", {"viewport": _DESK}),
    Report("page-phone", "/trends", {"viewport": _PHONE}),
]


def look(browser: Browser, origin: str, report: Report) -> bytes:
    """One picture of the analyst's page, as PNG."""
    with closing(visitor(browser, "127.0.0.1", **report.settings)) as context:
        page = context.new_page()
        page.set_default_timeout(120_000)
        page.goto(origin + report.path)
        page.get_by_label("Token").fill(TOKEN)
        page.get_by_role("button", name="Log in").click()
        page.wait_for_url(origin + report.path)
        return page.screenshot()


def weeks(policy: Policy) -> None:
    """The book that `make page` shows, on the tests' day."""
    Past(policy).write(NOW)
    compact(policy.log.directory, NOW)


def keep(name: str, picture: bytes) -> bool:
    """Keep a picture, if it is small enough for a repository."""
    file = _FOLDER / f"{name}.png"
    if len(picture) > _MOST_BYTES:
        print(f"{file.name} would have {len(picture):,} bytes: {_MOST_BYTES:,} are allowed", file=sys.stderr)  # noqa: T201
        return False
    file.write_bytes(picture)
    print(f"{file.name}: {len(picture):,} bytes")  # noqa: T201
    return True


def main() -> int:
    """Take all pictures. Gives an exit code."""
    missing = [program for program in ("chromium", "nginx") if find(program) is None]
    if missing:
        return 1  # tests/browser/install has said so
    _FOLDER.mkdir(exist_ok=True)
    with TemporaryDirectory() as folder, group(Path(folder)) as sites, chromium() as browser:
        kept = [keep(shot.name, take(browser, sites, shot)) for shot in SHOTS]
    with TemporaryDirectory() as folder, reports(Path(folder), weeks) as origin, chromium() as browser:
        kept += [keep(report.name, look(browser, origin, report)) for report in REPORTS]
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
