"""The analyst's page in a real browser: that everybody can use it, and that it speaks to nobody but itself."""

from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Page, Request, expect

from .conftest import Visit
from .reports import TOKEN, reports

LOOPBACK = "127.0.0.1"
PATHS = {
    "organisations": "/organisations",
    "sorted": "/organisations?sort=name&kind=education&page=1",
    "organisation": "/organisations/halden%20optics",
    "hostile": "/organisations/long",
    "trends": "/trends",
    "weeks": "/trends?by=week&entity=aurora-de",
    "entities": "/entities",
    "objections": "/objections",
    "quality": "/quality",
    "withheld": "/withheld",
    "refused": "/organisations?purpose=anonymous_statistics",
    "nobody": "/organisations?q=nobody-of-that-name",
    "empty": "/trends?period=2026-01",
    "missing": "/organisations/nobody",
    "wrong": "/trends?period=never",
}
WIDE, NARROW = {"width": 1280, "height": 800}, {"width": 320, "height": 640}
SMALLEST_TARGET = 24  # WCAG 2.2, 2.5.8

LogIn = Callable[..., Page]


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with reports(tmp_path_factory.mktemp("reports")) as origin:
        yield origin


@pytest.fixture
def logged_in(pages: str, browser_visit: Visit) -> Iterator[LogIn]:
    """Opens a page as an analyst who logged in, and minds where its requests go."""
    elsewhere: list[str] = []

    def hear(request: Request) -> None:
        if not request.url.startswith(f"{pages}/"):
            elsewhere.append(request.url)

    def give(path: str, **settings: object) -> Page:
        page = browser_visit(LOOPBACK, **settings)
        page.set_default_timeout(120_000)
        page.on("request", hear)
        page.goto(pages + path)
        page.get_by_label("Token").fill(TOKEN)
        page.get_by_role("button", name="Log in").click()
        return page

    yield give
    assert elsewhere == [], "a page spoke to somebody else"


@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PATHS)
def test_axe_finds_nothing_to_mend(path: str, scheme: str, viewport: dict[str, int], logged_in: LogIn) -> None:
    page = logged_in(PATHS[path], color_scheme=scheme, viewport=viewport)
    expect(page.locator("h1")).to_have_count(1)
    page.wait_for_load_state()
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = each.className == 'same')")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert found.response["passes"]
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/login", "/nothing"])
def test_axe_finds_nothing_to_mend_before_login(path: str, scheme: str, pages: str, browser_visit: Visit) -> None:
    page = browser_visit(LOOPBACK, color_scheme=scheme, viewport=NARROW)
    page.goto(pages + path)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_a_wrong_token_is_told_beside_its_field(pages: str, browser_visit: Visit) -> None:
    page = browser_visit(LOOPBACK)
    page.goto(f"{pages}/trends")
    page.get_by_label("Token").fill("wrong")
    page.keyboard.press("Enter")
    assert page.get_by_role("alert").inner_text() == "That token is not known here."
    field = page.get_by_label("Token")
    assert field.get_attribute("aria-invalid") == "true"
    assert field.input_value() == ""


def test_the_keyboard_is_enough(logged_in: LogIn, pages: str) -> None:
    page = logged_in("/organisations", viewport=WIDE)

    def here() -> str:
        return str(page.evaluate("document.activeElement.textContent.trim()"))

    page.locator("h1").wait_for()
    page.locator("body").press("Tab")  # to the page that is there, not to the one before it
    page.wait_for_function("document.activeElement.matches('.skip')")
    assert here() == "To the content"
    assert page.locator(".skip").bounding_box()["y"] >= 0  # type: ignore[index]
    page.keyboard.press("Tab")
    walked = [here()]
    for _ in range(6):
        page.keyboard.press("Tab")
        walked.append(here())
    assert walked == [
        "frontdesk",
        "Organisations",
        "Trends",
        "Entities",
        "Objections honoured",
        "Data quality",
        "Withheld",
    ]
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    page.keyboard.press("Enter")
    page.wait_for_url(f"{pages}/withheld")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_filters_stand_in_the_address_and_stay(logged_in: LogIn) -> None:
    page = logged_in("/organisations", viewport=WIDE)
    page.get_by_label("Kind").select_option("business")
    page.get_by_role("button", name="Show").click()
    assert "kind=business" in page.url
    page.get_by_role("link", name="Visitors", exact=True).click()
    assert {"kind=business", "sort=-visitors"} <= set(page.url.partition("?")[2].split("&"))
    assert page.locator("th[aria-sort=descending]").inner_text().startswith("Visitors")
    page.get_by_role("link", name="7 days").click()
    assert {"kind=business", "period=7d"} <= set(page.url.partition("?")[2].split("&"))
    page.get_by_role("link", name="Trends").click()
    assert page.url.endswith("/trends?period=7d")


def test_a_chart_is_a_table_too(logged_in: LogIn) -> None:
    page = logged_in("/trends", viewport=NARROW)
    chart = page.get_by_role("img", name="Visits by day")
    assert "bars, from" in page.locator("#visits-about").text_content()  # type: ignore[operator]
    bars = chart.locator("g.bar").count()
    page.get_by_text("The same as a table").click()
    assert page.get_by_role("table", name="Visits by day").locator("tbody tr").count() == bars == 30


@pytest.mark.parametrize("path", ["organisations", "trends"])
def test_what_is_to_be_touched_is_large_enough(path: str, logged_in: LogIn) -> None:
    page = logged_in(PATHS[path], viewport=NARROW, has_touch=True, is_mobile=True)
    for target in page.locator("nav a, button, summary, .export a").all():
        box = target.bounding_box()
        if box:
            assert box["height"] >= SMALLEST_TARGET, target.inner_text()


def test_nobody_is_logged_in_who_logged_out(logged_in: LogIn, pages: str) -> None:
    page = logged_in("/quality", viewport=WIDE)
    assert page.url == f"{pages}/quality"
    page.get_by_role("button", name="Log out").click()
    page.wait_for_url(f"{pages}/login")
    page.goto(f"{pages}/quality")
    assert page.url.startswith(f"{pages}/login")


def test_on_paper_there_is_the_page_and_not_its_tools(logged_in: LogIn) -> None:
    page = logged_in("/trends", viewport=WIDE)
    page.emulate_media(media="print")
    assert page.get_by_role("heading", name="Trends").is_visible()
    assert not page.locator("header.rail").is_visible()
    assert not page.locator(".tools").is_visible()
    assert page.locator("svg.bars").is_visible()


@pytest.mark.parametrize("media", [{"forced_colors": "active"}, {"reduced_motion": "reduce"}])
def test_it_gives_way_to_what_the_visitor_needs(media: dict[str, str], logged_in: LogIn) -> None:
    page = logged_in("/trends", viewport=WIDE, **media)
    whole = page.locator("svg.bars .whole").first
    fills = {whole.evaluate("each => getComputedStyle(each).fill"), "rgba(0, 0, 0, 0)"}
    assert len(fills) == 2, "bars are drawn"
    assert page.locator("svg.bars .slot").first.evaluate("each => getComputedStyle(each).transitionDuration") == (
        "0s" if "reduced_motion" in media else "0.15s, 0.15s"
    )
