"""An adversary who asks differenced questions over small books, and tries to recover a row that is not shown."""

import random
from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from frontdesk.analytics import Accounts, Answer, ask
from frontdesk.analytics.threshold import OTHERS
from frontdesk.policy import EXAMPLE, Policy, load
from frontdesk.policy.model import Log
from frontdesk.systemdata.ipcrypt import KEY_BYTES
from frontdesk.systemdata.tags import Record

from .books import NOW, TODAY, asked, crowd, question, rows, visit, write

# Many books are made and asked; on a busy machine that takes a while.
pytestmark = pytest.mark.timeout(900)

_K = 10
_BOOKS = 18
_YESTERDAY = TODAY - timedelta(1)
_LONG_AGO = TODAY - timedelta(7)


def _policy(folder: Path, number: int) -> Policy:
    """A policy whose book rounds by a key that is the same in each run."""
    keys = folder / "keys" / "reports"
    keys.mkdir(parents=True, mode=0o700)
    (folder / "keys").chmod(0o700)
    (keys / "rounding.key").touch(0o600)
    (keys / "rounding.key").write_bytes(random.Random(number).randbytes(KEY_BYTES))
    return replace(load(EXAMPLE), log=Log(directory=folder))


def _figure(answer: Answer, *key: str) -> int:
    return rows(answer).get(key, (0, 0))[1]


def _differences(policy: Policy, draw: random.Random, hidden: int) -> Iterator[int]:
    """What somebody would take the hidden row of each attack for, after asking twice."""
    large = draw.randint(30, 60)
    records: list[Record] = []
    # Example of Germany comes to one company by few, Large by many, so that others hide nobody else.
    records += crowd(policy, large, "Large")
    records += crowd(policy, large, "Second", country="FR")
    records += crowd(policy, hidden, "Example", entity="aurora-de")
    records += crowd(policy, large, "Third", day=_YESTERDAY)
    records += crowd(policy, hidden, "Fourth", day=_LONG_AGO)
    write(policy.log.directory, records)
    # With the filter and without it.
    everybody = asked(policy, "country", days=1)
    without = asked(policy, "country", days=1, where={"organisation": ["large", "second"]})
    yield _figure(everybody, "DE") - _figure(without, "DE")
    # A window that is longer by the day of the few.
    yield _total(asked(policy, "country", days=8)) - _total(asked(policy, "country", days=7))
    # A cross table and its margin.
    cross = asked(policy, "country", "entity", days=1)
    yield _figure(everybody, "DE") - sum(count for key, (_, count) in rows(cross).items() if key[0] == "DE")
    # A total beside the rows of it.
    by_entity = asked(policy, "entity", days=1)
    yield (by_entity.summary.visitors or 0) - _figure(by_entity, "aurora-com")


def _total(answer: Answer) -> int:
    return sum(row.visitors for row in answer.rows)


def test_adversary_recovers_a_hidden_row_no_more_often_than_by_guessing(tmp_path: Path) -> None:
    tries: defaultdict[int, list[bool]] = defaultdict(list)
    for number in range(_BOOKS):
        draw = random.Random(number)
        hidden = 1 + number % (_K - 1)
        for attack, taken in enumerate(_differences(_policy(tmp_path / f"{number}", number), draw, hidden)):
            tries[attack].append(taken == hidden)
    hits = [hit for attack in tries.values() for hit in attack]
    assert len(tries) == 4
    assert sum(hits) / len(hits) <= 1 / (_K - 1)


@pytest.mark.parametrize("hidden", [0, 1, 4, 9])
def test_adversary_cannot_tell_few_from_none_by_name(policy: Policy, hidden: int) -> None:
    """The same answer, whether a company that is asked for by name came with a few or not at all."""
    write(policy.log.directory, crowd(policy, 20, "Large") + crowd(policy, hidden, "Example"))
    answer = asked(policy, "organisation", where={"organisation": "example"})
    assert answer.rows == ()
    assert answer.withheld == (0, 0)
    assert (answer.summary.visits, answer.summary.visitors, answer.summary.unnamed) == (None, None, {})
    beside = asked(policy, "organisation", where={"organisation": ["example", "large"]})
    assert [row.key for row in beside.rows] == [("large",)]
    assert beside.withheld == (0, 0)


