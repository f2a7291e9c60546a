"""One person who comes day after day is not enough visitors: not for a row, and not for what stands in it."""

from datetime import timedelta
from typing import Any

import pytest

from frontdesk.policy import Policy

from .books import NOW, TODAY, asked, crowd, visit, write
from .test_sums import summed

_BEFORE = TODAY - timedelta(40)


@pytest.fixture(params=["visits", "day sums"])
def book(policy: Policy, request: pytest.FixtureRequest) -> Policy:
    """Twelve visitors of an organisation on one day; and one person, at another company, on 28 days before."""
    write(policy.log.directory, crowd(policy, 12, "Example", day=TODAY - timedelta(3)))
    again = [
        visit(policy, "Example", "one person", day=_BEFORE + timedelta(day), entity="aurora-de", page="/elsewhere")
        for day in range(28)
    ]
    write(policy.log.directory, again)
    if request.param == "day sums":
        assert summed(policy, NOW) == 29
    return policy


@pytest.mark.parametrize("by", [("organisation",), ("kind",), ("organisation", "kind")])
def test_one_person_day_after_day_tells_of_no_page_no_company_and_no_day(by: tuple[str, ...], book: Policy) -> None:
    (row,) = asked(book, *by, days=60).rows
    assert row.pages == 1
    assert (row.first, row.last) == (None, f"{TODAY - timedelta(3)}")
    if row.organisation:
        assert row.organisation.entities == ("aurora-com",)


def test_two_persons_on_one_day_do(book: Policy) -> None:
    write(
        book.log.directory,
        [visit(book, "Example", "another", day=_BEFORE, entity="aurora-de", page="/elsewhere")],
    )
    (row,) = asked(book, "organisation", days=60).rows
    assert row.pages == 2
    assert row.first == f"{_BEFORE:%Y-%m}"
    assert row.organisation is not None
    assert row.organisation.entities == ("aurora-com", "aurora-de")


@pytest.mark.parametrize("told", [{"country": "FR"}, {"SYNTHETIC": "bot"}])
def test_two_of_different_values_of_a_filter_or_one_of_them_a_machine_are_not_two_on_a_page(
    told: dict[str, Any], policy: Policy
) -> None:
    write(policy.log.directory, crowd(policy, 12, day=TODAY - timedelta(3)))
    for ago in range(3, 6):
        alike: dict[str, Any] = {"day": TODAY - timedelta(ago), "page": "/seen"}
        write(policy.log.directory, [visit(policy, visitor=1, **alike), visit(policy, visitor=2, **alike | told)])
    where = {"country": ["DE", "FR"]}
    plain = asked(policy, "organisation", where=where, bots=True)
    assert [row.pages for row in plain.rows] == [1]
    assert summed(policy, NOW) == 3
    assert asked(policy, "organisation", where=where, bots=True) == plain
