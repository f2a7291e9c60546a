"""What somebody may try with the page, and what comes of it."""

import csv
import errno
import io
import re
from hmac import compare_digest
from pathlib import Path
from typing import Any
from unittest import mock

import msgspec
import orjson
import pytest
from starlette.testclient import TestClient
from starlette.types import ASGIApp

from frontdesk.analytics.export import harmless
from frontdesk.analytics.page import app as app_module
from frontdesk.analytics.page.access import Tokens
from frontdesk.analytics.page.app import page
from frontdesk.analytics.page.guard import own_path
from frontdesk.cli.serve import origin
from frontdesk.policy import FrontdeskError, Policy
from frontdesk.policy.analysts import AnalystsPage
from frontdesk.systemdata.disk import Disk

from ...book import lines_in
from .book import FEW, FORMULA, HOSTILE, SCRIPT
from .conftest import MARKETING, MARKETING_TOKEN, PROXY, PUBLIC, PUBLIC_TOKEN, STRANGER, Clock, Open, tokens

INSIDE = ["/organisations", "/organisations/script", "/trends", "/entities", "/objections", "/quality", "/withheld"]
OWN = {"sec-fetch-site": "same-origin"}
COOKIE = "frontdesk-session"


def log_in(client: TestClient, token: str = MARKETING_TOKEN, **fields: str) -> Any:
    return client.post("/login", data={"token": token, **fields}, headers=OWN)


# Nobody sees anything who may not


@pytest.mark.parametrize("path", INSIDE)
def test_nothing_is_shown_without_login(path: str, app: ASGIApp, visit: Open) -> None:
    answer = visit(app).get(path, params={"period": "7d"})
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/login?next=%2F")
    assert answer.content == b""


@pytest.mark.parametrize("path", INSIDE)
@pytest.mark.parametrize("token", ["", "wrong", MARKETING_TOKEN[:-1], MARKETING_TOKEN + "m", MARKETING_TOKEN.upper()])
def test_an_export_needs_a_token_that_is_known(path: str, token: str, fresh: ASGIApp, visit: Open) -> None:
    answer = visit(fresh, token).get(path, params={"format": "csv"})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert "visits" not in answer.text


def test_a_path_that_is_none_tells_a_stranger_no_more_than_one_that_is(app: ASGIApp, visit: Open) -> None:
    answer = visit(app).get("/nothing/here")
    assert answer.status_code == 404
    assert "Aurora" not in answer.text


@pytest.mark.parametrize("place", ["token", "access_token", "authorization"])
def test_a_token_in_the_address_is_worth_nothing(place: str, app: ASGIApp, visit: Open) -> None:
    assert visit(app).get("/trends", params={place: MARKETING_TOKEN}).status_code == 303


def test_a_role_asks_for_its_own_purposes_only(app: ASGIApp, visit: Open) -> None:
    client = visit(app, PUBLIC_TOKEN)
    answer = client.get("/trends", params={"purpose": "marketing_analytics", "format": "csv"})
    assert answer.status_code == 403
    assert "This role asks for anonymous_statistics only." in answer.text
    for purpose in ("crime_prevention", "none", "'; DROP TABLE visits; --"):
        assert client.get("/trends", params={"purpose": purpose, "format": "csv"}).status_code == 403


@pytest.mark.parametrize("path", ["/organisations", "/organisations/script"])
def test_public_statistics_name_no_organisation(path: str, app: ASGIApp, visit: Open) -> None:
    answer = visit(app, PUBLIC_TOKEN).get(path)
    assert answer.status_code == 403
    assert "anonymous-only" in answer.text
    assert "alert" not in answer.text


def test_an_organisation_below_the_threshold_is_not_there(app: ASGIApp, visit: Open) -> None:
    client = visit(app, MARKETING_TOKEN)
    there, not_there = (client.get(f"/organisations/{key}") for key in (FEW, "nobody at all"))
    assert (there.status_code, not_there.status_code) == (404, 404)
    assert there.text == not_there.text, "whether it came is not told either"


# Who somebody is


