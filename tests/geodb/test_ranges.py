"""Ranges of addresses, each function held against a model that looks at one address at a time."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frontdesk.geodb.ranges import V4_END, V6_END, Range, cut, flatten, joined, number, overlay
from frontdesk.geodb.reserved import reserved

SPACE = 48  # the models look at the addresses from 0 up to this one


def spread(ranges: Iterable[Range], start: int = 0) -> list[Hashable | None]:
    """What is said of each address of the space; fails where ranges overlap or are out of order."""
    said: list[Hashable | None] = [None] * SPACE
    before = start - 1
    for first, last, value in ranges:
        assert before < first <= last < start + SPACE
        said[first - start : last + 1 - start] = [value] * (last + 1 - first)
        before = last
    return said


@st.composite
def any_ranges(draw: st.DrawFn) -> list[Range]:
    """Ranges as vendors may write them: in any order, over and within one another."""
    ends = st.integers(0, SPACE - 1)
    drawn = draw(st.lists(st.tuples(ends, ends, st.sampled_from("abc")), max_size=8))
    return [Range(min(one, other), max(one, other), value) for one, other, value in drawn]


@st.composite
def disjoint_ranges(draw: st.DrawFn, start: int = 0) -> list[Range]:
    """Ranges in order, none over another, some of them neighbours."""
    ends = sorted(draw(st.sets(st.integers(0, SPACE), max_size=12)))
    values = draw(st.lists(st.sampled_from(["a", "b", "c", None]), min_size=12, max_size=12))
    return [
        Range(start + first, start + after - 1, value)
        for first, after, value in zip(ends, ends[1:], values, strict=False)
        if value is not None
    ]


@pytest.mark.parametrize(
    ("ranges", "expected"),
    [
        ([], []),
        ([Range(3, 5, "a")], [Range(3, 5, "a")]),
        # one inside another, at its start, at its end, and two deep
        ([Range(0, 9, "a"), Range(4, 6, "b")], [Range(0, 3, "a"), Range(4, 6, "b"), Range(7, 9, "a")]),
        ([Range(0, 9, "a"), Range(0, 6, "b")], [Range(0, 6, "b"), Range(7, 9, "a")]),
        ([Range(0, 9, "a"), Range(4, 9, "b")], [Range(0, 3, "a"), Range(4, 9, "b")]),
        (
            [Range(0, 9, "a"), Range(2, 7, "b"), Range(4, 5, "c")],
            [Range(0, 1, "a"), Range(2, 3, "b"), Range(4, 5, "c"), Range(6, 7, "b"), Range(8, 9, "a")],
        ),
        # the order of the file does not matter, save between equals
        ([Range(4, 6, "b"), Range(0, 9, "a")], [Range(0, 3, "a"), Range(4, 6, "b"), Range(7, 9, "a")]),
        ([Range(0, 9, "a"), Range(0, 9, "b")], [Range(0, 9, "a")]),
        ([Range(0, 9, "b"), Range(0, 9, "a")], [Range(0, 9, "b")]),
        # neighbours stay two, even with one value
        ([Range(0, 4, "a"), Range(5, 9, "a")], [Range(0, 4, "a"), Range(5, 9, "a")]),
        # ranges that cross: the narrower one, and of equals the earlier
        ([Range(0, 5, "a"), Range(4, 6, "b")], [Range(0, 3, "a"), Range(4, 6, "b")]),
        ([Range(0, 5, "a"), Range(4, 9, "b")], [Range(0, 3, "a"), Range(4, 5, "a"), Range(6, 9, "b")]),
        # the ends of the line
        ([Range(0, V6_END - 1, "a")], [Range(0, V6_END - 1, "a")]),
        ([Range(V6_END - 1, V6_END - 1, "a")], [Range(V6_END - 1, V6_END - 1, "a")]),
    ],
)
def test_flatten_lets_the_narrowest_win(ranges: list[Range], expected: list[Range]) -> None:
    assert list(flatten(ranges)) == expected


@settings(deadline=None, max_examples=300)
@given(ranges=any_ranges())
def test_flatten_agrees_with_its_model(ranges: list[Range]) -> None:
    ordered = sorted(ranges, key=lambda item: (item.first, -item.last))

    def said_of(address: int) -> Hashable | None:
        holders = [item for item in ordered if item.first <= address <= item.last]
        narrowest = min(holders, key=lambda item: item.last - item.first, default=None)
        return narrowest.value if narrowest else None

    assert spread(flatten(ranges)) == [said_of(address) for address in range(SPACE)]


@settings(deadline=None)
@given(ranges=disjoint_ranges())
def test_flatten_leaves_disjoint_ranges_as_they_are(ranges: list[Range]) -> None:
    assert list(flatten(ranges)) == ranges


def pair(values: tuple[Hashable | None, ...]) -> str | None:
    """Both layers' values side by side; nothing where the first says `c`."""
    if values[0] == "c" or not any(values):
        return None
    return "".join(str(value or "-") for value in values)


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        ([[], []], []),
        ([[Range(0, 4, "a")], []], [Range(0, 4, "a-")]),
        ([[], [Range(0, 4, "b")]], [Range(0, 4, "-b")]),
        ([[Range(0, 4, "a")], [Range(0, 4, "b")]], [Range(0, 4, "ab")]),
        (
            [[Range(0, 6, "a")], [Range(3, 9, "b")]],
            [Range(0, 2, "a-"), Range(3, 6, "ab"), Range(7, 9, "-b")],
        ),
        ([[Range(0, 2, "a"), Range(3, 5, "b")], []], [Range(0, 2, "a-"), Range(3, 5, "b-")]),
        ([[Range(0, 2, "a"), Range(7, 9, "a")], []], [Range(0, 2, "a-"), Range(7, 9, "a-")]),
        ([[Range(0, 4, "c")], [Range(2, 6, "b")]], [Range(5, 6, "-b")]),
    ],
)
def test_overlay_combines_layers(layers: list[Iterable[Range]], expected: list[Range]) -> None:
    assert list(overlay(layers, pair)) == expected


