"""Limits: what is kept, what is missed, and how it is said."""

import pytest

from frontdesk.loadtests.load.limits import WORDS, Found, Limits, Verdict, judge

GOOD = Found(failed=0, p99_ms=20, added_ms=0.3, cpu_ratio=1.8, dropped=0, unaccounted=0, growth_mb=2)


@pytest.mark.parametrize(
    ("found", "limit", "kept"),
    [
        (0, 0, True),
        (1, 0, False),
        (1, 1, True),
        (1.01, 1, False),
        (None, 0, True),
        (1e9, None, True),
        (None, None, True),
    ],
)
def test_a_limit_is_kept_up_to_its_value(found: float | None, limit: float | None, kept: bool) -> None:
    assert Verdict("p99_ms", found, limit).kept == kept


def test_a_good_run_keeps_every_limit() -> None:
    verdicts = judge(GOOD, Limits())
    assert [verdict.name for verdict in verdicts] == list(Limits._fields) == list(Found._fields) == list(WORDS)
    assert all(verdict.kept for verdict in verdicts)


@pytest.mark.parametrize("name", Limits._fields)
def test_each_limit_is_missed_by_its_own_measure_alone(name: str) -> None:
    missed = [verdict.name for verdict in judge(GOOD._replace(**{name: 1e6}), Limits()) if not verdict.kept]
    assert missed == [name]


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        (Verdict("failed", 3, 0), ["MISSED", "failed", " 3 ", "at most 0", "requests failed"]),
        (Verdict("cpu_ratio", 1.8074, 2.5), ["kept", "1.807", "at most 2.5"]),
        (Verdict("p99_ms", None, 250), ["kept", "not measured"]),
        (Verdict("dropped", 698, None), ["kept", "698", "no limit"]),
    ],
)
def test_a_verdict_says_what_was_found_and_what_may_be(verdict: Verdict, words: list[str]) -> None:
    assert all(word in str(verdict) for word in words)