def test_a_user_is_believed_from_the_proxy_only(app: ASGIApp, visit: Open) -> None:
    named = {"x-forwarded-user": "anna@aurora.example"}
    assert visit(app, peer=PROXY).get("/quality", headers=named).status_code == 200
    for peer in (STRANGER, "127.0.0.1", "10.0.0.6", "::ffff:10.0.0.6", "testclient"):
        assert visit(app, peer=peer).get("/quality", headers=named).status_code == 303


def test_a_user_without_a_role_is_refused(app: ASGIApp, visit: Open) -> None:
    for user in ("eve@aurora.example", "ANNA@aurora.example", "anna@aurora.example ", "anna@aurora.example,eve", "*"):
        answer = visit(app, peer=PROXY).get("/quality", headers={"x-forwarded-user": user})
        assert answer.status_code == 403, user


def test_two_names_are_none(app: ASGIApp, visit: Open) -> None:
    named = [("x-forwarded-user", "anna@aurora.example"), ("x-forwarded-user", "anna@aurora.example")]
    assert visit(app, peer=PROXY).get("/quality", headers=named).status_code == 303


def test_tokens_are_compared_in_constant_time_and_all_of_them() -> None:
    known = tokens()
    with mock.patch("frontdesk.analytics.page.access.compare_digest", wraps=compare_digest) as compared:
        assert known.find(MARKETING_TOKEN) == MARKETING
        assert known.find(PUBLIC_TOKEN) == PUBLIC
        assert known.find("x" * 9000) is None
    assert compared.call_count == 6
    assert {len(value) for call in compared.call_args_list for value in call.args} == {32}


def test_no_token_is_kept() -> None:
    known = tokens()
    assert MARKETING_TOKEN.encode() not in repr(vars(known)).encode()


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ([(MARKETING, "short")], "the token of marketing has fewer than 32 characters"),
        ([(MARKETING, MARKETING_TOKEN), (PUBLIC, MARKETING_TOKEN)], "the token of public is another role's too"),
    ],
)
def test_weak_tokens_are_refused_at_start(given: list[Any], problem: str) -> None:
    with pytest.raises(FrontdeskError, match=re.escape(problem)) as refused:
        Tokens(given)
    assert MARKETING_TOKEN not in str(refused.value)


# Sessions


def test_a_session_s_cookie_is_kept_from_scripts_and_other_sites(fresh: ASGIApp, visit: Open) -> None:
    cookie = log_in(visit(fresh)).headers["set-cookie"].lower()
    assert cookie.startswith(f"{COOKIE}=")
    assert {"httponly", "path=/", "samesite=strict"} <= {part.strip() for part in cookie.split(";")}
    assert "domain" not in cookie


def test_over_https_the_cookie_is_bound_to_the_host(pages_policy: Policy, visit: Open) -> None:
    policy = msgspec.structs.replace(pages_policy, page=AnalystsPage(hosts=("reports.aurora.example",)))
    named = page(policy, tokens(), origin(policy), clock=Clock())
    for scheme in ("https", "http"):  # a proxy in front may end TLS
        cookie = log_in(visit(named, base=f"{scheme}://reports.aurora.example")).headers["set-cookie"]
        assert cookie.startswith("__Host-frontdesk=")
        assert "; Secure" in cookie


def test_a_session_that_was_given_is_never_taken_over(fresh: ASGIApp, visit: Open) -> None:
    client = visit(fresh)
    client.cookies.set(COOKIE, "fixed-by-somebody-else")
    answer = log_in(client)
    assert "fixed-by-somebody-else" not in answer.headers["set-cookie"]
    other = visit(fresh)
    other.cookies.set(COOKIE, "fixed-by-somebody-else")
    assert other.get("/quality").status_code == 303


def test_a_login_ends_the_session_before(fresh: ASGIApp, visit: Open) -> None:
    client = visit(fresh)
    log_in(client)
    before = client.cookies[COOKIE]
    log_in(client)
    assert client.cookies[COOKIE] != before
    other = visit(fresh)
    other.cookies.set(COOKIE, before)
    assert other.get("/quality").status_code == 303


