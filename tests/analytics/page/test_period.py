"""Periods: what stands in a page's address, and which days that is."""

from datetime import date

import pytest

from frontdesk.analytics.page.errors import PageError
from frontdesk.analytics.page.period import Period, months

TODAY = date(2026, 11, 25)


@pytest.mark.parametrize(
    ("name", "first", "last", "words", "span"),
    [
        ("7d", date(2026, 11, 19), TODAY, "Last 7 days", "19 November – 25 November 2026"),
        ("30d", date(2026, 10, 27), TODAY, "Last 30 days", "27 October – 25 November 2026"),
        ("90d", date(2026, 8, 28), TODAY, "Last 90 days", "28 August – 25 November 2026"),
        ("2026-11", date(2026, 11, 1), TODAY, "November 2026", "1 November – 25 November 2026"),
        ("2026-10", date(2026, 10, 1), date(2026, 10, 31), "October 2026", "1 October – 31 October 2026"),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29), "February 2024", "1 February – 29 February 2024"),
    ],
)
def test_a_period_is_whole_days(name: str, first: date, last: date, words: str, span: str) -> None:
    period = Period.read(name, TODAY)
    assert (period.first, period.last, period.words, period.span) == (first, last, words, span)
    assert (period.days[0], period.days[-1]) == (first, last)


def test_a_span_over_the_turn_of_the_year_names_both() -> None:
    assert Period.read("30d", date(2027, 1, 5)).span == "7 December 2026 – 5 January 2027"


@pytest.mark.parametrize("name", ["", "8d", "30D", "2026-12", "2026-13", "2026-1", "1999-01", "30d ", "٣٠d", "9" * 99])
def test_any_other_period_is_refused_in_words(name: str) -> None:
    with pytest.raises(PageError) as refused:
        Period.read(name, TODAY)
    assert refused.value.status == 400


def test_months_go_back_from_this_one() -> None:
    assert [month.name for month in months(date(2026, 2, 3), 4)] == ["2026-02", "2026-01", "2025-12", "2025-11"]
