"""Shapes: who is there at which moment."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontdesk.loadtests.load.shapes import SHAPES, users_at


@pytest.mark.parametrize(
    ("shape", "passed", "expected"),
    [
        ("steady", 0, 100),
        ("steady", 99.9, 100),
        ("ramp", 0, 10),
        ("ramp", 10, 20),
        ("ramp", 55, 60),
        ("ramp", 99.9, 100),
        ("spike", 0, 10),
        ("spike", 39.9, 10),
        ("spike", 40, 100),
        ("spike", 59.9, 100),
        ("spike", 60, 10),
        ("soak", 0, 1),
        ("soak", 5, 50),
        ("soak", 10, 100),
        ("soak", 99.9, 100),
        ("steady", 100, None),
        ("ramp", 100, None),
        ("spike", 1000, None),
    ],
)
def test_users_at_a_moment_of_a_hundred_seconds(shape: str, passed: float, expected: int | None) -> None:
    assert users_at(shape, passed, 100, 100) == expected


@given(
    shape=st.sampled_from(sorted(SHAPES)),
    passed=st.floats(0, 1e5),
    users=st.integers(1, 20_000),
    seconds=st.floats(1, 86_400),
)
def test_users_are_never_none_nor_more_than_all_before_the_end(
    shape: str, passed: float, users: int, seconds: float
) -> None:
    found = users_at(shape, passed, users, seconds)
    assert (found is None) == (passed >= seconds)
    assert found is None or 1 <= found <= users