@settings(deadline=None, max_examples=300)
@given(layers=st.lists(disjoint_ranges(), min_size=1, max_size=3))
def test_overlay_agrees_with_its_model(layers: list[list[Range]]) -> None:
    rows = [spread(layer) for layer in layers]
    expected = [pair(values) for values in zip(*rows, strict=True)]
    assert spread(overlay(list(layers), pair)) == expected


def test_overlay_asks_once_for_each_combination_of_values() -> None:
    asked: Counter[tuple[Hashable | None, ...]] = Counter()

    def combine(values: tuple[Hashable | None, ...]) -> Hashable:
        asked[values] += 1
        return values

    list(overlay([[Range(at, at, "a") for at in range(0, 20, 2)]], combine))
    assert set(asked.values()) == {1}


@settings(deadline=None)
@given(ranges=disjoint_ranges())
def test_joined_says_the_same_in_the_fewest_ranges(ranges: list[Range]) -> None:
    result = list(joined(ranges))
    assert spread(result) == spread(ranges)
    for one, other in pairwise(result):
        assert one.last + 1 < other.first or one.value != other.value


@pytest.mark.parametrize(
    ("ranges", "expected"),
    [
        ([], []),
        ([Range(0, 1, "a"), Range(2, 3, "a")], [Range(0, 3, "a")]),
        ([Range(0, 1, "a"), Range(2, 3, "b")], [Range(0, 1, "a"), Range(2, 3, "b")]),
        ([Range(0, 1, "a"), Range(3, 4, "a")], [Range(0, 1, "a"), Range(3, 4, "a")]),
        ([Range(at, at, "a") for at in range(9)], [Range(0, 8, "a")]),
    ],
)
def test_joined_makes_neighbours_one(ranges: list[Range], expected: list[Range]) -> None:
    assert list(joined(ranges)) == expected


V6 = 0x2001 << 112  # the start of a network of IPv6

# A network of 16 addresses in either family: the start of the first, and the cut that makes it.
FAMILIES = pytest.mark.parametrize(
    ("start", "cut_small"),
    [
        pytest.param(0, lambda ranges: cut(ranges, 28, 0), id="v4"),
        pytest.param(V6, lambda ranges: cut(ranges, 0, 124), id="v6"),
    ],
)
CutSmall = Callable[[Iterable[Range]], Iterable[Range]]


