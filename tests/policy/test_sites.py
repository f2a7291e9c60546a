"""The sites of the group in a policy: places, origins, pages, banner text and declarations, and what is refused."""

from datetime import date
from pathlib import Path

import pytest

from frontdesk.policy import PolicyError, load
from frontdesk.policy.routing import EEA, ENGLISH, Mode, On, Page

POLICY = """
version = "1"
default_entity = "com"

[signals]
{signals}

[routing]
{routing}

[[entities]]
id = "com"
legal_name = "Example, Inc."
hosts = ["www.example.com"]
site = "https://www.example.com"
countries = ["US"]
languages = ["en-US"]

[[entities]]
id = "de"
legal_name = "Example GmbH"
hosts = ["www.example.de"]
site = "https://www.example.de"
countries = ["DE", "AT"]
languages = ["de", "en"]
{entity}
"""


def write(folder: Path, *, signals: str = "", routing: str = "", entity: str = "") -> Path:
    file = folder / "frontdesk.toml"
    file.write_text(POLICY.format(signals=signals, routing=routing, entity=entity))
    return file


def test_routing_suggests_by_default_and_asks_for_consent_in_the_eea(tmp_path: Path) -> None:
    routing = load(write(tmp_path)).routing
    assert routing.mode is Mode.SUGGEST
    assert set(routing.consent_countries) == set(EEA)
    assert len(EEA) == 30
    assert routing.text == (ENGLISH,)


def test_an_entity_says_who_it_is_in_law_and_which_places_it_serves(tmp_path: Path) -> None:
    entity = """
registration = "HRB 1"
jurisdiction = "Germany"
governing_law = "German law"
contact = "legal@example.de"
subdivisions = ["US-CA"]
contracts_with = ["CH"]
"""
    de = load(write(tmp_path, entity=entity)).entities[1]
    assert (de.registration, de.jurisdiction, de.governing_law) == ("HRB 1", "Germany", "German law")
    assert (de.site, de.languages, de.subdivisions) == ("https://www.example.de", ("de", "en"), ("US-CA",))
    assert de.contracts_with == ("CH",)


def test_pages_and_banner_text_are_read(tmp_path: Path) -> None:
    routing = """
mode = "redirect"
[[routing.pages]]
path = "/contact"
[[routing.pages]]
path = "/products/{product}"
on = [{ entity = "de", path = "/produkte/{product}" }]
[[routing.text]]
language = "de"
suggestion = "{there} ist für Sie da."
go = "Zu {there}"
stay = "Hier bleiben"
"""
    policy = load(write(tmp_path, routing=routing))
    assert policy.routing.pages == (
        Page(path="/contact"),
        Page(path="/products/{product}", on=(On(entity="de", path="/produkte/{product}"),)),
    )
    assert [words.language for words in policy.routing.text] == ["de"]


def test_a_brace_that_is_to_be_shown_is_written_twice(tmp_path: Path) -> None:
    routing = '[[routing.text]]\nlanguage = "en"\nsuggestion = "{{x}} {here}"\ngo = "}}{there}"\nstay = "s"'
    assert load(write(tmp_path, routing=routing)).routing.text[0].suggestion == "{{x}} {here}"


def test_declarations_are_read(tmp_path: Path) -> None:
    signals = """
tracking_status = { tracking = "N", policy = "/privacy", same_party = ["www.example.de"] }
gpc_support = { last_update = 2026-11-23 }
"""
    found = load(write(tmp_path, signals=signals)).signals
    assert found.tracking_status is not None
    assert found.tracking_status.tracking == "N"
    assert found.gpc_support is not None
    assert (found.gpc_support.gpc, found.gpc_support.last_update) == (True, date(2026, 11, 23))


ALONE = ["Go to {there", "Go to there}", "{", "{there}}", "{{there}", "{there!}", "{there!r"]
MORE = ["{there!r}", "{there:>9}", "{there:{here}}"]
STRANGE = ["{}", "{0}", "{there.x}", "{there[0]}", "{ there }", "{name!r}", "{name.x}", "{name:>9}"]
WORDS = 'suggestion = "x"\ngo = "y"\nstay = "z"'


