"""Which rows are shown, which are told together, which are left out."""

from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontdesk.analytics.threshold import AT_ONCE, OTHERS, WHOLE, Cell, Key, labels

_K = 10


def _cells(visitors: dict[str, int]) -> list[Cell]:
    """Cells by `a` or `a b`, whose visitors came on one day."""
    return [Cell(tuple(key.split(" ")), count, count) for key, count in visitors.items()]


def _told(visitors: dict[str, int], time: str | None = None) -> dict[str, str | None]:
    found = labels(_cells(visitors), _K, time)
    return {key: None if (to := found.of.get(tuple(key.split(" ")))) is None else " ".join(to) for key in visitors}


@pytest.mark.parametrize(
    ("visitors", "expected"),
    [
        ({"a": 10, "b": 20}, {"a": "a", "b": "b"}),
        ({"a": 10, "b": 9}, {"a": OTHERS, "b": OTHERS}),
        ({"a": 30, "b": 20, "c": 9}, {"a": "a", "b": OTHERS, "c": OTHERS}),  # one hidden row takes the smallest in
        ({"a": 30, "b": 20, "c": 4, "d": 5}, {"a": "a", "b": OTHERS, "c": OTHERS, "d": OTHERS}),
        ({"a": 30, "b": 20, "c": 5, "d": 5}, {"a": "a", "b": "b", "c": OTHERS, "d": OTHERS}),
        ({"a": 5, "b": 6}, {"a": OTHERS, "b": OTHERS}),
        ({"a": 4, "b": 5}, {"a": None, "b": None}),
        ({"a": 9}, {"a": None}),
        ({}, {}),
    ],
)
def test_threshold_of_one_dimension(visitors: dict[str, int], expected: dict[str, str | None]) -> None:
    assert _told(visitors) == expected


@pytest.mark.parametrize(
    ("visitors", "expected"),
    [
        ({"a x": 30, "a y": 6, "a z": 6}, {"a x": "a x", "a y": f"a {OTHERS}", "a z": f"a {OTHERS}"}),
        (
            {"a x": 30, "a y": 6, "b x": 20, "b y": 7},
            {"a x": "a x", "a y": f"{OTHERS} {OTHERS}", "b x": "b x", "b y": f"{OTHERS} {OTHERS}"},
        ),
        ({"a x": 30, "a y": 3, "b x": 20}, {"a x": "a x", "a y": f"{OTHERS} {OTHERS}", "b x": f"{OTHERS} {OTHERS}"}),
    ],
)
def test_threshold_of_two_dimensions(visitors: dict[str, int], expected: dict[str, str]) -> None:
    assert _told(visitors) == expected


@pytest.mark.parametrize(
    ("time", "visitors", "expected"),
    [
        (
            "day",
            {"2026-11-02": 12, "2026-11-03": 5, "2026-11-04": 5},
            {"2026-11-02": "2026-11-02", "2026-11-03": "2026-11", "2026-11-04": "2026-11"},
        ),
        (
            "day",
            {"2026-11-02": 12, "2026-10-03": 5, "2026-11-04": 5},
            {"2026-11-02": "2026-11-02", "2026-10-03": WHOLE, "2026-11-04": WHOLE},
        ),
        (
            "day",
            {"2026-11-02": 12, "2026-11-03": 15, "2026-11-04": 5},
            {"2026-11-02": WHOLE, "2026-11-03": "2026-11-03", "2026-11-04": WHOLE},
        ),
        # Whoever comes at two hours is one visitor: a day has as many as its largest hour.
        ("hour", {"2026-11-02T09": 6, "2026-11-02T10": 6}, {"2026-11-02T09": None, "2026-11-02T10": None}),
        (
            "hour",
            {"2026-11-02T09": 6, "2026-11-02T10": 6, "2026-11-03T10": 6},
            {"2026-11-02T09": "2026-11", "2026-11-02T10": "2026-11", "2026-11-03T10": "2026-11"},
        ),
    ],
)
def test_threshold_of_time(time: str, visitors: dict[str, int], expected: dict[str, str | None]) -> None:
    assert _told(visitors, time) == expected


def test_threshold_a_row_is_never_one_person_who_comes_each_day() -> None:
    assert labels([Cell(("a",), 30, 1), Cell(("b",), 30, 2)], _K).of == {("a",): (OTHERS,), ("b",): (OTHERS,)}
    assert labels([Cell(("a",), 30, 1)], _K).of == {}
    days = [Cell((f"2026-11-{day:02}",), 1, 1) for day in range(1, 31)]
    assert labels(days, _K, "day").of == {}


def test_threshold_what_was_asked_for_in_vain_looks_like_a_few() -> None:
    large = [Cell(("a",), 30, 30), Cell(("b",), 20, 20)]
    few = labels([*large, Cell(("c",), 3, 3)], _K).of
    none = labels(large, _K, missed=[("c",)]).of
    assert {few["a",], few["b",]} == {none["a",], none["b",]} == {("a",), (OTHERS,)}


_NAMES = st.sampled_from("abcde")
_DAYS = st.sampled_from([f"2026-{month}-{day:02}" for month in (10, 11) for day in (1, 2, 3)])
_COUNTS = st.integers(1, 25)


def _check(visitors: dict[Key, int], time: str | None) -> None:
    cells = [Cell(key, count, count) for key, count in visitors.items()]
    found = labels(cells, _K, time)
    members: defaultdict[Key, list[Key]] = defaultdict(list)
    for cell, told in found.of.items():
        members[told].append(cell)
    for told, held in members.items():
        assert sum(visitors[key] for key in held) >= _K  # no row below k
        assert max(visitors[key] for key in held) >= AT_ONCE
        if told not in visitors:
            assert len(held) >= 2  # a row that stands for others never stands for one
    left_out = visitors.keys() - found.of.keys()
    assert found.left_out == len(left_out)
    assert not left_out or not members  # beside rows that are shown nothing is left out
    assert found.together == sum(told != cell for cell, told in found.of.items())


@given(st.dictionaries(st.tuples(_NAMES), _COUNTS))
def test_threshold_holds_for_any_rows(visitors: dict[Key, int]) -> None:
    _check(visitors, None)


@given(st.dictionaries(st.tuples(_NAMES, _NAMES, _NAMES), _COUNTS, max_size=40))
def test_threshold_holds_for_any_cross_table(visitors: dict[Key, int]) -> None:
    _check(visitors, None)


@given(st.dictionaries(st.tuples(_NAMES, _DAYS), _COUNTS, max_size=30))
def test_threshold_holds_for_any_days(visitors: dict[Key, int]) -> None:
    _check(visitors, "day")


@given(st.dictionaries(st.tuples(_NAMES), _COUNTS, min_size=1), st.sampled_from("fg"))
def test_threshold_hides_whether_a_name_that_was_asked_for_has_a_few_or_none(
    visitors: dict[Key, int], name: str
) -> None:
    """What is shown of the others does not tell which of the two it is, unless the few make up others themselves."""
    cells = [Cell(key, max(count, _K), max(count, _K)) for key, count in visitors.items()]
    few = labels([*cells, Cell((name,), 3, 3)], _K).of
    none = labels(cells, _K, missed=[(name,)]).of
    assert {cell.key: few.get(cell.key) for cell in cells} == {cell.key: none.get(cell.key) for cell in cells}
