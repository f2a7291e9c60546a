"""Routing between sites: the acceptance vectors, who is led and who never, what is remembered, what caches may do."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from starlette.applications import Starlette
from starlette.datastructures import URL
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from frontdesk.middleware import FrontDesk, Visit
from frontdesk.middleware.suggestion import Banners, Html

from ..systemdata.keeping import records_in
from .sites import AMERICAN, COOKIE, GERMAN, HOST, NOWHERE, SWISS, MakeSite, Site, Told, app


def with_page(sites: Site, ask: Callable[[Visit], Any]) -> Site:
    """The same sites with one page at every path, which shows what it asked the visit."""

    async def page(request: Request) -> Response:
        return JSONResponse(ask(request.state.visit), headers={"cache-control": "max-age=60"})

    inner = Starlette(routes=[Route("/{path:path}", page)])
    sites.desk = FrontDesk(inner, policy=sites.desk.policy)
    return sites


def suggests(told: Told) -> bool:
    return "frontdesk-suggestion" in told.text


# The acceptance vectors.


def test_vector_1_a_visitor_from_another_place_gets_the_page_and_a_suggestion(site: MakeSite) -> None:
    told = site().get()
    assert (told.status, suggests(told), told.cache) == (200, True, "private, no-store")
    assert told.headers["link"] == '<https://www.example.de/?region=de>; rel="alternate"; hreflang="de"'
    assert told.cookie is None


def test_vector_2_a_visitor_who_consented_is_led_on(site: MakeSite) -> None:
    told = site("redirect_with_consent").get(cookie="de")
    assert (told.status, told.location) == (302, "https://www.example.de/?region=de")
    assert told.cache == "private, no-store"


def test_vector_3_a_form_that_is_sent_is_never_led_anywhere(site: MakeSite) -> None:
    assert site("redirect_with_consent").get(cookie="de", method="POST").status == 200


def test_vector_4_a_choice_in_the_address_wins_and_rewrites_the_cookie(site: MakeSite) -> None:
    told = site("redirect_with_consent").get("/?region=com", cookie="de")
    assert (told.status, suggests(told)) == (200, False)
    assert told.cookie == f"{COOKIE}=com; Path=/; Max-Age=15552000; Secure; HttpOnly; SameSite=Lax"


@pytest.mark.parametrize("mode", ["suggest", "redirect_with_consent", "redirect"])
def test_vector_5_a_visitor_who_chose_to_stay_gets_no_suggestion(mode: str, site: MakeSite) -> None:
    told = site(mode).get(cookie="com")
    assert (told.status, suggests(told), "link" in told.headers) == (200, False, False)


def test_vector_6_a_search_engine_is_a_visitor_like_any_other(site: MakeSite) -> None:
    bot = site("redirect").get(address=AMERICAN, user_agent="Mozilla/5.0 (compatible; Googlebot/2.1)")
    person = site("redirect").get(address=AMERICAN, user_agent="Mozilla/5.0 Firefox/140.0")
    assert (bot.status, bot.text, bot.cache) == (person.status, person.text, person.cache) == (200, bot.text, bot.cache)


@pytest.mark.parametrize("address", [NOWHERE, "unknown"])
def test_vector_7_a_visitor_from_nowhere_known_gets_no_suggestion(address: str, site: MakeSite) -> None:
    told = site("redirect").get(address=address)
    assert (told.status, suggests(told)) == (200, False)


def test_vector_8_a_cookie_that_is_no_entity_is_ignored(site: MakeSite) -> None:
    told = site("redirect_with_consent").get(cookie="evil.com")
    assert (told.status, suggests(told)) == (200, True)


@pytest.mark.parametrize("path", ["/robots.txt", "/.well-known/dnt/", "/api/x", "/feed"])
def test_vector_9_paths_for_machines_are_left_alone(path: str, site: MakeSite) -> None:
    told = site("redirect_with_consent").get(path, cookie="de")
    assert (told.status, told.cache, "link" in told.headers, suggests(told)) == (200, "max-age=60", False, False)


def test_vector_10_a_visitor_who_is_there_already_is_led_nowhere(site: MakeSite) -> None:
    told = site("redirect_with_consent").get(host="www.example.de", cookie="de")
    assert (told.status, suggests(told)) == (200, False)


def test_vector_11_without_consent_there_is_only_a_suggestion(site: MakeSite) -> None:
    told = site("redirect_with_consent").get()
    assert (told.status, suggests(told), told.cache) == (200, True, "private, no-store")


# Resolution.


@pytest.mark.parametrize(
    ("path", "cookie", "account", "host", "address", "expected"),
    [
        ("/entity?region=quiet", "de", "com", "www.example.com", GERMAN, ["quiet", "choice"]),
        ("/entity", "de", "com", "www.example.com", GERMAN, ["de", "remembered"]),
        ("/entity", None, "quiet", "www.example.com", GERMAN, ["quiet", "account"]),
        ("/entity", None, "nobody", "www.example.com", GERMAN, ["com", "host"]),
        ("/entity", None, None, "www.example.de", AMERICAN, ["de", "host"]),
        ("/entity", None, None, "app.example.net", GERMAN, ["de", "country"]),
        ("/entity", None, None, "app.example.net", AMERICAN, ["com", "country"]),
        ("/entity", None, None, "app.example.net", HOST, ["com", "default"]),  # who comes through it is elsewhere
        ("/entity", None, None, "app.example.net", NOWHERE, ["com", "default"]),
    ],
)
def test_the_entity_is_found_in_the_order_of_what_the_visitor_said(
    path: str, cookie: str | None, account: str | None, host: str, address: str, expected: list[str], site: MakeSite
) -> None:
    sites = site()
    sites.account = account
    told = sites.get(path, cookie=cookie, host=host, address=address)
    assert f'"entity":["{expected[0]}","{expected[1]}"]' in told.text


def test_the_suggestion_is_data_with_its_reason(site: MakeSite) -> None:
    sites = site()
    assert '"suggestion":["de","country","https://www.example.de/?region=de"]' in sites.get("/entity").text
    sites.account = "de"
    assert '"suggestion":["de","account",' in sites.get("/entity", address=AMERICAN).text


def test_an_app_that_cannot_tell_the_account_fails_no_request(tmp_path: Path) -> None:
    sites = Site(tmp_path, "suggest", "", "")

    def fail(_: Any) -> str:
        raise RuntimeError("no session")

    sites.desk = FrontDesk(app(), policy=sites.desk.policy, account_entity=fail)
    assert '"entity":["com","host"]' in sites.get("/entity").text


def test_a_host_s_network_tells_no_place(site: MakeSite) -> None:
    assert not suggests(site().get(address=HOST, host="www.example.de"))
    assert suggests(site().get(address=AMERICAN, host="www.example.de"))


def test_an_entity_without_a_site_is_never_suggested(site: MakeSite) -> None:
    assert not suggests(site().get("/?region=quiet"))


# Modes.


def test_off_does_nothing_at_all(site: MakeSite) -> None:
    told = site("off").get("/plain?region=de", cookie="de")
    assert (told.status, told.cache, told.cookie, "link" in told.headers) == (200, "max-age=60", None, False)


@pytest.mark.parametrize(
    ("address", "path", "headers", "status"),
    [
        (SWISS, "/", {}, 302),
        (SWISS, "/?utm_source=x", {}, 302),
        (GERMAN, "/", {}, 200),  # in the EEA that needs consent
        (SWISS, "/contact", {}, 200),  # no entry path
        (SWISS, "/", {"dnt": "1"}, 200),
        (SWISS, "/", {"sec_gpc": "1"}, 200),
        (SWISS, "/", {"sec_fetch_mode": "cors"}, 200),
        (SWISS, "/", {"sec_fetch_mode": "navigate", "sec_fetch_dest": "iframe"}, 200),
        (SWISS, "/", {"sec_purpose": "prefetch;prerender"}, 200),
        (SWISS, "/?region=~com", {}, 200),
        (HOST, "/", {}, 200),
        (NOWHERE, "/", {}, 200),
    ],
)
def test_redirect_leads_from_entry_paths_and_only_where_no_consent_is_needed(
    address: str, path: str, headers: dict[str, str], status: int, site: MakeSite
) -> None:
    told = site("redirect").get(path, address=address, **headers)
    assert told.status == status
    if status == 302:
        assert (told.location, told.cookie) == ("https://www.example.de/?region=~de", None)


def test_whoever_was_led_is_led_no_further_and_nothing_is_remembered(site: MakeSite) -> None:
    told = site("redirect").get("/?region=~de", host="www.example.de", cookie="com", address=SWISS)
    assert (told.status, told.cookie) == (200, None)


def test_a_loop_between_two_sites_ends_at_the_first_step(site: MakeSite) -> None:
    sites = site("redirect_with_consent")
    first = sites.get(cookie="de")
    assert first.location == "https://www.example.de/?region=de"
    second = sites.get("/?region=de", host="www.example.de", cookie="com")
    assert (second.status, second.cookie is not None) == (200, True)


def test_a_click_leads_on_in_every_mode_but_off_and_is_remembered(site: MakeSite) -> None:
    told = site().get("/products/arc?region=de", sec_fetch_site="same-origin", sec_fetch_mode="navigate")
    assert (told.status, told.location) == (302, "https://www.example.de/produkte/arc?region=de")
    assert told.cookie is not None
    assert told.cookie.startswith(f"{COOKIE}=de;")


@pytest.mark.parametrize(
    ("region", "clicked", "status", "remembered"),
    [
        ("de", {"sec_fetch_user": "?1"}, 302, False),  # nobody's choice to leave
        ("de", {}, 302, False),
        ("com", {"sec_fetch_user": "?1"}, 200, True),
        ("com", {}, 200, False),  # a script of the stranger's opened the page
        ("com", {"referer": "https://evil.example/"}, 200, False),
        ("com", {"referer": "https://www.example.de/"}, 200, True),  # our other site's link, as Safari tells of it
        ("de", {"referer": "https://www.example.de/"}, 302, False),
        ("com", {"sec_fetch_user": "?0"}, 200, False),
    ],
)
@pytest.mark.parametrize("whose", ["cross-site", "same-site"])  # a stranger's, or a neighbour's
def test_a_link_on_another_site_is_followed_and_remembered_only_to_stay(
    whose: str, region: str, clicked: dict[str, str], status: int, remembered: bool, site: MakeSite
) -> None:
    told = site().get(f"/?region={region}", sec_fetch_site=whose, sec_fetch_mode="navigate", **clicked)
    assert (told.status, told.cookie is not None) == (status, remembered)


@pytest.mark.parametrize(
    ("headers", "remembered"),
    [
        ({}, True),  # typed, or a link in a message
        ({"referer": "https://www.example.com/contact"}, True),
        ({"referer": "https://www.example.de"}, True),  # from the other site of the group
        ({"referer": "https://www.example.com:443/"}, True),
        ({"referer": "https://evil.example/www.example.com"}, False),
        ({"referer": "https://www.example.com.evil.example/"}, False),
        ({"referer": "https://www.example.com@evil.example/"}, False),
        ({"origin": "https://evil.example"}, False),
        ({"origin": "null"}, False),
        ({"origin": "https://evil.example", "referer": "https://www.example.com/"}, False),
        ({"accept": "image/webp,*/*;q=0.8"}, False),  # a part of somebody's page
    ],
)
def test_of_a_browser_without_fetch_metadata_a_choice_is_remembered_that_no_other_site_brought_about(
    headers: dict[str, str], remembered: bool, site: MakeSite
) -> None:
    assert (site().get("/?region=com", **headers).cookie is not None) == remembered


@pytest.mark.parametrize("address", [GERMAN, SWISS, AMERICAN])
def test_whatever_is_answered_where_some_are_led_is_kept_out_of_caches(address: str, site: MakeSite) -> None:
    async def elsewhere(_: Request) -> Response:
        return RedirectResponse("/home", headers={"cache-control": "public, max-age=600"})

    sites = site("redirect", routing='entry_paths = ["/"]')
    sites.desk = FrontDesk(Starlette(routes=[Route("/{path:path}", elsewhere)]), policy=sites.desk.policy)
    assert sites.get(address=address).cache == "private, no-store"
    assert sites.get("/other", address=address).cache == "public, max-age=600"


@pytest.mark.parametrize("asks", [True, False])
def test_an_answer_of_an_app_that_gives_text_for_headers_is_kept_out_of_caches_too(asks: bool, site: MakeSite) -> None:
    """As ASGI does not have it, but uvicorn takes it with h11."""
    sent: list[Message] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        told = scope["state"]["visit"].country if asks else ""
        headers = [("content-type", "text/plain"), ("cache-control", "public, max-age=600")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": told.encode()})

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    headers = [(b"host", b"www.example.com"), (b"x-forwarded-for", SWISS.encode())]
    scope = {"type": "http", "method": "GET", "path": "/api/x", "headers": headers, "client": ("10.0.0.1", 1)}
    desk = FrontDesk(app, policy=site().desk.policy)
    asyncio.run(desk(scope, receive, send))
    desk.book.close()
    told = dict(sent[0]["headers"])
    assert (told.get(b"cache-control"), told.get("cache-control")) == (
        (b"private, no-store", None) if asks else (None, "public, max-age=600")
    )


def test_a_visit_in_words_tells_nothing_of_the_place(site: MakeSite) -> None:
    sites = with_page(site(), repr)
    assert sites.get(address=SWISS).text == '"<Visit to www.example.com>"'
    assert sites.get(address=SWISS, host="app.example.net").text == '"<Visit to a host that is not of the group>"'


STRANGERS_IMAGE = {"sec_fetch_site": "cross-site", "sec_fetch_mode": "no-cors", "sec_fetch_dest": "image"}
SAFARIS_LINK = {"sec_fetch_site": "cross-site", "sec_fetch_mode": "navigate", "referer": "https://www.example.de/"}
STRANGERS_LINK = {"sec_fetch_site": "cross-site", "sec_fetch_mode": "navigate", "sec_fetch_user": "?1"}


@pytest.mark.parametrize(
    ("region", "headers", "entity"),
    [
        ("de", {"sec_fetch_site": "same-origin", "sec_fetch_mode": "cors"}, ["de", "choice"]),  # a script of ours
        ("de", {"sec_fetch_site": "none"}, ["de", "choice"]),
        ("com", STRANGERS_LINK, ["com", "choice"]),  # clicked, to stay
        ("com", SAFARIS_LINK, ["com", "choice"]),
        ("com", SAFARIS_LINK | {"referer": "https://evil.example/"}, ["com", "host"]),
        ("de", STRANGERS_LINK, ["com", "host"]),
        ("de", STRANGERS_IMAGE, ["com", "host"]),
        ("com", STRANGERS_IMAGE | {"cookie": "quiet"}, ["quiet", "remembered"]),
        ("de", STRANGERS_IMAGE | {"sec_fetch_site": "same-site"}, ["com", "host"]),
        ("de", {"referer": "https://evil.example/"}, ["com", "host"]),
    ],
)
def test_a_visit_is_of_the_company_that_the_visitor_chose_and_no_stranger(
    region: str, headers: dict[str, str], entity: list[str], site: MakeSite
) -> None:
    sites = site()
    sites.get(f"/?region={region}", address=SWISS, **headers)
    (record,) = (
        each for each in records_in(sites.desk.policy.log.directory) if each["event_name"] == "frontdesk.visit"
    )
    assert [record["frontdesk.entity"], record["frontdesk.entity.reason"]] == entity


@pytest.mark.parametrize("signal", ["dnt", "sec_gpc"])
def test_nothing_is_remembered_of_a_visitor_who_objected(signal: str, site: MakeSite) -> None:
    assert site().get("/?region=com", **{signal: "1"}).cookie is None
    assert site().get("/?region=de", **{signal: "1"}).cookie is None
    assert site(essential=f'"{COOKIE}"').get("/?region=com", **{signal: "1"}).cookie is not None


@pytest.mark.parametrize("signal", ["dnt", "sec_gpc"])
@pytest.mark.parametrize(
    ("path", "headers", "forgotten"),
    [
        ("/?region=com", {"cookie": "de"}, True),
        ("/?region=de", {"cookie": "com"}, True),
        ("/?region=com", {}, False),
        ("/", {"cookie": "de"}, False),
        ("/?region=evil", {"cookie": "de"}, False),
        ("/?region=com", {"cookie": "de", "method": "POST"}, False),
        ("/?region=com", {"cookie": "de", "sec_fetch_site": "cross-site"}, False),
    ],
)
def test_a_choice_from_before_an_objection_is_forgotten_with_the_next_one(
    path: str, headers: dict[str, str], forgotten: bool, signal: str, site: MakeSite
) -> None:
    told = site().get(path, **{signal: "1"}, **headers)
    assert told.cookie == (f"{COOKIE}=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax" if forgotten else None)


# Deep links.


@pytest.mark.parametrize(
    ("path", "there"),
    [
        ("/products/arc", "/produkte/arc"),
        ("/contact", "/contact"),
        ("/other", "/"),
        ("/products/..", "/"),
        ("/products/a/b", "/"),
        ("/products/a%2Fb", "/"),
        ("/products/%0d%0aset-cookie:x", "/"),
        ("/products/a?session=1&user=2", "/produkte/a"),
    ],
)
def test_a_page_is_kept_where_the_policy_maps_it_and_nothing_else_is(path: str, there: str, site: MakeSite) -> None:
    mark = "&" if "?" in path else "?"
    told = site().get(f"{path}{mark}region=de")
    assert told.location == f"https://www.example.de{there}?region=de"


# The way back.


@pytest.mark.parametrize("mode", ["off", "suggest", "redirect_with_consent", "redirect"])
@pytest.mark.parametrize(
    ("path", "host", "expected"),
    [
        (
            "/products/arc/sites",
            "www.example.com",
            [["com", "https://www.example.com/?region=com", True], ["de", "https://www.example.de/?region=de", False]],
        ),
        (
            "/contact",
            "www.example.de",
            [
                ["com", "https://www.example.com/contact?region=com", False],
                ["de", "https://www.example.de/contact?region=de", True],
            ],
        ),
        (
            "/contact",
            "app.example.net",
            [
                ["com", "https://www.example.com/contact?region=com", False],
                ["de", "https://www.example.de/contact?region=de", False],
            ],
        ),
    ],
)
def test_every_page_can_show_the_way_to_every_site(
    path: str, host: str, expected: list[Any], mode: str, site: MakeSite
) -> None:
    sites = with_page(site(mode), lambda visit: [[each.entity.id, each.address, each.here] for each in visit.sites()])
    told = sites.get(path, host=host)
    assert orjson.loads(told.text) == expected
    assert told.cache == "max-age=60", "it is the same for everybody"


@pytest.mark.parametrize(
    ("query", "headers", "address", "expected"),
    [
        ("?region=com", {"dnt": "1"}, "/products", "/products?region=com"),
        ("?region=com", {"sec_gpc": "1"}, "/search?q=arc", "/search?q=arc&region=com"),
        ("?region=com", {"dnt": "1"}, "/products#arc", "/products?region=com#arc"),
        ("?region=com", {}, "/products", "/products"),  # it is remembered
        ("", {"dnt": "1"}, "/products", "/products"),
        ("", {"dnt": "1", "cookie": "com"}, "/products", "/products"),  # remembered from before
        ("?region=com", {"dnt": "1", **STRANGERS_LINK}, "/products", "/products?region=com"),
        ("?region=com", {"dnt": "1", **SAFARIS_LINK}, "/products", "/products?region=com"),
        ("?region=com", {"dnt": "1", "sec_fetch_site": "cross-site"}, "/products", "/products"),  # nobody clicked
        ("?region=~com", {"dnt": "1"}, "/products", "/products"),
        ("?region=evil.example", {"dnt": "1"}, "/products", "/products"),
    ],
)
def test_a_link_carries_the_choice_of_whom_nothing_is_remembered(
    query: str, headers: dict[str, str], address: str, expected: str, site: MakeSite
) -> None:
    told = with_page(site(), lambda visit: visit.link(address)).get(f"/contact{query}", **headers)
    assert orjson.loads(told.text) == expected
    assert told.headers["vary"] == "DNT, Sec-GPC"


@pytest.mark.parametrize("query", ["", "?region=com"])
def test_a_link_may_be_what_a_router_gives(query: str, site: MakeSite) -> None:
    told = with_page(site(), lambda visit: visit.link(URL("http://www.example.com/products"))).get(
        f"/contact{query}", dnt="1"
    )
    assert orjson.loads(told.text) == f"http://www.example.com/products{query}"


def test_a_link_carries_nothing_where_the_cookie_is_essential(site: MakeSite) -> None:
    sites = with_page(site(essential=f'"{COOKIE}"'), lambda visit: visit.link("/products"))
    assert orjson.loads(sites.get("/contact?region=com", dnt="1").text) == "/products"


# Banner.


def test_the_banner_is_a_landmark_with_two_links_and_no_script(site: MakeSite) -> None:
    told = site().get()
    assert told.text == (
        '<!doctype html><section class="frontdesk-suggestion" lang="en" aria-label="Go to Example GmbH">'
        "<p>This is the site of Example &amp; Daughters, Inc.; Example GmbH serves your region.</p>"
        '<p><a href="?region=de" rel="nofollow" hreflang="de">Go to Example GmbH</a>'
        ' <a href="?region=com" rel="nofollow">Stay with Example &amp; Daughters, Inc.</a></p></section>'
    )


def test_a_banner_that_cannot_be_written_fails_no_page(site: MakeSite, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> Html:
        raise KeyError("there")

    monkeypatch.setattr(Banners, "banner", fail)
    told = site().get()
    assert (told.status, told.text) == (200, "<!doctype html>")


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("de", "de"),
        ("de-AT,de;q=0.9", "de"),
        ("fr,de;q=0.5,en;q=0.9", "en"),
        ("", "en"),
        ("zz;q=x,,;", "en"),
        ("en;q=0,de", "de"),
    ],
)
def test_the_banner_speaks_the_visitor_s_language_where_the_policy_does(
    accepted: str, language: str, site: MakeSite
) -> None:
    text = '[[routing.text]]\nlanguage = "{}"\nsuggestion = "s"\ngo = "g"\nstay = "t"\n'
    told = site(routing=text.format("en") + text.format("de")).get(accept_language=accepted)
    assert f'lang="{language}"' in told.text


# Caches.


@pytest.mark.parametrize(
    ("path", "headers", "cache", "vary"),
    [
        ("/plain", {}, "private, no-store", None),  # a page of a site that suggests
        ("/script.js", {}, "max-age=60", None),  # a part of it that asked nothing
        ("/entity", {}, "private, no-store", None),
        ("/objected", {}, "max-age=60", "DNT, Sec-GPC"),
    ],
)
@pytest.mark.parametrize("address", [GERMAN, AMERICAN, NOWHERE])
def test_caches_are_kept_out_of_what_depended_on_the_address(
    path: str, headers: dict[str, str], cache: str, vary: str | None, address: str, site: MakeSite
) -> None:
    told = site().get(path, address=address, **headers)
    assert (told.cache, told.headers.get("vary")) == (cache, vary)


@pytest.mark.parametrize("path", ["/api/x", "/robots.txt", "/x-sitemap.xml", "/.well-known/x"])
@pytest.mark.parametrize(
    ("ask", "cache", "vary"),
    [
        (lambda _: None, "max-age=60", None),
        (lambda visit: visit.suggestion, "max-age=60", None),  # none is made there
        (lambda visit: visit.banner(), "max-age=60", None),
        (lambda visit: visit.country, "private, no-store", None),
        (lambda visit: visit.entity.id, "private, no-store", None),
        (lambda visit: visit.objected, "max-age=60", "DNT, Sec-GPC"),
    ],
)
def test_a_path_for_machines_is_kept_out_of_caches_only_where_its_answer_tells_of_the_visitor(
    ask: Callable[[Visit], Any], cache: str, vary: str | None, path: str, site: MakeSite
) -> None:
    told = with_page(site("redirect"), ask).get(path, address=SWISS)
    assert (told.cache, told.headers.get("vary"), "link" in told.headers) == (cache, vary, False)


def test_a_page_on_a_host_of_nobody_s_may_be_stored(site: MakeSite) -> None:
    assert site().get("/plain", host="app.example.net").cache == "max-age=60"
