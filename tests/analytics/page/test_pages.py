"""What the pages show of a book: the right figures for the right person, and words where there is nothing."""

from pathlib import Path

import msgspec
import orjson
import pytest
from starlette.testclient import TestClient
from starlette.types import ASGIApp

from frontdesk.analytics import Question, ask, read_accounts
from frontdesk.analytics.page.app import page
from frontdesk.cli.serve import origin
from frontdesk.policy import Policy

from ..books import counts, write
from .book import NOW
from .conftest import MARKETING_TOKEN, PUBLIC_TOKEN, Clock, Open, tokens


@pytest.fixture
def client(app: ASGIApp, visit: Open) -> TestClient:
    return visit(app, MARKETING_TOKEN)


@pytest.fixture
def new(pages_policy: Policy, tmp_path: Path) -> Policy:
    """A policy with a book in which nothing is."""
    (tmp_path / "book").mkdir(mode=0o700)
    return msgspec.structs.replace(
        pages_policy, log=msgspec.structs.replace(pages_policy.log, directory=tmp_path / "book")
    )


@pytest.fixture
def empty(new: Policy, visit: Open) -> TestClient:
    """The page over it."""
    return visit(page(new, tokens(), origin(new), clock=Clock()), MARKETING_TOKEN)


def test_the_list_is_what_ask_answers(client: TestClient, pages_policy: Policy) -> None:
    today = NOW.date()
    question = Question("marketing_analytics", ("organisation",), today.replace(day=1), today, "test")
    answer = ask(pages_policy, question, now=NOW, witness=lambda _: None)
    told = orjson.loads(client.get("/organisations?period=2026-11&format=json").content)
    assert (told["since"], told["until"], told["purpose"]) == ("2026-11-01", "2026-11-25", "marketing_analytics")
    shown = {row["key"]: (row["visits"], row["visitors"], row["visits_before"]) for row in told["rows"]}
    assert shown == {row.key[0]: (row.visits, row.visitors, row.before) for row in answer.rows if row.organisation}
    assert any("db-ip.com" in line for line in told["attributions"])


@pytest.mark.parametrize(
    ("sort", "key", "reverse"),
    [
        ("-visits", "visits", True),
        ("visits", "visits", False),
        ("name", "organisation", False),
        ("-name", "organisation", True),
    ],
)
def test_the_list_is_sorted(sort: str, key: str, reverse: bool, client: TestClient) -> None:
    rows = orjson.loads(client.get("/organisations", params={"sort": sort, "format": "json"}).content)["rows"]
    values = [str(row[key]).casefold() if key == "organisation" else row[key] for row in rows]
    assert values == sorted(values, reverse=reverse)
    assert len(values) > 10


@pytest.mark.parametrize(
    ("params", "column", "value"),
    [
        ({"kind": "business"}, "kind", "business"),
        ({"country": "DE"}, "country", "DE"),
        ({"q": "hALDEN"}, "key", "halden optics"),
    ],
)
def test_the_list_is_filtered(params: dict[str, str], column: str, value: str, client: TestClient) -> None:
    rows = orjson.loads(client.get("/organisations", params={**params, "format": "json"}).content)["rows"]
    assert {row[column] for row in rows} == {value}


def test_filters_and_links_keep_the_period_and_the_purpose(client: TestClient) -> None:
    text = client.get("/trends?period=7d&purpose=anonymous_statistics").text
    assert 'href="/objections?period=7d&amp;purpose=anonymous_statistics"' in text
    assert 'href="/trends?period=7d"' in text


@pytest.mark.parametrize("path", ["/trends", "/entities", "/objections", "/quality", "/withheld"])
def test_public_statistics_have_every_page_that_is_of_nobody(path: str, app: ASGIApp, visit: Open) -> None:
    answer = visit(app, PUBLIC_TOKEN).get(path)
    assert answer.status_code == 200
    assert "Halden" not in answer.text


