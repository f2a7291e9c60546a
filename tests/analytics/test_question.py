"""What makes a question."""

from datetime import date
from typing import Any

import pytest

from frontdesk.analytics import QuestionError
from frontdesk.analytics.question import check, filters
from frontdesk.geodb.sources.source import TYPES
from frontdesk.policy import EXAMPLE, load

from .books import question

_EXAMPLE = load(EXAMPLE)


@pytest.mark.parametrize(
    ("by", "more", "says"),
    [
        (("nonsense",), {}, "'nonsense' is no dimension; there are organisation, account"),
        (("day", "country"), {}, "as the last"),
        (("day", "week"), {}, "only one dimension of time"),
        (("country", "country"), {}, "one to 3 different dimensions"),
        (("country", "entity", "kind", "page"), {}, "one to 3 different dimensions"),
        (("country",), {"where": {"day": "2026-11-23"}}, "time is not a filter"),
        (("country",), {"where": {"nonsense": "x"}}, "is no dimension"),
        (("country",), {"where": {"country": ()}}, "give 1 to 50 values"),
        (("country",), {"where": {"country": ["x"] * 51}}, "give 1 to 50 values"),
        (("country",), {"where": {"country": "x" * 201}}, "of up to 200 characters"),
        (("day",), {"where": {"country": "de"}}, "'de' is no country; write its two capital letters, such as DE"),
        (("day",), {"where": {"country": ["DE", "AUT"]}}, "'AUT' is no country"),
        (("day",), {"where": {"entity": "aurora"}}, "entity is never 'aurora'; known are aurora-com, aurora-de"),
        (("day",), {"where": {"suggested": "aurora"}}, "suggested is never 'aurora'; known are aurora-com, aurora-de"),
        (("day",), {"where": {"kind": "company"}}, "kind is never 'company'; known are business, education"),
        (("country",), {"days": 1101}, "1101 days are too many; 1100 is the most"),
        (("country",), {"since": date(2026, 11, 24)}, "is after the last"),
        (("country",), {"since": date(1999, 12, 31), "until": date(2000, 1, 2)}, "there is no book of 1999-12-31"),
        (("country",), {"asked_by": ""}, "say who asks"),
        (("country",), {"asked_by": "x" * 65}, "say who asks"),
        (("country",), {"asked_by": "anna\n"}, "say who asks"),
        (("country",), {"asked_by": "\x1b[31m"}, "say who asks"),
    ],
)
def test_question_that_makes_no_sense(by: tuple[str, ...], more: dict[str, Any], says: str) -> None:
    with pytest.raises(QuestionError, match=says):
        check(_EXAMPLE, question(*by, **more))


def test_question_with_a_filter_twice_is_told_how_to_write_it() -> None:
    twice = question("day")._replace(where=filters(["country=DE", "kind=business", "country=AT"]))
    with pytest.raises(QuestionError, match="country stands twice; write 'country=DE,AT'"):
        check(_EXAMPLE, twice)


@pytest.mark.parametrize(
    "where",
    [
        {"country": ["DE", "?"]},
        {"entity": [*(entity.id for entity in _EXAMPLE.entities), "?"]},
        {"kind": [*sorted(TYPES), "reserved", "unknown", "?"]},
    ],
)
def test_question_knows_every_value_that_a_visit_may_have(where: dict[str, list[str]]) -> None:
    check(_EXAMPLE, question("day", where=where))


def test_question_days_are_both_included() -> None:
    asked = question(since=date(2026, 11, 1), until=date(2026, 11, 7))
    assert asked.days == 7
    assert (asked.before().since, asked.before().until) == (date(2026, 10, 25), date(2026, 10, 31))


def test_filters_as_a_person_writes_them() -> None:
    assert filters(["country=DE, AT", "page=/a=b"]) == (("country", ("DE", "AT")), ("page", ("/a=b",)))


@pytest.mark.parametrize("name", ["Indiana University", "indiana university", "INDIANA UNIVERSITY Inc."])
def test_filters_find_an_organisation_by_its_name_as_a_report_prints_it(name: str) -> None:
    assert filters([f"organisation={name}, UBS AG"]) == (("organisation", ("indiana university", "ubs ag")),)


def test_filters_without_a_value() -> None:
    with pytest.raises(QuestionError, match="'country' is no filter; write it as dimension=value"):
        filters(["country"])
