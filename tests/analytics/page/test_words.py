"""Figures as a person reads them."""

from datetime import date

import pytest

from frontdesk.analytics.page import words
from frontdesk.analytics.page.country_names import COUNTRY_NAMES
from frontdesk.policy.countries import COUNTRIES


@pytest.mark.parametrize(
    ("value", "shown"), [(None, "–"), (0, "0"), (999, "999"), (1234, "1\u202f234"), (1234567, "1\u202f234\u202f567")]
)
def test_numbers_have_their_thousands_apart(value: int | None, shown: str) -> None:
    assert words.number(value) == shown


@pytest.mark.parametrize(
    ("part", "whole", "shown"),
    [
        (None, 5, "–"),
        (1, None, "–"),
        (1, 0, "–"),
        (0, 5, "0\u202f%"),
        (1, 4, "25\u202f%"),
        (1, 1000, "under 1\u202f%"),
    ],
)
def test_shares_are_whole_per_cent(part: int | None, whole: int | None, shown: str) -> None:
    assert words.share(part, whole) == shown


@pytest.mark.parametrize(
    ("now", "before", "shown"),
    [
        (None, 1, "–"),
        (1, None, "–"),
        (0, 0, "–"),
        (5, 0, "new"),
        (5, 5, "the same"),
        (1001, 1000, "the same"),
        (15, 10, "+50\u202f%"),
        (5, 10, "−50\u202f%"),
        (0, 10, "−100\u202f%"),
    ],
)
def test_changes_say_which_way(now: int | None, before: int | None, shown: str) -> None:
    assert words.change(now, before) == shown


def test_every_country_has_a_name() -> None:
    assert set(COUNTRY_NAMES) == COUNTRIES
    assert (words.country("DE"), words.country("ZZ"), words.country(None)) == ("Germany", "ZZ", "not known")


def test_days_are_written_out() -> None:
    assert words.day(date(2026, 11, 5)) == words.day("2026-11-05T10:00:00Z") == "5\u00a0Nov\u00a02026"
    assert words.day(None) == "–"