def test_why_nobody_was_named_is_told_to_purposes_that_may_ask_by_it(app: ASGIApp, visit: Open) -> None:
    told, not_told = (visit(app, token).get("/quality?format=json") for token in (MARKETING_TOKEN, PUBLIC_TOKEN))
    assert "visits" in {row["what"] for row in orjson.loads(told.content)["rows"]}
    assert "visits" not in {row["what"] for row in orjson.loads(not_told.content)["rows"]}
    assert "This purpose may not ask by the reason." in visit(app, PUBLIC_TOKEN).get("/quality").text


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/organisations", "A quiet time"),
        ("/trends", "A quiet time"),
        ("/entities", "A quiet time"),
        ("/objections", "A quiet time"),
        ("/quality", "Nothing: every visit of this period is in the book"),
        ("/withheld", "What this period keeps back"),
    ],
)
def test_an_empty_book_is_told_in_words(path: str, words: str, empty: TestClient) -> None:
    answer = empty.get(path)
    assert answer.status_code == 200
    assert words in answer.text
    assert empty.get(path, params={"format": "csv"}).status_code == 200


def test_gaps_and_machines_are_told(client: TestClient) -> None:
    rows = orjson.loads(client.get("/quality?format=json").content)["rows"]
    missing = {row["reason"]: row["count"] for row in rows if row["what"] == "missing records"}
    assert missing == {"disk_full": 37, "queue_full": 5}
    assert next(row["count"] for row in rows if row["what"] == "machines") > 0
    assert "The disk was full" in client.get("/quality").text


@pytest.mark.parametrize(
    "path", ["/organisations", "/organisations/script", "/trends", "/entities", "/objections", "/quality"]
)
def test_every_page_has_the_links_that_licences_ask_for(path: str, client: TestClient) -> None:
    assert '<a href="https://db-ip.com">IP Geolocation by DB-IP</a>' in client.get(path).text


def test_evidence_is_told_in_words(client: TestClient) -> None:
    text = client.get("/organisations/halden%20optics").text
    assert "our-customers.csv: the group&#39;s own list has it for this" in text
    assert "no address is kept" in text
    assert "203.0.113" not in text


def test_accounts_are_told_where_there_is_a_list(
    app: ASGIApp, pages_policy: Policy, visit: Open, tmp_path: Path
) -> None:
    assert visit(app, MARKETING_TOKEN).get("/accounts").status_code == 404
    file = tmp_path / "accounts.csv"
    file.write_text("account,name\nA-1004,Halden Optics AS\nA-1011,Kestrel Rail Systems Ltd\nA-9,Nobody At All\n")
    known = page(pages_policy, tokens(), origin(pages_policy), accounts=read_accounts(file), clock=Clock())
    client = visit(known, MARKETING_TOKEN)
    rows = orjson.loads(client.get("/accounts?format=json").content)["rows"]
    assert {row["account"] for row in rows} == {"A-1004", "A-1011"}
    assert 'href="/organisations?account=A-1004"' in client.get("/accounts").text
    assert visit(known, PUBLIC_TOKEN).get("/accounts").status_code == 403


def test_an_answer_is_used_again_for_a_minute_and_no_longer(
    fresh: ASGIApp, clock: Clock, visit: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Question] = []

    def counted(policy: Policy, question: Question, **settings: object) -> object:
        asked.append(question)
        return ask(policy, question, **settings)  # type: ignore[arg-type]

    monkeypatch.setattr("frontdesk.analytics.page.answers.ask", counted)
    client = visit(fresh, MARKETING_TOKEN)
    for _ in range(3):
        client.get("/quality?period=7d")
    assert len(asked) == 1
    clock.now += 61
    client.get("/quality?period=7d")
    assert len(asked) == 2
    visit(fresh, PUBLIC_TOKEN).get("/quality?period=7d")
    assert len(asked) == 3, "another purpose is another question"


def test_a_day_with_few_objections_looks_like_a_day_with_none(new: Policy, empty: TestClient) -> None:
    write(new.log.directory, [counts(new, 100, 20, 10), counts(new, 9, 9, 0, days_ago=1)])
    told = orjson.loads(empty.get("/objections?period=7d&format=json").content)["rows"]
    days = {row.pop("day"): row for row in told}
    assert len(days) == 7
    assert days.pop("2026-11-23") == {"visits": 100, "objected": 30, "dnt": 20, "gpc": 10}
    assert all(day == {"visits": None, "objected": None, "dnt": None, "gpc": None} for day in days.values())
    text = empty.get("/objections?period=7d").text
    assert text.count("too few visits to tell, or none") == 6


def test_objections_are_said_to_be_counted_by_visits(client: TestClient) -> None:
    assert "These are visits and not visitors" in client.get("/objections").text
    assert "it is 10 visits" in client.get("/withheld").text
