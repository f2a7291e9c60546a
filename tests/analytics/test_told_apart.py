"""How the visitors of a day and a company are told apart: by ids of one key, or else all of them by network."""

from datetime import timedelta
from typing import Any

import pytest

from frontdesk.analytics import Answer
from frontdesk.analytics.remember import remember
from frontdesk.policy import Policy
from frontdesk.policy.networks import pack
from frontdesk.systemdata import Writer
from frontdesk.systemdata import fields as f
from frontdesk.systemdata.compact import compact
from frontdesk.systemdata.minimise import coarser, network_of
from frontdesk.systemdata.record import encode
from frontdesk.systemdata.shelf import Shelf
from frontdesk.systemdata.tags import Record

from .books import NOW, TODAY, asked, crowd, id_of, rows, visit, write

_LAST_WEEK = TODAY - timedelta(7)
_AT_HOME: dict[str, Any] = {"visitor": None, "day": _LAST_WEEK}


def _ids(policy: Policy, count: int, key: str = "0badc0de", **more: Any) -> list[Record]:
    """So many ids of one network, by another key than that of the others."""
    return [visit(policy, DAILY_ID=id_of(str(number), key), **_AT_HOME | more) for number in range(count)]


def _answers(policy: Policy, *by: str, **more: Any) -> list[Answer]:
    """One question, asked of lines, of compacted segments and of day sums."""
    answers = [asked(policy, *by, **more)]
    compact(policy.log.directory, NOW)
    answers.append(asked(policy, *by, **more))
    assert remember(policy, policy.log.directory, NOW).failed == []
    return [*answers, asked(policy, *by, **more)]


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
    assert (row.visits, row.visitors) == (40, 20)


def _changed_over(policy: Policy, networks: list[str], *, ids: bool) -> list[Record]:
    """Visits of the morning, one of each network, and of the afternoon, when all of them may identify somebody."""
    records = []
    for number, network in enumerate(networks):
        own = {"DAILY_ID": id_of(str(number))} if ids else {}
        records.append(visit(policy, None, **_AT_HOME | own | {"CLIENT_NETWORK": network}))
        less = {"CLIENT_NETWORK": coarser(network), "MAY_IDENTIFY": True, "hour": 15}
        records.append(visit(policy, None, **_AT_HOME | less))
    return records


def _networks(address: str) -> list[str]:
    packed = [pack(address.format(number)) for number in range(16, 26)]
    return [network_of(each) for each in packed if each]


@pytest.mark.parametrize("by", ["entity", "page", "hour", "kind"])
@pytest.mark.parametrize("ids", [True, False])
@pytest.mark.parametrize("address", ["198.{}.100.7", "2001:{}:1::7", "{}::7", "2002:c6{}:6407::7"])
def test_a_database_that_changes_at_noon_makes_nobody_two(policy: Policy, address: str, ids: bool, by: str) -> None:
    """Ten addresses, whose networks may identify somebody from noon on: with ids, or finer networks, until then."""
    write(policy.log.directory, _changed_over(policy, _networks(address), ids=ids))
    for k in (20, 10):
        for answer in _answers(policy, by, k=k):
            assert [row.visitors for row in answer.rows] == [10] * (k == 10)


def test_those_who_may_be_identified_count_by_the_network_around_which_holds_nobody_else(policy: Policy) -> None:
    around: dict[str, Any] = {"organisation": None, "MAY_IDENTIFY": True, "CLIENT_NETWORK": None}
    apart = [around | {"CLIENT_NETWORK": f"203.{number}.0.0/16"} for number in range(10)]
    within = [around | {"CLIENT_NETWORK": "198.51.0.0/16"}] * 5
    write(policy.log.directory, _ids(policy, 20) + [visit(policy, **_AT_HOME | each) for each in [*apart, *within]])
    for answer in _answers(policy, "entity"):
        assert rows(answer) == {("aurora-com",): (35, 30)}


@pytest.mark.parametrize("elsewhere", [{"entity": "aurora-de"}, {"day": _LAST_WEEK - timedelta(1)}], ids=str)
def test_those_who_may_be_identified_count_beside_others_of_another_day_or_company(
    policy: Policy, elsewhere: dict[str, Any]
) -> None:
    networks = _networks("198.{}.100.7")
    less = [{"CLIENT_NETWORK": coarser(network), "MAY_IDENTIFY": True} | elsewhere for network in networks]
    here = [{"CLIENT_NETWORK": network} for network in networks]
    write(policy.log.directory, [visit(policy, None, **_AT_HOME | each) for each in here + less])
    for answer in _answers(policy, "entity", "day"):
        assert [row.visitors for row in answer.rows] == [10, 10]


@pytest.mark.parametrize("lacking", [f.ENTITY, f.TIMESTAMP, f.CLIENT_NETWORK, f.MAY_IDENTIFY])
@pytest.mark.parametrize("by", ["organisation", "entity", "hour", "day"])
def test_a_record_that_lacks_something_breaks_no_report_of_its_day(policy: Policy, lacking: str, by: str) -> None:
    whole = _ids(policy, 20)
    write(policy.log.directory, whole)
    book = Writer(policy.log.directory)
    assert book.put(encode({name: told for name, told in whole[0].items() if name != lacking}), Shelf.of(whole[0]))
    book.close()
    for answer in _answers(policy, by):
        assert {row.visitors for row in answer.rows} == {20}
