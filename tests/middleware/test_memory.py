"""What a desk remembers of those who came: bounded, nothing of a header that is not believed, no other answer, and of
who objected for a moment only."""

import os
import sys
import time
from collections.abc import Iterator
from ipaddress import IPv4Address
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.testclient import TestClient

from frontdesk.enrich import Enricher
from frontdesk.geodb import Database
from frontdesk.middleware import FrontDesk
from frontdesk.middleware import desk as module
from frontdesk.middleware.desk import Desk, Greeting
from frontdesk.middleware.guest import Guest
from frontdesk.middleware.seen import Seen
from frontdesk.policy import EXAMPLE, Policy, load
from frontdesk.policy.networks import pack
from frontdesk.systemdata import rounds
from frontdesk.systemdata.visit import Standing

from .inside import held_by

PROXY, STRANGER = "127.0.0.1", "128.112.0.77"
POLICY = load(EXAMPLE)
ENRICHER = Enricher(Database())
DESK = Desk(POLICY, ENRICHER)

FIELDS = st.sampled_from(
    [
        (b"x-forwarded-for", b"79.192.3.41"),
        (b"x-forwarded-for", b"128.112.0.77, 127.0.0.1"),
        (b"x-forwarded-for", b"unknown"),
        (b"x-forwarded-for", b"garbage"),
        (b"host", b"www.aurora.example"),
        (b"host", b"DE.aurora.example:8443"),
        (b"host", b"evil.example"),
        (b"dnt", b"1"),
        (b"dnt", b"0"),
        (b"sec-gpc", b"1"),
        (b"user-agent", b"Mozilla/5.0 Firefox/146.0"),
        (b"user-agent", b"curl/8"),
        (b"cookie", b"a=b"),
    ]
)


def told(greeting: Greeting) -> tuple[Any, ...]:
    return (*leaves(greeting.guest), greeting.ignored, greeting.forged, greeting.missed, greeting.address.reveal())


def ask(desk: Desk, peer: str | None, *fields: tuple[bytes, bytes]) -> Greeting:
    return desk.welcome(peer, Seen(list(fields)))[1]


@given(
    peer=st.sampled_from([PROXY, STRANGER, None, "unix:"]),
    fields=st.lists(FIELDS, max_size=6),
)
def test_who_is_remembered_is_answered_as_who_comes_first(peer: str | None, fields: list[tuple[bytes, bytes]]) -> None:
    first = told(ask(DESK, peer, *fields))
    again = told(ask(DESK, peer, *fields))
    DESK._greetings.clear()
    DESK.forget()
    assert first == again == told(ask(DESK, peer, *fields))


def test_a_stranger_s_header_is_not_remembered() -> None:
    desk = Desk(POLICY, ENRICHER)
    for number in range(50):
        greeting = ask(desk, STRANGER, (b"x-forwarded-for", b"198.51.100.%d" % number))
        assert greeting.ignored
        ask(desk, STRANGER, (b"x-forwarded-for", b"198.51.100.%d" % number), (b"dnt", b"1"))
    assert len(desk._greetings) == len(desk._passing) == 0
    ask(desk, PROXY, (b"x-forwarded-for", b"198.51.100.7"))
    assert len(desk._greetings) == 1


@pytest.mark.parametrize("signal", [(b"dnt", b"1"), (b"sec-gpc", b"1")])
def test_who_objected_is_remembered_for_a_moment_only(signal: tuple[bytes, bytes]) -> None:
    desk = Desk(POLICY, ENRICHER)
    greeting = ask(desk, PROXY, (b"x-forwarded-for", b"198.51.100.7"), signal)
    assert greeting.guest.objected
    assert ask(desk, PROXY, (b"x-forwarded-for", b"198.51.100.7"), signal) is greeting
    assert ask(desk, PROXY, (b"x-forwarded-for", b"198.51.100.7")) is not greeting
    desk.forget()
    assert (len(desk._greetings), len(desk._passing)) == (1, 0)
    again = ask(desk, PROXY, (b"x-forwarded-for", b"198.51.100.7"), signal)
    assert again is not greeting
    assert told(again) == told(greeting)


@pytest.mark.parametrize("fields", [[(b"dnt", b"1")], [(b"dnt", b"1"), (b"x-forwarded-for", b"198.51.100.7")]])
def test_nothing_holds_the_address_of_a_peer_who_objected(fields: list[tuple[bytes, bytes]]) -> None:
    desk, peer = Desk(POLICY, ENRICHER), str(IPv4Address("203.0.113.9"))
    held = sys.getrefcount(peer)
    ask(desk, peer, *fields)
    desk.forget()
    assert sys.getrefcount(peer) == held