def test_after_logging_out_the_cookie_is_worth_nothing(fresh: ASGIApp, visit: Open) -> None:
    client = visit(fresh)
    log_in(client)
    number = client.cookies[COOKIE]
    assert client.get("/quality").status_code == 200
    assert client.post("/logout", headers=OWN).headers["location"] == "/login"
    other = visit(fresh)
    other.cookies.set(COOKIE, number)
    assert other.get("/quality").status_code == 303


def test_a_session_ends_idle_and_at_the_end_of_its_day(fresh: ASGIApp, clock: Clock, visit: Open) -> None:
    client = visit(fresh)
    log_in(client)
    clock.now += 29 * 60
    assert client.get("/health").status_code == client.get("/quality").status_code == 200
    clock.now += 31 * 60
    assert client.get("/quality").status_code == 303


# Other sites


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "null"},
        {"origin": "https://evil.example"},
        {"origin": "http://127.0.0.1.evil.example"},
        {"origin": "http://127.0.0.1:81"},
        {"sec-fetch-site": "cross-site", "origin": "http://127.0.0.1"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
    ],
)
@pytest.mark.parametrize("path", ["/login", "/logout"])
def test_a_form_of_another_site_does_nothing(path: str, headers: dict[str, str], fresh: ASGIApp, visit: Open) -> None:
    client = visit(fresh)
    log_in(client)
    answer = client.post(path, data={"token": PUBLIC_TOKEN}, headers=headers)
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers
    assert client.get("/quality").status_code == 200


def test_a_browser_without_fetch_metadata_is_known_by_its_origin(fresh: ASGIApp, visit: Open) -> None:
    answer = visit(fresh).post("/login", data={"token": MARKETING_TOKEN}, headers={"origin": "http://127.0.0.1"})
    assert answer.status_code == 303


def test_a_link_of_another_site_finds_a_session_at_the_second_knock(fresh: ASGIApp, visit: Open) -> None:
    led = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
    client = visit(fresh)
    answer = client.get('/trends?period=7d&q="><script>', headers=led)
    assert answer.status_code == 200
    assert 'content="0; url=/trends?period=7d&amp;q=%22%3E%3Cscript%3E"' in answer.text
    assert client.get("/trends", headers=led | {"sec-fetch-dest": "iframe"}).status_code == 303
    assert client.get("/trends", headers=led | {"sec-fetch-site": "same-origin"}).status_code == 303


def test_nothing_is_changed_by_a_link(fresh: ASGIApp, visit: Open) -> None:
    client = visit(fresh)
    log_in(client)
    for path in ("/logout", "/login?token=" + PUBLIC_TOKEN):
        client.get(path)
    assert client.get("/quality").status_code == 200
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"):
        assert client.request(method, "/quality").status_code == 405


ELSEWHERE = [
    "https://evil.example/",
    "//evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/%0d%0aSet-Cookie: a=b\r\n",
    "javascript:alert(1)",
    "http:evil.example",
    " //evil.example",
    "/\t/evil.example",
    "///evil.example",
    "organisations",
    "/" + "a" * 2000,
    "http://[",
    "",
]


@pytest.mark.parametrize("after", ELSEWHERE)
def test_login_leads_nowhere_else(after: str, fresh: ASGIApp, visit: Open) -> None:
    assert own_path(after) == "/"
    client = visit(fresh)
    assert log_in(client, next=after).headers["location"] == "/"
    assert client.get("/login", params={"next": after}).headers["location"] == "/"


def test_login_leads_back_to_where_one_was(fresh: ASGIApp, visit: Open) -> None:
    client = visit(fresh)
    asked = client.get("/trends?period=7d&entity=aurora-de").headers["location"]
    form = client.get(asked)
    assert 'value="/trends?period=7d&amp;entity=aurora-de"' in form.text
    assert log_in(client, next="/trends?period=7d&entity=aurora-de").headers["location"].endswith("entity=aurora-de")


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "localhost.", "127.0.0.1@evil.example"])
def test_a_name_that_is_not_ours_is_refused(host: str, app: ASGIApp, visit: Open) -> None:
    answer = visit(app, MARKETING_TOKEN).get("/quality", headers={"host": host})
    assert answer.status_code == 421


