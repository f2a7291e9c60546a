"""A visitor's choice in a real browser: made by a link, remembered after a click only, changed, and never forced."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Route

from .conftest import OpenGroup, Visit
from .example import AMERICAN, GERMAN, JAPANESE, Group

CHOICE = "__Host-frontdesk-choice"
STRANGER, NEIGHBOUR = "stranger.test", "uploads.aurora.example"
GO, STAY = "Go to Aurora Instruments GmbH", "Stay with Aurora Instruments, Inc."
MODES = ["suggest", "redirect_with_consent", "redirect"]


def where(page: Page) -> str:
    """The company and the path that the browser shows, with the query."""
    parts = urlsplit(page.url)
    return f"{(parts.hostname or '').partition('.')[0]} {parts.path}" + (f"?{parts.query}" if parts.query else "")


def remembered(page: Page) -> dict[str, str]:
    """What is remembered of a choice, by company."""
    cookies = [cookie for cookie in page.context.cookies() if cookie.get("name") == CHOICE]
    return {cookie["domain"].partition(".")[0]: cookie["value"] for cookie in cookies}


def is_suggested(page: Page) -> bool:
    return page.locator(".frontdesk-suggestion").count() > 0


@pytest.mark.parametrize("mode", MODES)
def test_who_stays_is_asked_no_more(mode: str, sites: OpenGroup, browser_visit: Visit) -> None:
    page = browser_visit(GERMAN)
    page.goto(sites(mode).at("www", "/products/arc"))
    assert remembered(page) == {}
    page.get_by_role("link", name=STAY).click()
    assert (where(page), is_suggested(page)) == ("www /products/arc?region=aurora-com", False)
    page.get_by_role("link", name="Contact").click()
    assert (where(page), is_suggested(page), remembered(page)) == ("www /contact", False, {"www": "aurora-com"})


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("path", "there"),
    [
        ("/", "de /?region=aurora-de"),
        ("/products/arc?utm_source=mail&session=42#top", "de /products/arc?region=aurora-de"),
        ("/contact", "de /?region=aurora-de"),  # the policy maps no such page
    ],
)
def test_who_goes_comes_to_the_same_page_and_is_remembered(
    path: str, there: str, mode: str, sites: OpenGroup, browser_visit: Visit
) -> None:
    page = browser_visit(GERMAN)
    page.goto(sites(mode).at("www", path))
    page.get_by_role("link", name=GO).click()
    assert (where(page), is_suggested(page)) == (there, False)
    assert remembered(page) == {"www": "aurora-de", "de": "aurora-de"}


def test_the_cookie_is_for_this_host_alone_and_holds_a_company(sites: OpenGroup, browser_visit: Visit) -> None:
    page = browser_visit(GERMAN)
    page.goto(sites().at("www"))
    page.get_by_role("link", name=STAY).click()
    (cookie,) = (cookie for cookie in page.context.cookies() if cookie.get("name") == CHOICE)
    assert (cookie["domain"], cookie["path"], cookie["value"]) == ("www.aurora.example", "/", "aurora-com")
    assert (cookie["secure"], cookie["httpOnly"], cookie["sameSite"]) == (True, True, "Lax")


@pytest.mark.parametrize("signals", [("DNT",), ("Sec-GPC",)])
def test_the_choice_of_who_objected_is_carried_and_never_remembered(
    signals: tuple[str, ...], sites: OpenGroup, browser_visit: Visit
) -> None:
    page = browser_visit(GERMAN, *signals)
    page.goto(sites("redirect").at("www"))
    page.get_by_role("link", name=STAY).click()
    for name, path in (("Products", "/products"), ("Arc", "/products/arc"), ("Home", "/")):
        page.get_by_role("link", name=name).first.click()
        assert (where(page), is_suggested(page)) == (f"www {path}?region=aurora-com", False)
    page.goto(sites("redirect").at("www"))
    assert is_suggested(page)
    page.get_by_role("link", name=GO).click()
    assert (where(page), remembered(page)) == ("de /?region=aurora-de", {})


@pytest.mark.parametrize(
    ("name", "there"), [(GO, "de /products?region=aurora-de"), (STAY, "www /products?region=aurora-com")]
)
def test_a_keyboard_is_enough(name: str, there: str, sites: OpenGroup, browser_visit: Visit) -> None:
    page = browser_visit(GERMAN)
    page.goto(sites().at("www", "/products"))
    link = page.get_by_role("link", name=name)
    for _ in range(6):
        page.keyboard.press("Tab")
        if link.evaluate("link => link === document.activeElement"):
            break
    assert link.evaluate("link => getComputedStyle(link).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    page.wait_for_url("**region=*")
    assert where(page) == there


def test_the_back_button_leads_back(sites: OpenGroup, browser_visit: Visit) -> None:
    page = browser_visit(GERMAN)
    page.goto(sites().at("www", "/products"))
    page.get_by_role("link", name=GO).click()
    page.go_back()
    assert (where(page), is_suggested(page)) == ("www /products", True)
    page.go_forward()
    assert where(page) == "de /products?region=aurora-de"


@pytest.mark.parametrize("mode", ["redirect_with_consent", "redirect"])
def test_who_asked_to_be_led_is_led_and_can_take_it_back(mode: str, sites: OpenGroup, browser_visit: Visit) -> None:
    page = browser_visit(GERMAN)
    page.goto(sites(mode).at("www"))
    page.get_by_role("link", name=GO).click()
    page.goto(sites(mode).at("www", "/products"))
    assert where(page) == "de /products?region=aurora-de"
    page.get_by_role("link", name="Aurora Instruments, Inc.").click()
    assert where(page) == "www /products?region=aurora-com"
    page.goto(sites(mode).at("www"))
    assert (where(page), is_suggested(page)) == ("www /", False)


def test_redirect_leads_once_from_an_entry_path_and_lets_the_visitor_return(
    sites: OpenGroup, browser_visit: Visit
) -> None:
    group = sites("redirect")
    page = browser_visit(JAPANESE)
    page.goto(group.at("www"))
    assert (where(page), remembered(page)) == ("jp /?region=~aurora-jp", {})
    page.get_by_role("navigation", name="companies").get_by_role("link", name="Aurora Instruments, Inc.").click()
    assert (where(page), remembered(page)) == ("www /?region=aurora-com", {"www": "aurora-com"})
    page.goto(group.at("www"))
    assert (where(page), is_suggested(page)) == ("www /", False)


@pytest.mark.parametrize(
    ("address", "signals", "path"),
    [
        (GERMAN, (), "/"),  # in the EEA that needs consent
        (JAPANESE, (), "/products"),  # no entry path
        (JAPANESE, ("DNT",), "/"),
        (JAPANESE, ("Sec-GPC",), "/"),
        (AMERICAN, (), "/"),
    ],
)
def test_nobody_else_is_led_by_an_address(
    address: str, signals: tuple[str, ...], path: str, sites: OpenGroup, browser_visit: Visit
) -> None:
    page = browser_visit(address, *signals)
    page.goto(sites("redirect").at("www", path))
    assert (where(page), is_suggested(page)) == (f"www {path}", address != AMERICAN)


def test_a_choice_from_before_an_objection_does_not_come_back(sites: OpenGroup, browser_visit: Visit) -> None:
    group, page = sites("redirect_with_consent"), browser_visit(GERMAN)
    page.goto(group.at("www"))
    page.get_by_role("link", name=GO).click()
    page.set_extra_http_headers({"DNT": "1"})
    page.goto(group.at("www", "/contact"))
    assert where(page) == "de /?region=aurora-de"
    page.get_by_role("link", name="Aurora Instruments, Inc.").click()
    assert (where(page), "www" in remembered(page)) == ("www /?region=aurora-com", False)
    page.goto(group.at("www", "/contact"))
    assert where(page) == "www /contact"


def elsewhere(page: Page, content: str, host: str) -> None:
    """Open a page of somebody else's."""

    def answer(route: Route) -> None:
        route.fulfill(body=f"<!doctype html><title>x</title>{content}", content_type="text/html")

    page.route(f"https://{host}/**", answer)
    page.goto(f"https://{host}/")


