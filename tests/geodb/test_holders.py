"""Holders that were read: matched by the whole name, in the country where they were read."""

import pytest

from frontdesk.geodb import holders
from frontdesk.geodb.extent import Extent
from frontdesk.geodb.holders import KINDS, Holders
from frontdesk.geodb.network_type import NetworkTypes, Verdict

READ = Holders(
    holders.read(
        [
            "# a comment",
            "business\tCA\tNordwind Group Inc.",
            "education\tDE\tHaus Übersee",
            "unknown\tJP\tHill Example, Inc.",
        ]
    )
)


@pytest.mark.parametrize(
    ("name", "country", "kind"),
    [
        ("Nordwind Group Inc.", "CA", "business"),
        ("NORDWIND GROUP, INC", "CA", "business"),
        ("Nordwind Group", "CA", None),
        ("Nordwind Group Ltd", "CA", None),
        ("Nordwind Group Inc.", "US", None),
        ("Nordwind Group Inc.", None, None),
        ("Haus Ubersee", "DE", "education"),
        ("", "CA", None),
    ],
)
def test_a_holder_is_known_by_its_whole_name_where_read(name: str, country: str | None, kind: str | None) -> None:
    assert READ.kind(name, country) == kind


@pytest.mark.parametrize(
    ("name", "country", "lists", "expected"),
    [
        ("Nordwind Group Inc.", "CA", (), Verdict("business", "read: holders")),
        ("Nordwind Group Inc.", "CA", ("education",), Verdict("business", "read: holders")),
        ("Nordwind Group Inc.", "CA", ("isp",), Verdict("isp", "list: isp")),
        ("Nordwind Group Inc.", "CA", ("hosting",), Verdict("hosting", "list: hosting")),
        ("Hill Example, Inc.", "JP", (), Verdict("unknown", "read: holders")),
        ("Hill Example, Inc.", "JP", ("isp",), Verdict("isp", "list: isp")),
        ("Hill Example, Inc.", "US", (), Verdict("business", "word: hill")),
    ],
)
def test_a_reading_stands_above_words_and_below_the_lists_of_access_networks(
    name: str, country: str, lists: tuple[str, ...], expected: Verdict
) -> None:
    rules = {"aside": [], "groups": {}, "table": [{"type": "business", "words": ["hill"]}]}
    kinds = {kind: frozenset({1} if kind in lists else ()) for kind in ("hosting", "isp", "education")}
    assert NetworkTypes(rules, kinds, READ).of(1, name, Extent(country=country)) == expected


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        (["isp\tDE\tNordwind"], "line 1 is not a kind, a country and a name"),
        (["business\tDEU\tNordwind"], "line 1 is not"),
        (["# fine", "business Nordwind"], "line 2 is not"),
        (["business\tDE\t--"], "line 1 is not"),
        (["business\tDE\tNordwind", "unknown\tDE\tNORDWIND"], "line 2 says unknown of a name that a line above"),
    ],
)
def test_a_line_that_cannot_be_used_is_named(lines: list[str], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        holders.read(lines)


def test_the_list_that_ships_can_be_read_and_is_in_order() -> None:
    lines = [line for line in holders.FILE.read_text("utf-8").splitlines() if not line.startswith("#")]
    assert holders.read(lines)
    places = [(country, name.casefold()) for _, country, name in (line.split("\t") for line in lines)]
    assert places == sorted(places)
    assert len(set(places)) == len(places)
    assert {line.partition("\t")[0] for line in lines} <= KINDS
