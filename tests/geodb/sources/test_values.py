"""The checks of values that columns and keys hold."""

import pytest

from frontdesk.geodb.ranges import number
from frontdesk.geodb.sources import values


@pytest.mark.parametrize(
    ("first", "last", "length"),
    [
        ("5.0.0.0", "5.0.0.255", 24),
        ("5.0.0.0", "5.0.0.254", 25),  # no whole /24 has room in it
        ("5.0.0.0", "5.0.1.255", 23),
        ("5.0.0.0", "5.0.2.255", 23),
        ("5.0.0.7", "5.0.0.7", 32),
        ("0.0.0.0", "255.255.255.255", 0),
        ("2a00::", "2a00::ffff:ffff:ffff:ffff", 64),
        ("2a00::", "2a00::", 128),
    ],
)
def test_prefix_length_is_that_of_the_largest_network_with_room(first: str, last: str, length: int) -> None:
    assert values.prefix_length(number(first), number(last)) == length


@pytest.mark.parametrize("value", [True, 1, "true", "True", "1", " true "])
def test_flag_is_true(value: object) -> None:
    assert values.flag(value)


@pytest.mark.parametrize("value", [False, 0, None, "", "false", "0"])
def test_flag_is_false(value: object) -> None:
    assert not values.flag(value)


@pytest.mark.parametrize("value", ["yes", 2, [1], {"a": 1}])
def test_flag_is_neither(value: object) -> None:
    with pytest.raises(ValueError, match="is neither true nor false"):
        values.flag(value)
