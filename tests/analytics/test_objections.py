"""How many objected: from the counts of hours, never of whom."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from frontdesk.analytics import ForbiddenError, Objections, QuestionError, ask_objections
from frontdesk.policy import Policy, RetentionClass
from frontdesk.systemdata import fields as f
from frontdesk.systemdata.tags import Record, Tags, head

from .books import NOW, TODAY, asked, crowd, question, write


def _counts(policy: Policy, visits: int, dnt: int, gpc: int, entity: str = "aurora-com", days_ago: int = 0) -> Record:
    day = TODAY - timedelta(days_ago)
    when = datetime(day.year, day.month, day.day, 9, tzinfo=UTC).timestamp()
    counts = {f.VISITS: visits, f.ANONYMOUS: dnt, f.COUNTED: gpc}
    counts |= {f.OBJECTED_DNT: dnt, f.OBJECTED_GPC: gpc, f.OBJECTED_BOTH: 0}
    return head("aggregate", when) | counts | Tags(policy).of(RetentionClass.AGGREGATE, entity, when)


def _asked(policy: Policy, *by: str, **more: Any) -> list[Objections]:
    return ask_objections(policy, question(*by, **more), now=NOW, witness=lambda _: None)


def test_objections_by_company_and_day(policy: Policy) -> None:
    write(
        policy.log.directory,
        [
            _counts(policy, 100, 20, 10),
            _counts(policy, 50, 10, 10, days_ago=1),
            _counts(policy, 40, 3, 0, entity="aurora-de"),
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
    write(policy.log.directory, [*crowd(policy, 20), _counts(policy, 100, 20, 10)])
    assert asked(policy).summary.objections == Objections((), 100, 30, 20, 10)


def test_objections_are_not_told_where_no_count_is_kept_for_the_purpose(policy: Policy) -> None:
    write(
        policy.log.directory, [*crowd(policy, 20), _counts(policy, 100, 20, 10) | {f.PURPOSES: ["platform_operation"]}]
    )
    assert asked(policy).summary.objections == Objections((), None, None, None, None)


@pytest.mark.parametrize("by", [("organisation",), ("country",), ("entity", "page")])
def test_objections_are_told_apart_by_nothing_else(policy: Policy, by: tuple[str, ...]) -> None:
    with pytest.raises(QuestionError, match="nothing else is kept of them"):
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