# By its network too, so that visits themselves are counted.
_ACCOUNTS = Accounts({"large": "A-1", "example": "A-2"}, {ip_network("192.0.2.0/24"): "A-3"})


def _of(policy: Policy, *by: str, **where: list[str]) -> Answer:
    """The answer to a question with such filters, without the question."""
    question_ = question(*by, where=where, days=2)
    accounts = _ACCOUNTS if "account" in where else None
    answer = ask(policy, question_, now=NOW, accounts=accounts, witness=lambda _: None)
    return answer._replace(question=question(*by, days=2))


@pytest.mark.parametrize("hidden", [0, 1, 4, 9])
@pytest.mark.parametrize(
    ("name", "large", "few", "nobody"),
    [("organisation", "large", "example", "nobody"), ("account", "A-1", "A-2", "A-3")],
)
def test_adversary_learns_nothing_by_naming_few_beside_others(
    name: str, large: str, few: str, nobody: str, hidden: int, policy: Policy
) -> None:
    """The few come from another country, at another hour and to another page, each of them six times."""
    elsewhere = crowd(policy, hidden, "Example", country="FR", hour=14, page="/jobs") * 6
    write(policy.log.directory, crowd(policy, 30, "Large") + elsewhere)
    for by in (name, "country", "hour", "page"):
        alone = _of(policy, by, **{name: [large]})
        assert len(alone.rows) == 1
        assert _of(policy, by, **{name: [few, large]}) == alone
        assert _of(policy, by, **{name: [few, nobody]}).rows == ()


def test_adversary_learns_nothing_by_naming_two_who_are_few_together_only(policy: Policy) -> None:
    write(policy.log.directory, crowd(policy, 9, "Example") + crowd(policy, 9, "Another"))
    answer = _of(policy, "country", organisation=["example", "another"])
    assert answer.rows == ()
    assert (answer.summary.visits, answer.summary.visitors, answer.withheld) == (None, None, (0, 0))


def test_adversary_learns_nothing_by_filters_under_which_others_become_few(policy: Policy) -> None:
    """Example reaches ten only by its one visitor from France, who is too few for France to be a value."""
    example = crowd(policy, 9, "Example") + [visit(policy, "Example", "boss", country="FR") for _ in range(60)]
    write(policy.log.directory, crowd(policy, 30, "Large") + example)
    alone = _of(policy, "page", organisation=["large"], country=["DE"])
    assert _of(policy, "page", organisation=["large", "example"], country=["DE", "FR"]) == alone
    assert _of(policy, "page", country=["DE", "FR"], organisation=["large", "example"]) == alone


@pytest.mark.parametrize("before", [0, 1, 9])
def test_adversary_learns_nothing_of_the_period_before_by_naming_few_of_then_beside_others(
    policy: Policy, before: int
) -> None:
    earlier = crowd(policy, 20, "Large", day=_LONG_AGO) + crowd(policy, before, "Example", day=_LONG_AGO) * 6
    write(policy.log.directory, crowd(policy, 20, "Large") + crowd(policy, 20, "Example") + earlier)
    (row,) = asked(policy, "country", days=5, where={"organisation": ["large", "example"]}).rows
    assert (row.visits, row.before) == (40, None)


def test_adversary_learns_nothing_of_a_person_whose_name_was_recorded_beside_others(policy: Policy) -> None:
    person = crowd(policy, 20, "Herr Hans Schmidt", page="/jobs")
    write(policy.log.directory, crowd(policy, 30, "Large") + person)
    alone = _of(policy, "page", organisation=["large"])
    assert _of(policy, "page", organisation=["large", "herr hans schmidt"]) == alone


