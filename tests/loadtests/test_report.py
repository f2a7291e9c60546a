"""The report: for people and for programs, and whether it says when the generator was the bottleneck."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from frontdesk.loadtests.load.account import settle
from frontdesk.loadtests.load.crowd import Crowd, assemble, expected_status, is_crawler, shares
from frontdesk.loadtests.load.generator import Plan
from frontdesk.loadtests.load.ledger import BARE, LATE, Entry
from frontdesk.loadtests.load.limits import Found, Limits, judge
from frontdesk.loadtests.load.report import as_json, generator, text
from frontdesk.loadtests.load.trial import Outcome
from frontdesk.policy import Policy

from .entries import entry

PLAN = Plan("http://127.0.0.1:1", "steady", 100, 30, 1.0, 1000, bare="http://127.0.0.1:2")
FOUND = Found(failed=1, p99_ms=20, added_ms=0.3, cpu_ratio=1.8, dropped=0, unaccounted=0, growth_mb=2)


def outcome(entries: Sequence[Entry] = (), **changes: Any) -> Outcome:
    failures = [one for one in entries if one.failed]
    told = Outcome(
        plan=PLAN,
        entries=list(entries),
        found=FOUND,
        failures=failures,
        cut_by_others=0,
        account=settle([], [], []),
        wrong=[],
        notes={"swaps": 1234},
        ceiling=5000.0,
        generator_cpu=0.2,
        memory={"ours": 45.0},
        cpu_ms={"ours": 0.2},
    )
    return told._replace(**changes)


def test_the_text_says_who_came_what_was_missed_and_how_it_failed() -> None:
    entries = [entry(at=1.0), entry(at=3.0, target=BARE), entry(at=2.0, outcome=LATE, status=0)]
    told = text(outcome(entries, wrong=["the disk"]), "swap", "why", judge(FOUND, Limits()), {"DNT": 0.08})
    assert "DNT 8%" in told
    assert "swap: why" in told
    assert "MISSED  failed" in told
    assert "WRONG   the disk" in told
    assert "FAILED  1 x ours page: late, status 0" in told
    assert "1,234" in told
    assert "it adds up" in told
    assert "WARNING" not in told


def test_nobody_came_and_a_report_can_be_made_all_the_same() -> None:
    assert "it adds up" in text(outcome(), "none", "", judge(FOUND, Limits()), {})


@pytest.mark.parametrize(
    ("changes", "warns"),
    [
        ({}, False),
        ({"generator_cpu": 0.91}, True),
        ({"ceiling": 240.0}, True),
        ({"ceiling": 260.0}, False),
        ({"ceiling": None}, False),
        ({"ceiling": 130.0, "plan": PLAN._replace(workers=2)}, False),
        ({"ceiling": 120.0, "plan": PLAN._replace(workers=2)}, True),
        ({"ceiling": 130.0, "plan": PLAN._replace(bare="")}, False),
    ],
)
def test_a_generator_that_is_the_bottleneck_is_told(changes: dict[str, Any], warns: bool) -> None:
    assert ("the generator is the bottleneck" in generator(outcome(**changes))) == warns


def test_programs_get_one_line() -> None:
    line = as_json(outcome([entry()]), "swap", judge(FOUND, Limits()), kept=False)
    told = json.loads(line)
    assert "\n" not in line
    assert told["missed"] == ["failed"]
    assert told["found"] == FOUND._asdict()
    assert told["kept"] is False
    assert told["notes"] == {"swaps": 1234}


def test_the_crowd_has_its_share_of_everybody(policy: Policy) -> None:
    crowd = assemble(policy, size=2000)
    found = shares(crowd)
    assert set(found) == {"DNT", "GPC", "crawlers", "IPv6", "forged forwarding"}
    assert all(0.03 < share < 0.4 for share in found.values())


def test_who_comes_goes_through_pages_that_are_there_unless_they_crawl(policy: Policy) -> None:
    crowd = Crowd(assemble(policy, size=500), seed=1)
    calls = [crowd.call() for _ in range(500)]
    people = {path.partition("?")[0] for call in calls if not call.crawls for path in call.pages}
    crawled = {path.partition("?")[0] for call in calls if call.crawls for path in call.pages}
    assert {expected_status(path) for path in people} == {200}
    assert {expected_status(path) for path in crawled} == {200, 404}
    assert all(call.crawls == is_crawler(call.visitor) for call in calls)
    assert {len(call.pages) for call in calls} == {1, 2, 3, 4, 5}


def test_crowds_of_several_generators_do_not_come_in_step(policy: Policy) -> None:
    visitors = assemble(policy, size=500)
    first = {Crowd(visitors, seed).call().visitor for seed in range(5)}
    assert len(first) > 1


def test_nothing_but_locust_s_own_process_is_patched() -> None:
    code = (
        "import sys, loadtests.load.__main__, loadtests.sizing;"
        "print([name for name in ('gevent', 'locust') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=Path(__file__).parents[2], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
