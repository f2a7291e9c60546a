"""`make screenshots`: the pictures of the example site that docs/routing.md shows."""

import sys
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from playwright.sync_api import Browser

from .chromium import chromium, visitor
from .example import AMERICAN, GERMAN, Group, group
from .needed import find

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


def main() -> int:
    """Take all pictures. Gives an exit code."""
    missing = [program for program in ("chromium", "nginx") if find(program) is None]
    if missing:
        return 1  # tests/browser/install has said so
    _FOLDER.mkdir(exist_ok=True)
    with TemporaryDirectory() as folder, group(Path(folder)) as sites, chromium() as browser:
        for shot in SHOTS:
            picture, file = take(browser, sites, shot), _FOLDER / f"{shot.name}.png"
            if len(picture) > _MOST_BYTES:
                print(f"{file.name} would have {len(picture):,} bytes: {_MOST_BYTES:,} are allowed", file=sys.stderr)  # noqa: T201
                return 1
            file.write_bytes(picture)
            print(f"{file.name}: {len(picture):,} bytes")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