def test_who_objected_is_forgotten_by_the_next_who_is_new_where_the_rounds_stand_still(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    desk, now = Desk(POLICY, ENRICHER), time.monotonic()
    for seconds, expected in ((0, 1), (1.9, 2), (2.1, 1), (2.2, 2)):
        monkeypatch.setattr(module, "monotonic", lambda moment=now + seconds: moment)
        ask(desk, PROXY, (b"x-forwarded-for", b"198.51.100.%d" % (10 * seconds)), (b"dnt", b"1"))
        assert len(desk._passing) == expected


def test_the_rounds_forget_who_objected_within_seconds(policy: Policy, monkeypatch: pytest.MonkeyPatch) -> None:
    assert rounds.BESIDE_INTERVAL == 2
    monkeypatch.setattr(rounds, "BESIDE_INTERVAL", 0.05)
    front = FrontDesk(Starlette(), policy=policy)
    with TestClient(front, client=(PROXY, 50_000)):
        passing, deadline = front.desk._passing, time.monotonic() + 20
        passing["127.0.0.1", b"198.51.100.7", None, b"1", None, None] = ask(front.desk, STRANGER, (b"dnt", b"1"))
        while passing and time.monotonic() < deadline:
            time.sleep(0.01)
        assert not passing
        monkeypatch.setattr(rounds, "BESIDE_INTERVAL", 60)
        time.sleep(0.2)  # until the rounds wait for that long
        ask(front.desk, PROXY, (b"x-forwarded-for", b"198.51.100.7"), (b"dnt", b"1"))
        assert len(passing) == 1
    assert len(passing) == 0


def test_a_desk_that_only_visits_under_way_use_remembers_nobody_who_objected(policy: Policy) -> None:
    front = FrontDesk(Starlette(), policy=policy)
    before, objects = front.desk, ((b"x-forwarded-for", b"198.51.100.7"), (b"dnt", b"1"))
    ask(before, PROXY, *objects)
    assert len(before._passing) == 1
    front.change_over(Database())
    assert front.desk is not before
    assert len(before._passing) == 0
    assert ask(before, PROXY, *objects).guest.objected
    ask(before, PROXY, *objects[:1])
    assert len(before._passing) == len(before._greetings) == 0
    ask(front.desk, PROXY, *objects)
    assert len(front.desk._passing) == 1


def test_a_child_remembers_nobody_who_objected_to_its_parent(policy: Policy) -> None:
    front = FrontDesk(Starlette(), policy=policy)
    ask(front.desk, PROXY, (b"x-forwarded-for", b"198.51.100.7"), (b"dnt", b"1"))
    assert len(front.desk._passing) == 1
    child = os.fork()
    if child == 0:
        os._exit(len(front.desk._passing))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert len(front.desk._passing) == 1


@pytest.mark.parametrize("name", [b"x-forwarded-for", b"host", b"dnt", b"sec-gpc", b"user-agent"])
def test_a_long_header_is_not_remembered(name: bytes) -> None:
    desk = Desk(POLICY, ENRICHER)
    ask(desk, PROXY, (name, b"1" * 2_000))
    assert len(desk._greetings) == 0


def test_no_more_is_remembered_than_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_REMEMBERED", 10)
    desk = Desk(POLICY, ENRICHER)
    for number in range(35):
        ask(desk, PROXY, (b"x-forwarded-for", b"128.112.0.%d" % number))
        ask(desk, PROXY, (b"x-forwarded-for", b"128.112.0.%d" % number), (b"dnt", b"1"))
        assert len(desk._greetings) <= 10
        assert len(desk._passing) <= 10


def test_a_field_of_several_lines_is_read_line_by_line() -> None:
    seen = Seen([(b"dnt", b"0"), (b"host", b"a"), (b"dnt", b"1"), (b"host", b"b")])
    assert (seen.lines(b"dnt"), seen.lines(b"host"), seen.lines(b"sec-gpc")) == ((b"0", b"1"), (b"a", b"b"), ())
    assert seen.last(b"host") == b"b"
    greeting = ask(DESK, PROXY, (b"host", b"www.aurora.example"), (b"dnt", b"0"), (b"host", b"x"), (b"dnt", b"1"))
    assert (greeting.guest.host, greeting.guest.signals.dnt) == ("www.aurora.example", "1")


def test_a_visit_holds_no_address_however_deep_one_looks() -> None:
    visit, _ = DESK.welcome(PROXY, Seen([(b"x-forwarded-for", b"79.192.3.41"), (b"cookie", b"79.192.3.41")]))
    held = list(leaves([visit.guest, visit.asked]))
    assert "79.192.3.0/24" in held
    assert not [each for each in held if "79.192.3.41" in str(each) or each == pack("79.192.3.41")]


def leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, Guest | Standing):
        yield from leaves(held_by(value))
    elif isinstance(value, tuple | list):
        for each in value:
            yield from leaves(each)
    else:
        yield value


def test_no_text_of_a_guest_shows_what_the_agent_says() -> None:
    visit, greeting = DESK.welcome(PROXY, Seen([(b"user-agent", b"bot (+http://79.192.3.41/)")]))
    assert "79.192" not in repr((visit, visit.guest, greeting))
