"""A visitor's no in a real browser: what is in the cookie jar before and after."""

import pytest
from playwright.sync_api import Page

from .conftest import OpenGroup, Visit
from .example import AMERICAN, GERMAN

ALL, ESSENTIAL = {"aurora_basket", "aurora_campaign", "aurora_returning"}, {"aurora_basket"}

FETCH = """async path => {
    const answer = await fetch(path);
    return [answer.status, await answer.text(), answer.headers.get("cache-control")];
}"""


def jar(page: Page) -> set[str]:
    """The names of all cookies that the browser has."""
    return {cookie["name"] for cookie in page.context.cookies() if "name" in cookie}


@pytest.mark.parametrize(
    ("signals", "after"),
    [((), ALL), (("DNT",), ESSENTIAL), (("Sec-GPC",), ESSENTIAL), (("DNT", "Sec-GPC"), ESSENTIAL)],
)
@pytest.mark.parametrize("path", ["/", "/products/arc", "/no-such-page"])
def test_only_essential_cookies_come_into_the_jar_of_who_objected(
    path: str, signals: tuple[str, ...], after: set[str], sites: OpenGroup, browser_visit: Visit
) -> None:
    page = browser_visit(GERMAN, *signals)
    assert jar(page) == set()
    page.goto(sites().at("www", path))
    page.get_by_role("link", name="Contact").click()
    assert jar(page) == after


def test_an_objection_that_comes_later_adds_no_cookie(sites: OpenGroup, browser_visit: Visit) -> None:
    page = browser_visit(AMERICAN)
    page.goto(sites().at("www"))
    page.context.clear_cookies(name="aurora_campaign")
    page.set_extra_http_headers({"DNT": "1"})
    page.goto(sites().at("www", "/contact"))
    assert jar(page) == ALL - {"aurora_campaign"}


@pytest.mark.parametrize(("signal", "after"), [("DNT", ESSENTIAL), ("Sec-GPC", ALL)])
def test_each_signal_has_a_treatment_of_its_own(
    signal: str, after: set[str], sites: OpenGroup, browser_visit: Visit
) -> None:
    page = browser_visit(AMERICAN, signal)
    page.goto(sites(gpc="full").at("www"))
    assert jar(page) == after


@pytest.mark.parametrize("path", ["/.well-known/dnt/", "/.well-known/dnt/fRx42", "/.well-known/gpc.json"])
def test_a_declaration_sets_no_cookie_and_is_the_same_for_all(
    path: str, sites: OpenGroup, browser_visit: Visit
) -> None:
    told = []
    for signals in ((), ("DNT",), ("Sec-GPC",)):
        page = browser_visit(GERMAN, *signals)
        page.goto(sites().at("www", "/robots.txt"))
        told.append(page.evaluate(FETCH, path))
        assert jar(page) == set()
    assert told == [[200, told[0][1], "public, max-age=86400"]] * 3


@pytest.mark.parametrize(("signals", "treatment"), [((), "full"), (("DNT",), "anonymous"), (("Sec-GPC",), "anonymous")])
def test_the_page_tells_what_is_done_with_the_wish(
    signals: tuple[str, ...], treatment: str, sites: OpenGroup, browser_visit: Visit
) -> None:
    page = browser_visit(AMERICAN, *signals)
    page.goto(sites().at("www"))
    assert page.locator("dt:text('Treatment') + dd").inner_text().startswith(f"{treatment}:")
    assert ("University of California" in page.content()) is (treatment == "full")