@pytest.mark.parametrize(
    ("parts", "key", "problem"),
    [
        ({"entity": 'contracts_with = ["ZZ"]'}, "entities[1].contracts_with", "'ZZ' is no ISO 3166-1 code"),
        (
            {"entity": 'subdivisions = ["California"]'},
            "entities[1].subdivisions",
            "is no ISO 3166-2 code",
        ),
        ({"entity": 'subdivisions = ["ZZ-1"]'}, "entities[1].subdivisions", "is no ISO 3166-2 code"),
        (
            {"entity": 'subdivisions = ["US-CA", "US-CA"]'},
            "entities[1].subdivisions",
            "'US-CA' is taken already, by 'de'",
        ),
        ({"entity": 'contracts_with = ["CH", "CH"]'}, "entities[1].contracts_with", "'CH' is taken already, by 'de'"),
        ({"entity": 'governing_law = ""'}, "entities[1].governing_law", "length >= 1"),
        ({"routing": 'mode = "force"'}, "routing.mode", "not one of off, suggest, redirect_with_consent, redirect"),
        ({"routing": 'consent_countries = ["EU"]'}, "routing.consent_countries", "'EU' is no ISO 3166-1 code"),
        ({"routing": 'cookie = "a b"'}, "routing.cookie", "expected 1 to 64 letters, digits, hyphens or underscores"),
        ({"routing": "cookie_days = 400"}, "routing.cookie_days", "<= 395"),
        ({"routing": 'parameter = "?"'}, "routing.parameter", "expected 1 to 32 lower-case letters"),
        ({"routing": 'entry_paths = ["//evil.example"]'}, "routing.entry_paths[0]", "expected a path"),
        ({"routing": 'exempt_paths = ["feed"]'}, "routing.exempt_paths[0]", "expected a path"),
        ({"routing": "[[routing.pages]]"}, "routing.pages[0]", "say the path of the page"),
        ({"routing": '[[routing.pages]]\npath = "/a b"'}, "routing.pages[0].path", "expected a path"),
        ({"routing": '[[routing.pages]]\npath = "/{x}/{x}"'}, "routing.pages[0]", "a name in braces stands twice"),
        (
            {"routing": '[[routing.pages]]\npath = "/{x}"\non = [{ entity = "de", path = "/{y}" }]'},
            "routing.pages[0]",
            "must hold the same names in braces",
        ),
        (
            {"routing": '[[routing.pages]]\non = [{ entity = "fr", path = "/" }]'},
            "routing.pages[0].on[0]",
            "'fr' is no entity that has a site",
        ),
        (
            {"routing": '[[routing.pages]]\non = [{ entity = "de", path = "/", host = "x" }]'},
            "routing.pages[0].on[0].host",
            "no such key; allowed here are entity, path",
        ),
        (
            {"routing": f'[[routing.text]]\nlanguage = "Deutsch"\n{WORDS}'},
            "routing.text[0].language",
            "expected a language such as de or en-GB",
        ),
        (
            {"routing": f'[[routing.text]]\nlanguage = "de"\n{WORDS}\n[[routing.text]]\nlanguage = "de"\n{WORDS}'},
            "routing.text[1].language",
            "'de' is there already",
        ),
        (
            {"routing": '[[routing.text]]\nlanguage = "de"\nsuggestion = "{name}"\ngo = "y"\nstay = "z"'},
            "routing.text[0].suggestion",
            "'{name}' stands for nothing; {here} and {there} do, and {{ for a brace",
        ),
        *[
            ({"routing": f'[[routing.text]]\nlanguage = "de"\nsuggestion = "x"\ngo = "{go}"\nstay = "z"'}, key, problem)
            for key in ["routing.text[0].go"]
            for go, problem in [
                *((go, "a brace stands alone: write {{ or }} for one that is shown") for go in ALONE),
                *((go, "only the name may stand in the braces: write {there}") for go in MORE),
                *((go, "stands for nothing; {here} and {there} do") for go in STRANGE),
            ]
        ],
        (
            {"signals": 'tracking_status = { tracking = "G" }'},
            "signals.tracking_status.tracking",
            "not one of !, N, T",
        ),
        ({"signals": 'tracking_status = { tracking = "C" }'}, "signals.tracking_status.config", "needs a config"),
        (
            {"signals": 'tracking_status = { tracking = "N", policy = "javascript:x" }'},
            "signals.tracking_status.policy",
            "expected a path, or an https address",
        ),
        ({"signals": "gpc_support = { gpc = true }"}, "signals.gpc_support.last_update", "is missing"),
    ],
)
def test_what_cannot_be_followed_is_refused(parts: dict[str, str], key: str, problem: str, tmp_path: Path) -> None:
    with pytest.raises(PolicyError) as caught:
        load(write(tmp_path, **parts))
    assert caught.value.key == key
    assert problem in str(caught.value)
    assert caught.value.line is not None


@pytest.mark.parametrize(
    ("site", "problem"),
    [
        ("http://www.example.jp", "expected an origin by https"),
        ("https://www.example.jp/", "expected an origin by https"),
        ("https://www.example.jp:65536", "expected an origin by https"),
        ("https://www.example.jp:0", "expected an origin by https"),
        ("https://user@www.example.jp", "expected an origin by https"),
        ("https://evil.example", "its host is not among the entity's hosts, www.example.jp"),
        ("https://www.example.com", "is taken already, by 'com'"),
    ],
)
def test_a_site_is_an_https_origin_on_a_host_of_its_own(site: str, problem: str, tmp_path: Path) -> None:
    entity = f'[[entities]]\nid = "jp"\nlegal_name = "Example K.K."\nhosts = ["www.example.jp"]\nsite = "{site}"'
    with pytest.raises(PolicyError, match=problem) as caught:
        load(write(tmp_path, entity=entity))
    assert caught.value.key == "entities[2].site"