# Guessing, and too much of it


def test_wrong_tokens_are_slowed_down_by_network(fresh: ASGIApp, clock: Clock, visit: Open) -> None:
    clock.now -= clock.now % 60
    client = visit(fresh, peer=STRANGER)
    statuses = [log_in(client, f"wrong {number}").status_code for number in range(12)]
    assert statuses == [401] * 10 + [429] * 2
    refused = log_in(client)
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "60"), "the right one is not looked at either"
    assert log_in(visit(fresh, peer="203.0.113.250")).status_code == 429, "nor from a neighbour"
    assert log_in(visit(fresh, peer="198.51.100.1")).status_code == 303
    clock.now += 60
    assert log_in(client).status_code == 303


def test_wrong_tokens_of_scripts_count_too(fresh: ASGIApp, visit: Open) -> None:
    client = visit(fresh, "wrong", peer=STRANGER)
    statuses = [client.get("/trends", params={"format": "csv"}).status_code for _ in range(11)]
    assert statuses == [401] * 10 + [429]


def test_wrong_tokens_are_slowed_down_from_everywhere_at_once(fresh: ASGIApp, visit: Open) -> None:
    statuses = {log_in(visit(fresh, peer=f"198.51.{number}.1"), "wrong").status_code for number in range(130)}
    assert statuses == {401, 429}


def test_pages_have_a_pace(fresh: ASGIApp, visit: Open) -> None:
    client = visit(fresh, MARKETING_TOKEN)
    statuses = [client.get("/quality", params={"format": "json"}).status_code for _ in range(245)]
    assert statuses == [200] * 240 + [429] * 5


# Things too large, or not as they should be


@pytest.mark.parametrize(
    ("params", "status"),
    [
        ({"q": "x" * 101}, 400),
        ({"q": "a\0b"}, 400),
        ({"kind": "<script>"}, 400),
        ({"entity": "aurora-xx"}, 400),
        ({"entity": "../.."}, 400),
        ({"country": "de"}, 400),
        ({"country": "DEU"}, 400),
        ({"account": "a"}, 400),
        ({"sort": "password"}, 400),
        ({"sort": "visits;drop"}, 400),
        ({"page": "0"}, 400),
        ({"page": "-1"}, 400),
        ({"page": "99999999"}, 400),
        ({"page": "9999"}, 404),
        ({"period": "9999d"}, 400),
        ({"period": "2099-01"}, 400),
        ({"format": "xlsx"}, 400),
        ([("q", "a"), ("q", "b")], 400),
        ({"q": "x" * 5000}, 414),
    ],
)
def test_what_cannot_be_asked_is_refused_in_words(params: Any, status: int, app: ASGIApp, visit: Open) -> None:
    answer = visit(app, MARKETING_TOKEN).get("/organisations", params=params)
    assert answer.status_code == status
    assert "Traceback" not in answer.text
    assert "<script>" not in answer.text


@pytest.mark.parametrize("key", ["x" * 300, "\u202e", "%00", "%0a", "a/b/c", "..%2f..%2fetc%2fshadow"])
def test_a_key_that_is_none_is_refused(key: str, app: ASGIApp, visit: Open) -> None:
    assert visit(app, MARKETING_TOKEN).get(f"/organisations/{key}").status_code in {400, 404}


@pytest.mark.parametrize(
    "body",
    [b"x" * 9000, b"token=" + b"x" * 9000, b"&".join(b"a=b" for _ in range(50)), b"token=%ff\xff", b"\xff\xfe", b""],
)
def test_a_form_that_is_none_is_refused(body: bytes, fresh: ASGIApp, visit: Open) -> None:
    headers = OWN | {"content-type": "application/x-www-form-urlencoded"}
    answer = visit(fresh).post("/login", content=body, headers=headers)
    assert answer.status_code in {400, 401}
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "path",
    [
        "/assets/../app.py",
        "/assets/..%2fapp.py",
        "/assets/%2e%2e/%2e%2e/access.py",
        "/assets/....//app.py",
        "/assets/style.css",
        "/assets/style.css%00",
        "/assets//etc/passwd",
        "/assets/",
        "/assets",
        "/templates/base.html",
    ],
)
def test_no_file_but_the_ones_of_the_page_is_given_out(path: str, app: ASGIApp, visit: Open) -> None:
    answer = visit(app).get(path)
    assert answer.status_code in {303, 404}
    assert "import" not in answer.text