def test_a_filter_of_several_values_keeps_all_that_are_enough(policy: Policy) -> None:
    earlier = crowd(policy, 20, "Large", day=_LONG_AGO) + crowd(policy, 20, "Second", day=_LONG_AGO)
    write(policy.log.directory, crowd(policy, 30, "Large") + crowd(policy, 20, "Second") + earlier)
    answer = asked(policy, "country", days=5, where={"organisation": ["large", "second", "nobody"]})
    assert [(row.key, row.visits, row.before) for row in answer.rows] == [(("DE",), 50, 40)]
    assert answer.question.where == (("organisation", ("large", "second", "nobody")),)


@pytest.mark.parametrize("before", [0, 1, 9])
def test_adversary_learns_nothing_of_the_period_before_from_a_trend(policy: Policy, before: int) -> None:
    earlier = crowd(policy, before, "Large", day=_YESTERDAY)
    write(policy.log.directory, crowd(policy, 20, "Large") + crowd(policy, 20, "Second") + earlier)
    answer = asked(policy, "organisation", days=1)
    assert {row.key: (row.before, row.trend) for row in answer.rows} == {
        ("large",): (None, None),
        ("second",): (None, None),
    }


def _unnamed(policy: Policy, reason: str, count: int, visits: int = 1) -> list[Record]:
    """So many visitors of whom nobody is named, with so many visits each."""
    return [
        visit(policy, None, f"{reason} {number}", ORGANISATION_REASON=reason)
        for number in range(count)
        for _ in range(visits)
    ]


def test_adversary_finds_no_hidden_reason_beside_those_that_are_told(policy: Policy) -> None:
    """One person of a reason of their own, with sixty visits: what is left of all visits is never theirs alone."""
    records = crowd(policy, 30, "Large") + _unnamed(policy, "person", 1, visits=60)
    write(policy.log.directory, records + _unnamed(policy, "access_network", 50) + _unnamed(policy, "unknown", 20))
    assert rows(asked(policy, "reason")).keys() == {("access_network",), (OTHERS,)}
    assert asked(policy, "reason").summary.unnamed == {}, "its rows tell it"
    for by in ("organisation", "country", "day"):
        assert asked(policy, by).summary.unnamed == {"access_network": 50}


def test_adversary_finds_no_few_who_are_named_beside_the_reasons_of_all_others(policy: Policy) -> None:
    boss = [visit(policy, "Example", "boss") for _ in range(60)]
    write(policy.log.directory, boss + _unnamed(policy, "access_network", 50) + _unnamed(policy, "unknown", 20))
    assert asked(policy, "country").summary.unnamed == {"access_network": 50}
    write(policy.log.directory, crowd(policy, 30, "Large"))
    assert asked(policy, "country").summary.unnamed == {"access_network": 50, "unknown": 20}


def _interval(answer: Answer, hidden: list[int], joined: bool) -> tuple[int, int]:
    """What one hidden row may be, for somebody who knows how many there are, and that each has 1 to k - 1."""
    figure = _figure(answer, OTHERS)
    others = len(hidden) - 1
    most_of_others = 10**6 if joined else others * (_K - 1)
    return max(1, figure - 4 - most_of_others), min(_K - 1, figure + 4 - others - (_K if joined else 0))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from("ABCDEFG"), st.integers(1, 24), min_size=2), st.integers(0, 1 << 30))
def test_adversary_solves_for_no_hidden_row_of_one_answer(
    tmp_path_factory: pytest.TempPathFactory, visitors: dict[str, int], number: int
) -> None:
    """No row below k is shown, and every hidden row may still be one of five counts at least."""
    policy = _policy(tmp_path_factory.mktemp("book"), number)
    records = [record for name, count in visitors.items() for record in crowd(policy, count, name)]
    write(policy.log.directory, records)
    answer = asked(policy, "organisation", days=1)
    shown = {key[0] for key in rows(answer)} - {OTHERS}
    assert all(visitors[name.upper()] >= _K for name in shown)
    hidden = [count for name, count in visitors.items() if name.lower() not in shown]
    few = [count for count in hidden if count < _K]
    if answer.rows and few:
        assert len(hidden) >= 2
        least, most = _interval(answer, few, joined=len(few) < len(hidden))
        assert most - least >= 4
