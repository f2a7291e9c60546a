"""What makes a question."""

from datetime import date
from typing import Any

import pytest

from frontdesk.analytics import QuestionError
from frontdesk.analytics.question import check, filters

from .books import question


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
        check(question(*by, **more))


def test_question_days_are_both_included() -> None:
    asked = question(since=date(2026, 11, 1), until=date(2026, 11, 7))
    assert asked.days == 7
    assert (asked.before().since, asked.before().until) == (date(2026, 10, 25), date(2026, 10, 31))


def test_filters_as_a_person_writes_them() -> None:
    assert filters(["country=DE, AT", "page=/a=b"]) == (("country", ("DE", "AT")), ("page", ("/a=b",)))


def test_filters_without_a_value() -> None:
    with pytest.raises(QuestionError, match="'country' is no filter; write it as dimension=value"):
        filters(["country"])
