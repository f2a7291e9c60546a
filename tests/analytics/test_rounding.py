"""Fixed random rounding: the same figure for the same visitors, right on average, and never exact."""

from hypothesis import given
from hypothesis import strategies as st

from frontdesk.analytics.rounding import many, pair, rounded

_KEY = bytes(range(16))
_CROWDS = st.integers(0, (1 << 64) - 1)


@given(st.integers(0, 10_000), _CROWDS)
def test_rounding_goes_to_a_neighbouring_multiple_of_five_always_the_same(count: int, crowd: int) -> None:
    figure = rounded(count, crowd, "visits", _KEY)
    assert figure % 5 == 0
    assert abs(figure - count) < 5
    assert figure == rounded(count, crowd, "visits", _KEY)


def test_rounding_is_right_on_average() -> None:
    for rest in range(5):
        up = sum(rounded(10 + rest, crowd, "visits", _KEY) == 15 for crowd in range(4000))
        assert abs(up / 4000 - rest / 5) < 0.04


def test_rounding_of_other_visitors_another_metric_or_another_book_is_another_draw() -> None:
    figures = [rounded(12, crowd, "visits", _KEY) for crowd in range(200)]
    assert figures != [rounded(12, crowd, "visitors", _KEY) for crowd in range(200)]
    assert figures != [rounded(12, crowd, "visits", bytes(16)) for crowd in range(200)]
    assert len(set(figures)) == 2


@given(st.integers(1, 500), st.integers(0, 500), _CROWDS)
def test_rounding_shows_no_visitor_without_a_visit(visitors: int, more: int, crowd: int) -> None:
    visits, people = pair(visitors + more, visitors, crowd, _KEY)
    assert visits >= people


@given(st.integers(5, 20), st.integers(2, 12), st.data(), _CROWDS)
def test_rounding_of_hidden_rows_leaves_each_five_values_or_all(
    k: int, rows: int, data: st.DataObject, crowd: int
) -> None:
    """Whoever knows how many rows a figure stands for, each of 1 to k - 1, still does not know any of them."""
    counts = data.draw(st.lists(st.integers(1, k - 1), min_size=rows, max_size=rows))
    figure = pair(sum(counts), sum(counts), crowd, _KEY, (rows, rows * (k - 1)))[1]
    least, most = max(figure - 4, rows), min(figure + 4, rows * (k - 1))
    assert least <= sum(counts) <= most
    lowest, highest = max(1, least - (rows - 1) * (k - 1)), min(k - 1, most - (rows - 1))
    assert highest - lowest >= min(4, k - 2)


def test_rounding_tells_of_hidden_rows_only_from_k_on() -> None:
    assert [many(rows, 10) for rows in (0, 1, 9, 10, 14, 15, 59)] == [0, 0, 0, 10, 10, 15, 55]