# What hostile records hold


@pytest.mark.parametrize("path", INSIDE)
def test_a_page_is_no_place_for_scripts(path: str, app: ASGIApp, visit: Open) -> None:
    text = visit(app, MARKETING_TOKEN).get(path).text
    assert "<!doctype html>" in text
    for forbidden in ("<script", "onerror=alert(1)>", "javascript:", " style=", "<style", "<img src=x"):
        assert forbidden not in text.replace("&lt;", "(")


def test_names_are_shown_as_text(app: ASGIApp, visit: Open) -> None:
    client = visit(app, MARKETING_TOKEN)
    text = client.get("/organisations", params={"q": "script"}).text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; Söhne" in text
    page_of_it = client.get("/organisations/script").text
    assert "&lt;script&gt;alert(1)" in page_of_it
    assert "/&lt;img src=x onerror=alert(1)&gt;" in page_of_it


def test_what_was_searched_for_is_shown_as_text(app: ASGIApp, visit: Open) -> None:
    text = visit(app, MARKETING_TOKEN).get("/organisations", params={"q": '"><script>alert(2)</script>'}).text
    assert "<script" not in text
    assert "&#34;&gt;&lt;script&gt;alert(2)" in text


@pytest.mark.parametrize("key", HOSTILE)
def test_every_organisation_of_the_list_has_its_page(key: str, app: ASGIApp, visit: Open) -> None:
    client = visit(app, MARKETING_TOKEN)
    listed = client.get("/organisations", params={"kind": "business", "q": HOSTILE[key][:20]}).text
    links = re.findall(r'href="(/organisations/[^"?]+)', listed)
    assert links
    assert {client.get(link).status_code for link in links} == {200}


def test_no_cell_of_a_table_is_a_formula(app: ASGIApp, visit: Open) -> None:
    answer = visit(app, MARKETING_TOKEN).get("/organisations", params={"format": "csv"})
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    names = {row["organisation"] for row in rows}
    assert {f"'{FORMULA}", SCRIPT} <= names
    assert not [cell for row in rows for cell in row.values() if re.match(r"\s*[=+@\t\r|%]", cell)]
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["content-disposition"].startswith('attachment; filename="organisations-2026-')


@pytest.mark.parametrize("value", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "|cmd", "%0A=1", "\n=1"])
def test_what_a_spreadsheet_would_work_out_is_quoted(value: str) -> None:
    assert harmless(value) == f"'{value}"


def test_numbers_stay_numbers() -> None:
    assert (harmless(-5), harmless(None), harmless("plain")) == (-5, None, "plain")


# What browsers and caches are told


@pytest.mark.parametrize("path", [*INSIDE, "/login", "/nothing", "/health", "/", "/organisations?q=" + "x" * 101])
def test_every_answer_says_what_a_browser_may_do(path: str, app: ASGIApp, visit: Open) -> None:
    for client in (visit(app), visit(app, MARKETING_TOKEN)):
        headers = client.get(path).headers
        directives = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
        assert directives == {
            "default-src": "'none'",
            "style-src": "'self'",
            "img-src": "'self'",
            "form-action": "'self'",
            "frame-ancestors": "'none'",
            "base-uri": "'none'",
        }
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cross-origin-opener-policy"] == headers["cross-origin-resource-policy"] == "same-origin"
        assert headers["cache-control"] == "private, no-store"
        assert "server" not in headers


