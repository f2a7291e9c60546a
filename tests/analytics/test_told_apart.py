"""How the visitors of a day and a company are told apart: by ids of one key, or else all of them by network."""

from datetime import timedelta
from typing import Any

import pytest

from frontdesk.analytics import Answer
from frontdesk.analytics.remember import remember
from frontdesk.policy import Policy
from frontdesk.systemdata.compact import compact
from frontdesk.systemdata.tags import Record

from .books import NOW, TODAY, asked, crowd, id_of, rows, visit, write

_LAST_WEEK = TODAY - timedelta(7)
_AT_HOME: dict[str, Any] = {"visitor": None, "day": _LAST_WEEK}


def _ids(policy: Policy, count: int, key: str = "0badc0de", **more: Any) -> list[Record]:
    """So many ids of one network, by another key than that of the others."""
    return [visit(policy, DAILY_ID=id_of(str(number), key), **_AT_HOME | more) for number in range(count)]


def _answers(policy: Policy) -> list[Answer]:
    """One question, asked of lines, of compacted segments and of day sums."""
    answers = [asked(policy)]
    compact(policy.log.directory, NOW)
    answers.append(asked(policy))
    assert remember(policy, policy.log.directory, NOW).failed == []
    return [*answers, asked(policy)]


def test_visitors_are_told_apart_by_ids_where_all_are_of_one_key(policy: Policy) -> None:
    write(policy.log.directory, _ids(policy, 20))
    for answer in _answers(policy):
        assert rows(answer) == {("example",): (20, 20)}
        assert answer.summary.by_id


@pytest.mark.parametrize(
    "another",
    [{"DAILY_ID": id_of("one", "11111111")}, {}, {"page": "/a", "hour": 23}, {"PURPOSES": ["alerts"]}],
    ids=["of another key", "without an id", "at another hour", "for another purpose"],
)
def test_ids_of_several_keys_or_of_some_visits_only_tell_nobody_apart(policy: Policy, another: dict[str, Any]) -> None:
    """As after a restart that lost the key, or where the policy began to give ids at noon: all may be one person."""
    write(policy.log.directory, [*_ids(policy, 20), visit(policy, **_AT_HOME | another)])
    for answer in _answers(policy):
        assert answer.rows == ()
        assert answer.summary.visitors is None
        assert not answer.summary.by_id


def test_ids_of_several_keys_leave_networks_to_tell_visitors_apart_by(policy: Policy) -> None:
    networks = [{"CLIENT_NETWORK": f"198.51.{number}.0/24"} for number in range(20)]
    write(
        policy.log.directory,
        [each for network in networks for key in ("0badc0de", "11111111") for each in _ids(policy, 2, key, **network)],
    )
    for answer in _answers(policy):
        assert rows(answer) == {("example",): (80, 20)}
        assert not answer.summary.by_id


@pytest.mark.parametrize(
    "others",
    [
        {"DNT": "1"},
        {"GPC": True},
        {"TREATMENT": "anonymous", "CLIENT_NETWORK": None},
        {"MAY_IDENTIFY": True},
        {"MAY_IDENTIFY": None},
        {"CLIENT_NETWORK": None},
        {"entity": "aurora-de"},
        {"day": _LAST_WEEK - timedelta(1)},
    ],
    ids=str,
)
def test_ids_tell_apart_whatever_is_of_those_who_have_none_or_of_another_day_or_company(
    policy: Policy, others: dict[str, Any]
) -> None:
    write(policy.log.directory, [*_ids(policy, 20), visit(policy, **_AT_HOME | others)])
    for answer in _answers(policy):
        assert min(row.visitors for row in answer.rows) >= 20


def test_an_id_of_a_network_that_may_identify_somebody_counts_for_nothing(policy: Policy) -> None:
    write(policy.log.directory, crowd(policy, 20, None, day=_LAST_WEEK) + _ids(policy, 20, MAY_IDENTIFY=True))
    (row,) = asked(policy, "entity").rows
    assert (row.visits, row.visitors) in {(40, 20), (40, 25)}  # 21, and rounded