@pytest.mark.parametrize(
    ("ranges", "expected"),
    [
        ([], []),
        # whole networks stay
        ([Range(0, 15, "a")], [Range(0, 15, "a")]),
        ([Range(0, 47, "a")], [Range(0, 47, "a")]),
        # the most addresses win, in however many pieces
        ([Range(0, 9, "a"), Range(10, 15, "b")], [Range(0, 15, "a")]),
        ([Range(0, 5, "a"), Range(6, 15, "b")], [Range(0, 15, "b")]),
        ([Range(0, 4, "a"), Range(5, 10, "b"), Range(11, 15, "a")], [Range(0, 15, "a")]),
        # a gap counts as one that may win, and loses a tie
        ([Range(0, 6, "a")], []),
        ([Range(0, 7, "a")], [Range(0, 15, "a")]),
        ([Range(8, 15, "a")], [Range(0, 15, "a")]),
        ([Range(0, 4, "a"), Range(5, 9, "b")], []),
        ([Range(0, 5, "a"), Range(6, 9, "b")], [Range(0, 15, "a")]),
        # of two with as many, the one that comes first
        ([Range(0, 7, "a"), Range(8, 15, "b")], [Range(0, 15, "a")]),
        ([Range(0, 7, "b"), Range(8, 15, "a")], [Range(0, 15, "b")]),
        # a range over several networks: its ends are cut, its middle stays
        (
            [Range(2, 37, "a"), Range(38, 47, "b")],
            [Range(0, 15, "a"), Range(16, 31, "a"), Range(32, 47, "b")],
        ),
        ([Range(12, 35, "a")], [Range(16, 31, "a")]),
    ],
)
@FAMILIES
def test_cut_gives_a_network_to_the_most(
    ranges: list[Range], expected: list[Range], start: int, cut_small: CutSmall
) -> None:
    def moved(items: list[Range]) -> list[Range]:
        return [Range(start + first, start + last, value) for first, last, value in items]

    assert list(cut_small(moved(ranges))) == moved(expected)


@FAMILIES
@settings(deadline=None, max_examples=300)
@given(ranges=disjoint_ranges())
def test_cut_agrees_with_its_model(ranges: list[Range], start: int, cut_small: CutSmall) -> None:
    said = spread(ranges)
    expected: list[Hashable | None] = []
    for network in range(0, SPACE, 16):
        counts = Counter(said[network : network + 16])
        gap = counts.pop(None, 0)
        # `max` gives the first of equals, and a Counter keeps the order in which values came.
        value = max(counts, key=counts.__getitem__, default=None)
        expected += [value if counts[value] >= gap else None] * 16

    moved = [Range(start + first, start + last, value) for first, last, value in ranges]
    assert spread(cut_small(moved), start) == expected


@settings(deadline=None)
@given(ranges=disjoint_ranges())
def test_cut_to_single_addresses_changes_nothing(ranges: list[Range]) -> None:
    assert list(cut(ranges, 32, 128)) == ranges


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        # the first network of IPv6 lacks the addresses that are IPv4's
        (Range(V4_END, (1 << 80) - 1, "a"), [Range(V4_END, (1 << 80) - 1, "a")]),
        (Range(V4_END + 7, (1 << 80) - 1, "a"), [Range(V4_END, (1 << 80) - 1, "a")]),
        (Range(V4_END, V4_END + 7, "a"), []),
        # a range over both families is cut in each as the family is
        (
            Range(0, (3 << 80) - 1, "a"),
            [Range(0, V4_END - 1, "a"), Range(V4_END, (3 << 80) - 1, "a")],
        ),
        (Range(V4_END - 300, V4_END + 300, "a"), [Range(V4_END - 256, V4_END - 1, "a")]),
    ],
)
def test_cut_keeps_the_families_apart(item: Range, expected: list[Range]) -> None:
    assert list(cut([item], 24, 48)) == expected


def test_cut_leaves_reserved_space_whole() -> None:
    # The smallest of them are /24 and /64.
    assert list(joined(cut(reserved(), 24, 64))) == list(joined(reserved()))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0.0.0.0", 0),
        ("1.2.3.4", 0x01020304),
        ("255.255.255.255", V4_END - 1),
        ("::ffff:1.2.3.4", 0x01020304),
        ("::1:0:0", V4_END),
        ("2001::", V6),
        ("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", V6_END - 1),
    ],
)
def test_number_is_the_place_on_the_common_line(text: str, expected: int) -> None:
    assert number(text) == expected


@pytest.mark.parametrize("text", ["", "1.2.3", "1.2.3.4/32", "x", "::1", "::ffff:ffff", "::1.2.3.4"])
def test_number_refuses_what_has_no_place(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not an address|kept for IPv4"):
        number(text)
