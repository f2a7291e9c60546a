"""Sessions and pace, by a clock of the test's own."""

import pytest

from frontdesk.analytics.page.access import Who
from frontdesk.analytics.page.pace import Pace, network_of
from frontdesk.analytics.page.session import Sessions
from frontdesk.policy.analysts import Analyst

MARKETING = Who(Analyst(name="marketing", purposes=("marketing_analytics",)), "marketing")


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1_764_000_000.0

    def __call__(self) -> float:
        return self.now


def test_a_session_is_found_by_its_id_only() -> None:
    sessions = Sessions(Clock(), idle=60, whole=600)
    number = sessions.begin(MARKETING)
    assert sessions.find(number) == MARKETING
    for other in ("", number[:-1], number + "x", number.swapcase(), "é" * 500, "\ud800"):
        assert sessions.find(other) is None


def test_ids_are_long_and_never_the_same() -> None:
    sessions = Sessions(Clock(), idle=60, whole=600)
    numbers = {sessions.begin(MARKETING) for _ in range(100)}
    assert len(numbers) == 100
    assert min(map(len, numbers)) >= 43


def test_the_id_itself_is_not_kept() -> None:
    sessions = Sessions(Clock(), idle=60, whole=600)
    number = sessions.begin(MARKETING)
    assert number not in repr(vars(sessions))


def test_a_session_ends_when_it_is_idle() -> None:
    clock = Clock()
    sessions = Sessions(clock, idle=60, whole=600)
    number = sessions.begin(MARKETING)
    for _ in range(3):
        clock.now += 59
        assert sessions.find(number) == MARKETING
    clock.now += 60
    assert sessions.find(number) is None
    clock.now -= 60
    assert sessions.find(number) is None, "what is over does not come back"


def test_a_session_ends_however_busy_it_is() -> None:
    clock = Clock()
    sessions = Sessions(clock, idle=60, whole=600)
    number = sessions.begin(MARKETING)
    for _ in range(19):
        clock.now += 30
        assert sessions.find(number) == MARKETING
    clock.now += 30
    assert sessions.find(number) is None


def test_a_session_that_was_ended_is_over() -> None:
    sessions = Sessions(Clock(), idle=60, whole=600)
    number = sessions.begin(MARKETING)
    sessions.end(number)
    sessions.end(number)
    assert sessions.find(number) is None


def test_there_are_so_many_sessions_and_no_more() -> None:
    clock = Clock()
    sessions = Sessions(clock, idle=6000, whole=60000)
    first = sessions.begin(MARKETING)
    for _ in range(1200):
        clock.now += 0.001
        last = sessions.begin(MARKETING)
    assert len(sessions) == 1000
    assert sessions.find(first) is None
    assert sessions.find(last) == MARKETING


def test_pace_counts_each_source_and_all_of_them() -> None:
    clock = Clock()
    clock.now -= clock.now % 60
    pace = Pace(clock, each=3, together=5)
    for _ in range(3):
        assert pace.wait("a") == 0
        pace.count("a")
    assert pace.wait("a") == 60
    assert pace.wait("b") == 0
    for _ in range(2):
        pace.count("b")
    clock.now += 59
    assert pace.wait("c") == 1, "all together were too many"
    clock.now += 1
    assert pace.wait("a") == pace.wait("c") == 0


def test_pace_holds_so_many_sources_and_no_more() -> None:
    pace = Pace(Clock(), each=3, together=10**9)
    for number in range(10_000):
        pace.count(str(number))
    assert len(pace._counts) <= 4097
    assert pace.wait("a new one") > 0, "those beyond share what one may"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("203.0.113.4", "203.0.113.200", True),
        ("203.0.113.4", "203.0.114.4", False),
        ("::ffff:203.0.113.4", "203.0.113.9", True),
        ("2001:db8:1:2::1", "2001:db8:1:ffff::9", True),
        ("2001:db8:1::1", "2001:db8:2::1", False),
        (None, "no address", True),
    ],
)
def test_pace_tells_networks_apart_and_never_addresses(one: str | None, other: str, same: bool) -> None:
    assert (network_of(one) == network_of(other)) is same
