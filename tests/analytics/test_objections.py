"""How many visits came with an objection: from the counts of hours, never of whom."""

from datetime import timedelta
from typing import Any

import pytest

from frontdesk.analytics import ForbiddenError, Objections, QuestionError, ask_objections
from frontdesk.policy import Policy
from frontdesk.systemdata import fields as f

from .books import NOW, TODAY, asked, counts, crowd, question, write


def _asked(policy: Policy, *by: str, **more: Any) -> list[Objections]:
    return ask_objections(policy, question(*by, **more), now=NOW, witness=lambda _: None)


def test_objections_by_company_and_day(policy: Policy) -> None:
    write(
        policy.log.directory,
        [
            counts(policy, 100, 20, 10),
            counts(policy, 50, 10, 10, days_ago=1),
            counts(policy, 40, 3, 0, entity="aurora-de"),
        ],
    )
    assert _asked(policy, "day") == [
        Objections(("2026-11-22",), 50, 20, 10, 10),
        Objections(("2026-11-23",), 140, _near(33), _near(23), 10),
    ]
    by_entity = {each.key: each for each in _asked(policy, "entity")}
    assert by_entity["aurora-com",] == (("aurora-com",), 150, 50, 30, 20)
    assert by_entity["aurora-de",] == (("aurora-de",), 40, None, None, None)  # three, or none: too few to tell


def _near(count: int) -> int:
    class Near(int):
        def __eq__(self, other: object) -> bool:
            return isinstance(other, int) and other % 5 == 0 and abs(other - count) < 5

        __hash__ = int.__hash__

    return Near(count)


def test_objections_stand_in_the_summary_of_every_answer(policy: Policy) -> None:
    write(policy.log.directory, [*crowd(policy, 20), counts(policy, 100, 20, 10)])
    assert asked(policy).summary.objections == Objections((), 100, 30, 20, 10)


def test_objections_are_not_told_where_no_count_is_kept_for_the_purpose(policy: Policy) -> None:
    write(
        policy.log.directory, [*crowd(policy, 20), counts(policy, 100, 20, 10) | {f.PURPOSES: ["platform_operation"]}]
    )
    assert asked(policy).summary.objections == Objections((), None, None, None, None)


@pytest.mark.parametrize("visits", range(20, 30))
def test_objections_are_never_more_than_visits(policy: Policy, visits: int) -> None:
    """Also where one is rounded up and the other down."""
    write(policy.log.directory, [counts(policy, visits, visits - 1, 0, days_ago=ago) for ago in range(10)])
    for found in _asked(policy, "day"):
        assert found.visits is not None
        assert found.objected is not None
        assert found.dnt is not None
        assert max(found.objected, found.dnt) <= found.visits


def test_objections_of_too_few_visits_look_like_those_of_none(policy: Policy) -> None:
    write(policy.log.directory, [counts(policy, 100, 20, 10), counts(policy, 3, 2, 0, days_ago=1)])
    write(policy.log.directory, [counts(policy, 9, 9, 0, entity="aurora-de", days_ago=2)])
    assert [each.key for each in _asked(policy, "day")] == [("2026-11-23",)]
    assert [each.key for each in _asked(policy, "entity")] == [("aurora-com",)]
    few, none = (_asked(policy, "day", days=1, until=TODAY - timedelta(ago)) for ago in (1, 5))
    assert few == none == []


@pytest.mark.parametrize("by", [("organisation",), ("country",), ("entity", "page"), ("hour",), ("entity", "hour")])
def test_objections_are_told_apart_by_nothing_else(policy: Policy, by: tuple[str, ...]) -> None:
    with pytest.raises(QuestionError, match="told by day, entity, month, week only"):
        _asked(policy, *by)


def test_objections_need_a_purpose_like_any_question(policy: Policy) -> None:
    write(policy.log.directory, crowd(policy, 20))
    with pytest.raises(ForbiddenError, match="purpose-missing"):
        _asked(policy, "day", purpose="")


def test_objectors_are_in_no_row(policy: Policy) -> None:
    objectors = crowd(policy, 30, GPC=True) + crowd(policy, 30, "Other", DNT="1")
    write(policy.log.directory, crowd(policy, 20) + objectors)
    for by in ("organisation", "country", "day", "page"):
        assert asked(policy, by).visits == 20
