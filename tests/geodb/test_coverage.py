"""How much a database knows, and what changes when another takes its place."""

from frontdesk.geodb.coverage import Change, Coverage, changes, coverage, losses
from frontdesk.geodb.ranges import Range, number
from frontdesk.geodb.record import Holder, NetworkRecord

GERMAN = NetworkRecord("DE", None, 64_500, "University of Example", "education", "word: universit*")
FRENCH = NetworkRecord("FR", None, 64_500, "University of Example", "education", "word: universit*")
NAMELESS = NetworkRecord("DE")
HELD = NetworkRecord(
    "DE", None, 64_500, "University of Example", "business", "source: own", holder=Holder("X", "vendor", 24)
)


def spread(first: str, last: str, value: object) -> Range:
    return Range(number(first), number(last), value)


def test_coverage_counts_the_space_of_each_field() -> None:
    ranges = [
        spread("9.0.0.0", "9.0.255.255", 0),
        spread("9.1.0.0", "9.1.0.255", 1),
        spread("2a00::", "2a00:0:ff:ffff:ffff:ffff:ffff:ffff", 2),
    ]
    known = coverage(ranges, [GERMAN, NAMELESS, HELD])
    assert known.ipv4 == {"country": 257, "as_number": 256, "holder": 0}
    assert known.ipv6 == {"country": 256, "as_number": 256, "holder": 256}


def test_losses_name_what_is_known_for_much_less() -> None:
    before = Coverage({"country": 100, "as_number": 100}, {"country": 0, "as_number": 10})
    assert losses(before, before, 0.2) == []
    assert losses(before, Coverage({"country": 80, "as_number": 79}, {"country": 5, "as_number": 10}), 0.2) == [
        "as_number of IPv4 is known for 79 networks instead of 100"
    ]
    assert losses(before, Coverage({}, {}), 0.2) == [
        "country of IPv4 is known for 0 networks instead of 100",
        "as_number of IPv4 is known for 0 networks instead of 100",
        "as_number of IPv6 is known for 0 networks instead of 10",
    ]


def test_changes_tell_for_how_much_space_a_field_differs() -> None:
    before = [spread("9.0.0.0", "9.0.3.255", GERMAN), spread("9.1.0.0", "9.1.0.255", NAMELESS)]
    after = [spread("9.0.0.0", "9.0.1.255", FRENCH), spread("9.0.2.0", "9.0.3.255", GERMAN)]
    assert changes(before, after) == [
        Change("country", "DE", "FR", 2, 0),
        Change("country", "DE", "none", 1, 0),
    ]
    assert changes(after, after) == []


def test_changes_tell_organisations_and_types() -> None:
    found = changes([spread("2a00::", "2a00::ffff", GERMAN)], [spread("2a00::", "2a00::ffff", HELD)])
    assert {(change.field, change.before, change.after) for change in found} == {
        ("organisation", "none", "X"),
        ("type", "education", "business"),
    }