def test_only_files_that_never_change_are_kept_by_caches(app: ASGIApp, visit: Open) -> None:
    client = visit(app)
    files = set(re.findall(r'(?:href|src)="(/assets/[^"]+)"', client.get("/login").text))
    assert len(files) == 2
    for file in files:
        answer = client.get(file)
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert re.fullmatch(r"/assets/\w+\.[0-9a-f]{16}\.(css|svg)", file)


def test_every_address_of_a_page_is_of_its_own_origin(app: ASGIApp, visit: Open) -> None:
    client = visit(app, MARKETING_TOKEN)
    for path in INSIDE:
        text = client.get(path).text
        loaded = re.findall(r'(?:src|action|data|srcset|poster)="([^"]*)"', text)
        loaded += re.findall(r'<link[^>]*href="([^"]*)"', text)
        assert all(address.startswith("/") and not address.startswith("//") for address in loaded)
    style = Path(app_module.__file__).with_name("assets") / "style.css"
    assert "url(" not in style.read_text()
    assert "@import" not in style.read_text()


def test_a_mistake_of_ours_is_told_without_what_it_was(pages_policy: Policy, visit: Open) -> None:
    broken = page(pages_policy, tokens(), origin(pages_policy), clock=Clock())
    client = TestClient(
        broken,
        base_url="http://127.0.0.1",
        headers={"authorization": f"Bearer {MARKETING_TOKEN}"},
        raise_server_exceptions=False,
    )
    with mock.patch("frontdesk.analytics.page.answers.ask", side_effect=RuntimeError("203.0.113.77 in a secret place")):
        answer = client.get("/quality")
    assert answer.status_code == 500
    assert "203.0.113.77" not in answer.text
    assert "RuntimeError" not in answer.text


# What is written down


def _asked(policy: Policy) -> set[tuple[str, str, str | None]]:
    """Who asked for what, and by which rule it was refused, as the book has it."""
    records = [orjson.loads(line) for line in lines_in(policy.log.directory, "audit")]
    told = [record["frontdesk.audit.details"] for record in records if record["frontdesk.audit.action"] == "report"]
    return {(each["asked_by"], each["by"], each.get("refused")) for each in told if each["since"] == "2026-11-19"}


def test_every_question_leaves_its_record_also_where_the_answer_is_known_already(
    pages_policy: Policy, visit: Open
) -> None:
    asked = page(pages_policy, tokens(), origin(pages_policy), clock=Clock())
    named = {"x-forwarded-user": "anna@aurora.example"}
    visit(asked, MARKETING_TOKEN).get("/quality", params={"period": "7d"})
    visit(asked, peer=PROXY).get("/quality", params={"period": "7d"}, headers=named)
    visit(asked, PUBLIC_TOKEN).get("/organisations", params={"period": "7d"})
    wanted = {
        ("marketing", "kind", None),
        ("anna@aurora.example", "kind", None),
        ("public", "organisation", "anonymous-only"),
    }
    assert wanted <= _asked(pages_policy)


def test_an_answer_that_cannot_be_written_down_is_not_given(pages_policy: Policy, visit: Open) -> None:
    silent = page(pages_policy, tokens(), origin(pages_policy), clock=Clock())
    with mock.patch("frontdesk.analytics.page.answers.enter", return_value=False):
        answer = visit(silent, MARKETING_TOKEN).get("/quality")
    assert answer.status_code == 503
    assert "Machines" not in answer.text


def test_an_answer_whose_record_a_full_disk_does_not_take_is_not_given(pages_policy: Policy, visit: Open) -> None:
    """The record is taken into memory as ever; also one of an answer that is known already waits for it."""
    full = OSError(errno.ENOSPC, "No space left on device")
    client = visit(page(pages_policy, tokens(), origin(pages_policy), clock=Clock()), MARKETING_TOKEN)
    assert client.get("/quality").status_code == 200
    with mock.patch.object(Disk, "write", side_effect=full):
        answers = [client.get(path) for path in ("/quality", "/quality?period=7d")]
    assert [answer.status_code for answer in answers] == [503, 503]
    assert not [answer for answer in answers if "Machines" in answer.text]
    assert client.get("/quality").status_code == 200
