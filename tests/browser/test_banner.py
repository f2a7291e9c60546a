"""The banner on a page in a real browser: to whom it is shown, in which words, and that everybody can use it."""

from contextlib import closing

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, ConsoleMessage, Page

from .chromium import visitor
from .conftest import OpenGroup, Visit
from .example import AMERICAN, BRAZILIAN, GERMAN, HOSTED, JAPANESE

NARROW = {"width": 320, "height": 640}
# WCAG 2.2, 2.5.8, without the links inside of sentences and lists, which it leaves out.
TARGETS = "header a, .frontdesk-suggestion a, footer nav a"
SMALLEST_TARGET = 24


def banners(page: Page) -> int:
    return page.locator(".frontdesk-suggestion").count()


@pytest.mark.parametrize(
    ("address", "company", "named"),
    [
        (GERMAN, "www", "Aurora Instruments GmbH"),
        (JAPANESE, "www", "Aurora Instruments K.K."),
        (AMERICAN, "de", "Aurora Instruments, Inc."),
        (AMERICAN, "www", None),
        (GERMAN, "de", None),
        (BRAZILIAN, "www", None),  # no company serves the country
        (HOSTED, "www", None),  # who comes through a hosting network is elsewhere
        ("unknown", "www", None),
    ],
)
@pytest.mark.parametrize("signals", [(), ("DNT",), ("Sec-GPC",)])
def test_the_banner_is_shown_where_another_company_serves_the_place(
    signals: tuple[str, ...], address: str, company: str, named: str | None, sites: OpenGroup, browser_visit: Visit
) -> None:
    page = browser_visit(address, *signals)
    page.goto(sites().at(company))
    assert banners(page) == (named is not None)
    if named:
        assert page.get_by_role("region", name=f"Go to {named}").get_by_role("link").count() == 2


def test_off_shows_no_banner(sites: OpenGroup, browser_visit: Visit) -> None:
    page = browser_visit(GERMAN)
    page.goto(sites("off").at("www"))
    assert banners(page) == 0


@pytest.mark.parametrize(
    ("locale", "language", "words"),
    [
        ("de-AT", "de", "Bei Aurora Instruments, Inc. bleiben"),
        ("en-GB", "en", "Stay with Aurora Instruments, Inc."),
        ("fr-FR", "en", "Stay with Aurora Instruments, Inc."),
    ],
)
def test_the_banner_speaks_the_language_of_the_browser(
    locale: str, language: str, words: str, sites: OpenGroup, browser_visit: Visit
) -> None:
    page = browser_visit(GERMAN, locale=locale)
    page.goto(sites().at("www"))
    banner = page.locator(".frontdesk-suggestion")
    assert banner.get_attribute("lang") == language
    assert banner.get_by_role("link", name=words).is_visible()


@pytest.mark.parametrize("scripts", [True, False])
def test_the_banner_needs_no_script_and_no_style_of_its_own(
    scripts: bool, sites: OpenGroup, browser_visit: Visit
) -> None:
    page = browser_visit(GERMAN, java_script_enabled=scripts)
    answer = page.goto(sites().at("www"))
    assert answer is not None
    assert "default-src 'none'; style-src 'sha256-" in answer.headers["content-security-policy"]
    assert page.locator("script").count() == 0
    assert page.locator(".frontdesk-suggestion").is_visible()


def test_a_page_that_breaks_its_policy_would_be_seen(sites: OpenGroup, browser: Browser) -> None:
    told: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        told.append(message.text)

    with closing(visitor(browser, GERMAN)) as context:
        page = context.new_page()
        page.on("console", hear)
        page.goto(sites().at("www"))
        page.evaluate("document.body.innerHTML += '<p style=\"color: red\">'")
        page.wait_for_timeout(0)
    assert any("Content Security Policy" in each for each in told)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [NARROW, {"width": 1280, "height": 720}])
@pytest.mark.parametrize("path", ["/", "/products", "/contact", "/no-such-page"])
def test_axe_finds_nothing_to_mend(
    path: str, viewport: dict[str, int], scheme: str, sites: OpenGroup, browser_visit: Visit
) -> None:
    page = browser_visit(GERMAN, color_scheme=scheme, viewport=viewport)
    page.goto(sites().at("www", path))
    assert banners(page) == 1
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert found.response["passes"]


@pytest.mark.parametrize("locale", ["en-US", "de-DE"])
@pytest.mark.parametrize("path", ["/", "/products", "/contact"])
def test_a_narrow_screen_shows_everything(path: str, locale: str, sites: OpenGroup, browser_visit: Visit) -> None:
    page = browser_visit(GERMAN, viewport=NARROW, locale=locale, has_touch=True, is_mobile=True)
    page.goto(sites().at("www", path))
    assert page.evaluate("document.scrollingElement.scrollWidth") <= NARROW["width"]
    boxes = [link.bounding_box() for link in page.locator(TARGETS).all()]
    assert len(boxes) == 3 + 2 + 2
    for box in boxes:
        assert box is not None
        assert min(box["width"], box["height"]) >= SMALLEST_TARGET
        assert 0 <= box["x"] <= box["x"] + box["width"] <= NARROW["width"]
