"""How far an AS reaches."""

from frontdesk.geodb.extent import Extent, Placed, extents
from frontdesk.geodb.ranges import V4_END, Range


def test_an_extent_counts_addresses_and_takes_the_country_of_most() -> None:
    found = extents(
        [
            Range(0, 255, Placed(1, "DE")),
            Range(256, 1279, Placed(1, "FR")),
            Range(1280, 1289, Placed(2, None)),
            Range(V4_END, V4_END + 9, Placed(1, "US")),
            Range(V4_END + 10, V4_END + 19, Placed(3, "JP")),
        ]
    )
    assert found == {1: Extent(1280, "FR", announces_v6=True), 2: Extent(10, None, False), 3: Extent(0, "JP", True)}


def test_of_equal_countries_the_first_by_its_code_is_taken() -> None:
    ranges = [Range(0, 9, Placed(1, "US")), Range(10, 19, Placed(1, "DE"))]
    assert extents(ranges)[1].country == extents(ranges[::-1])[1].country == "DE"