@pytest.mark.parametrize(
    ("region", "there", "kept"),
    [
        ("aurora-com", "www /?region=aurora-com", {"www": "aurora-com"}),
        # Followed to that company's own site, where it says to stay; on the site of the other, nothing is left behind.
        ("aurora-de", "de /?region=aurora-de", {"de": "aurora-de"}),
    ],
)
@pytest.mark.parametrize("host", [STRANGER, NEIGHBOUR])
def test_a_link_on_another_site_decides_nothing_for_the_company_that_is_left(
    host: str, region: str, there: str, kept: dict[str, str], sites: OpenGroup, browser_visit: Visit
) -> None:
    page = browser_visit(GERMAN)
    elsewhere(page, f"<a href='{sites().at('www', f'/?region={region}')}'>to us</a>", host)
    page.get_by_role("link").click()
    page.wait_for_url("**region=*")
    assert (where(page), remembered(page)) == (there, kept)


@pytest.mark.parametrize("region", ["aurora-com", "aurora-de"])
@pytest.mark.parametrize("host", [STRANGER, NEIGHBOUR])
def test_a_script_on_another_site_decides_nothing_at_all(
    host: str, region: str, sites: OpenGroup, browser_visit: Visit
) -> None:
    page = browser_visit(GERMAN)
    address = sites().at("www", f"/?region={region}")
    elsewhere(page, f"<script>setTimeout(() => location.assign('{address}'))</script>", host)
    page.wait_for_url("**region=*")
    assert remembered(page) == {}


def tossed(group: Group, page: Page, cookie: str) -> set[str]:
    """The values that the browser sends to www once a neighbour's page has tried to set a cookie for all of us."""
    page.goto(group.at("jp"))
    page.evaluate("cookie => { document.cookie = cookie }", cookie)
    cookies = page.context.cookies(group.at("www"))
    return {cookie["value"] for cookie in cookies if cookie.get("name", "").lower() in {"x", CHOICE.lower()}}


def test_a_neighbour_can_toss_no_choice_into_the_jar(sites: OpenGroup, browser_visit: Visit) -> None:
    group, page = sites(), browser_visit(AMERICAN)
    assert tossed(group, page, "x=tossed; Domain=aurora.example; Path=/; Secure") == {"tossed"}  # what is no choice
    for name in (CHOICE, CHOICE.upper(), f" {CHOICE} "):
        assert tossed(group, page, f"{name}=aurora-de; Domain=aurora.example; Path=/; Secure") == {"tossed"}
    assert tossed(group, page, f"={CHOICE}=aurora-de; Domain=aurora.example; Path=/; Secure") == {"tossed"}
    page.goto(group.at("www"))
    assert not is_suggested(page)
