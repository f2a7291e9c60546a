"""What the book says of suggestions: whom one was shown to, who took it, who declined, and nothing of the rest."""

from typing import Any

import orjson
import pytest

from frontdesk.middleware.pages import Pages
from frontdesk.systemdata.follow import Follower

from .sites import AMERICAN, GERMAN, HOST, NOWHERE, MakeSite, Site

GERMANS = {"address": GERMAN}


def told(site: Site) -> list[tuple[Any, ...]]:
    """Of each record: the entity, its reason, the entity that was suggested, and what became of it."""
    records = [orjson.loads(line) for line in Follower(site.desk.policy.log.directory).read()]
    names = ("entity", "entity.reason", "entity.suggested", "entity.suggested_outcome")
    visits = [record for record in records if record["event_name"] == "frontdesk.visit"]
    return [tuple(record.get(f"frontdesk.{name}") for name in names) for record in visits]


@pytest.mark.parametrize(
    ("mode", "path", "request_", "suggested"),
    [
        # Shown: by the header of a page, by the banner, to the app that asked.
        ("suggest", "/plain", GERMANS, ("de", "shown")),
        ("suggest", "/", GERMANS, ("de", "shown")),
        ("suggest", "/entity", GERMANS, ("de", "shown")),
        ("suggest", "/", {**GERMANS, "method": "POST"}, ("de", "shown")),
        ("redirect_with_consent", "/", GERMANS, ("de", "shown")),
        ("suggest", "/", {"address": AMERICAN, "host": "www.example.de"}, ("com", "shown")),
        # Not shown: an answer that tells nothing of it, the right company, a place that tells nothing, nowhere.
        ("suggest", "/script.js", GERMANS, None),
        ("suggest", "/feed", GERMANS, None),
        ("suggest", "/", {"address": AMERICAN}, None),
        ("suggest", "/", {"address": HOST, "host": "www.example.de"}, None),
        ("suggest", "/", {"address": NOWHERE}, None),
        ("off", "/", GERMANS, None),
        # Nothing of a visitor who objected.
        ("suggest", "/", {**GERMANS, "dnt": "1"}, None),
        ("suggest", "/?region=de", {**GERMANS, "sec_gpc": "1"}, None),
        # Led by place, where the policy says so.
        ("redirect", "/", {"address": AMERICAN, "host": "www.example.de"}, ("com", "led")),
        # Answered by a click.
        ("suggest", "/?region=de", GERMANS, ("de", "taken")),
        ("suggest", "/?region=de", {**GERMANS, "cookie": "com"}, ("de", "taken")),
        ("suggest", "/?region=com", GERMANS, ("de", "declined")),
        ("suggest", "/?region=de", {**GERMANS, "sec_fetch_site": "same-origin"}, ("de", "taken")),
        # No answer to a suggestion: nothing was suggested, a stranger's link, a part of a page.
        ("suggest", "/?region=de", {"address": AMERICAN}, None),
        ("suggest", "/?region=de", {**GERMANS, "sec_fetch_site": "cross-site"}, None),
        ("suggest", "/?region=com", {**GERMANS, "sec_fetch_mode": "cors"}, None),
        # Arrived after a click on the other site, or led there: both are told where they began.
        ("suggest", "/?region=de", {**GERMANS, "host": "www.example.de"}, None),
        ("redirect", "/?region=~com", {"address": AMERICAN}, None),
        # A reminder of a choice, or a choice that is kept to.
        ("suggest", "/", {**GERMANS, "cookie": "com"}, None),
        ("suggest", "/", {"address": AMERICAN, "cookie": "de"}, None),
        ("redirect_with_consent", "/", {**GERMANS, "cookie": "de"}, None),
    ],
)
def test_a_record_tells_what_became_of_a_suggestion(
    mode: str, path: str, request_: dict[str, str], suggested: tuple[str, str] | None, site: MakeSite
) -> None:
    opened = site(mode)
    opened.get(path, **request_)
    assert [record[2:] for record in told(opened)] == [suggested or (None, None)]


def test_a_suggestion_by_the_account_is_told_as_one_by_the_place(site: MakeSite) -> None:
    opened = site()
    opened.account = "de"
    opened.get(address=AMERICAN)
    assert told(opened) == [("de", "account", "de", "shown")]


def test_suggestions_and_answers_can_be_counted(site: MakeSite) -> None:
    """Shown three times on one company's site, taken once, declined once; the way from there to here counts once."""
    opened = site()
    for path in ("/", "/contact", "/products/arc"):
        opened.get(path)
    opened.get("/contact?region=com")
    led = opened.get("/?region=de")
    assert led.location == "https://www.example.de/?region=de"
    opened.get("/?region=de", host="www.example.de")
    assert sorted(record[3] or "" for record in told(opened)) == ["", "declined", "shown", "shown", "shown", "taken"]


def test_a_suggestion_is_made_once_in_a_visit(site: MakeSite, monkeypatch: pytest.MonkeyPatch) -> None:
    made, address = [], Pages.address

    def counted(*args: Any) -> Any:
        made.append(args)
        return address(*args)

    opened = site()
    monkeypatch.setattr(Pages, "address", counted)  # which each suggestion asks for the page on the other site
    opened.get("/")  # asked before the app, by the app's banner, for the header and for the record
    assert len(made) == 1
