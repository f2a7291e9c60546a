"""Charts: where everything stands, and that what is withheld is never drawn as nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontdesk.analytics.page.chart import HEIGHT, Point, bars, ceiling, shares, spark


@pytest.mark.parametrize(
    ("most", "top"),
    [
        (0, 1),
        (1, 1),
        (2, 2),
        (3, 3),
        (230, 300),
        (5, 5),
        (7, 8),
        (9, 10),
        (10, 10),
        (11, 20),
        (41, 50),
        (399, 400),
        (801, 1000),
    ],
)
def test_the_topmost_line_is_a_round_number(most: int, top: int) -> None:
    assert ceiling(most) == top


@given(st.integers(min_value=1, max_value=10**9))
def test_no_bar_is_higher_than_the_topmost_line(most: int) -> None:
    assert most <= ceiling(most) <= 10 * most


@given(st.lists(st.one_of(st.none(), st.integers(min_value=0, max_value=10**6)), max_size=120))
def test_every_bar_stands_on_the_floor_inside_of_the_drawing(values: list[int | None]) -> None:
    chart = bars([Point(str(number), value) for number, value in enumerate(values)])
    assert len(chart.bars) == len(values)
    assert chart.withheld == values.count(None)
    for bar in chart.bars:
        assert bar.y + bar.height == pytest.approx(chart.floor, abs=0.2)
        assert 0 <= bar.height <= HEIGHT
        assert 0 <= float(bar.x[:-1]) <= float(bar.x[:-1]) + float(bar.width[:-1]) <= 100.01


def test_what_is_withheld_is_a_bar_of_its_own_and_no_value() -> None:
    chart = bars([Point("Mon", 10), Point("Tue", None), Point("Wed", 0)])
    assert [bar.point.value for bar in chart.bars] == [10, None, 0]
    assert chart.bars[1].height > chart.bars[2].height == 0


@pytest.mark.parametrize("count", [1, 2, 7, 12, 30, 31, 90])
def test_there_are_few_words_below_the_bars(count: int) -> None:
    marks = bars([Point(str(number), 1) for number in range(count)]).marks
    assert marks[0].label == "0"
    assert 1 <= len(marks) <= 7
    assert not marks[0].minor


def test_lines_are_left_out_where_there_is_nothing() -> None:
    assert bars([]).lines == bars([Point("Mon", 0)]).lines == []


@pytest.mark.parametrize(
    ("values", "flat"), [([], True), ([3], True), ([0, 0], True), ([0, 1], False), ([5, 5], False)]
)
def test_a_line_that_says_nothing_is_flat(values: list[int], flat: bool) -> None:
    assert spark(values).flat is flat


def test_the_highest_value_of_a_line_is_at_its_top() -> None:
    assert spark([0, 5, 10]).line == "0,22 50,12 100,2"


@given(st.lists(st.integers(min_value=0, max_value=10**6), min_size=1, max_size=6))
def test_shares_lie_side_by_side_and_fill_the_whole(values: list[int]) -> None:
    parts = shares([(str(value), value) for value in values])
    if sum(values):
        assert sum(part.share for part in parts) == pytest.approx(100)
    else:
        assert all(part.share == 0 for part in parts)
