"""The rounds: what they write, that they wait for nothing, and that a fork neither loses nor doubles anything."""

import os
import threading
import time
from datetime import UTC, datetime

import pytest

from frontdesk.policy import Policy
from frontdesk.systemdata import Exchange, Writer
from frontdesk.systemdata.concealed import Concealed
from frontdesk.systemdata.counts import Tally
from frontdesk.systemdata.incident import Incident, Reported
from frontdesk.systemdata.rounds import MOST_WAITING, Rounds
from frontdesk.systemdata.tags import tags_of

from ..book import conserved, eventually
from .keeping import records_in

ADDRESS = Concealed(bytes([128, 112, 0, 77]))


def reported(policy: Policy, kind: str = "brute_force") -> Reported:
    happened = Incident(kind, datetime.now(UTC).timestamp())
    return Reported(happened, ADDRESS, "business", policy.entities[0], Exchange("GET", "https"), stays=False)


def events(policy: Policy) -> list[str]:
    return sorted(record["event_name"] for record in records_in(policy.log.directory))


def test_an_incident_is_written_at_once_and_the_counts_at_the_end(policy: Policy) -> None:
    book = Writer(policy.log.directory, flush_interval=0.01)
    rounds = Rounds(policy, book)
    rounds.start()
    rounds.counts.add(time.time(), Tally(tags_of(policy), policy.entities[0].id))
    rounds.report(reported(policy), tags_of(policy))
    eventually(lambda: book.statistics().written == 1)
    rounds.stop()
    book.close()
    assert events(policy) == ["frontdesk.aggregate", "frontdesk.security"]
    assert rounds._thread is None


def test_incidents_that_wait_are_bounded_and_a_stuck_disk_costs_only_them(
    policy: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck = threading.Event()
    monkeypatch.setattr("frontdesk.systemdata.keys.os.fsync", lambda _: stuck.wait(20))
    book = Writer(policy.log.directory, flush_interval=0.01)
    rounds = Rounds(policy, book)
    rounds.start()
    started = time.monotonic()
    for number in range(MOST_WAITING + 10):
        rounds.report(reported(policy, f"kind_{number}"), tags_of(policy))
    rounds.counts.add(time.time(), Tally(tags_of(policy), policy.entities[0].id))
    rounds.stop(timeout=0.1)
    assert time.monotonic() - started < 5
    stuck.set()
    book.close()
    statistics = book.statistics()
    assert conserved(statistics)
    assert statistics.dropped["queue_full"] >= 8
    assert statistics.dropped["shutdown_deadline"] >= MOST_WAITING - 1
    assert "frontdesk.aggregate" in events(policy)


def test_a_fork_writes_the_parent_s_counts_once_and_the_child_s_own(policy: Policy) -> None:
    book = Writer(policy.log.directory, flush_interval=0.01)
    rounds = Rounds(policy, book)
    rounds.start()
    rounds.counts.add(time.time(), Tally(tags_of(policy), policy.entities[0].id))
    child = os.fork()
    if child == 0:
        try:
            rounds.start()
            rounds.counts.add(time.time(), Tally(tags_of(policy), policy.entities[1].id))
            rounds.stop()
            book.close()
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    rounds.stop()
    book.close()
    told = {
        (record["frontdesk.entity"], record["frontdesk.aggregate.visits"])
        for record in records_in(policy.log.directory)
    }
    assert told == {("aurora-com", 1), ("aurora-de", 1)}
    assert len(records_in(policy.log.directory)) == 2
