"""Measures: failures and who caused them, times, ratios, growth."""

from pathlib import Path

import pytest

from frontdesk.loadtests.load import ledger
from frontdesk.loadtests.load.ledger import ANSWERED, BARE, CUT, LATE, OURS, REFUSED, STOPPED, Entry, Ledger
from frontdesk.loadtests.load.measures import added, cpu_ratio, cut_by_others, failed, growth, p99, percentile

from .entries import entry


@pytest.mark.parametrize(
    ("one", "is_failed", "is_excused"),
    [
        (entry(), False, False),
        (entry(outcome=STOPPED, status=0), False, False),
        (entry(status=500, expected=False), True, False),
        (entry(status=404, expected=False), True, False),
        (entry(outcome=LATE, status=0), True, False),
        (entry(outcome=REFUSED, status=0), True, False),
        (entry(outcome=CUT, status=0), True, True),
        (entry(outcome=CUT, status=0, at=98.9), True, False),
        (entry(outcome=CUT, status=0, at=103.1), True, False),
    ],
)
def test_a_failure_is_excused_only_where_somebody_cut_the_connection(
    one: Entry, is_failed: bool, is_excused: bool
) -> None:
    assert bool(failed([one])) == is_failed
    assert cut_by_others([one], [100.0]) == is_excused
    assert bool(failed([one], [100.0])) == (is_failed and not is_excused)


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [([], 0.5, None), ([3.0], 0.99, 3.0), ([4.0, 1.0, 3.0, 2.0], 0.5, 3.0), (list(range(100)), 0.99, 99)],
)
def test_percentile(values: list[float], share: float, expected: float | None) -> None:
    assert percentile(values, share) == expected


def test_times_are_those_of_pages_that_were_answered_to_clients_that_are_not_slow() -> None:
    entries = [entry(ms=float(number)) for number in range(100)]
    others = [entry(ms=9e9, kind="slow-reader"), entry(ms=9e9, outcome=LATE), entry(ms=9e9, target=BARE)]
    assert p99([*entries, *others], OURS) == 99
    assert p99(entries[:5], OURS) is None


def test_times_of_the_first_tenth_do_not_count() -> None:
    entries = [entry(at=float(at), ms=1000.0 if at < 10 else 1.0) for at in range(101)]
    assert p99(entries, OURS) == 1


def test_added_is_the_difference_of_the_medians() -> None:
    entries = [entry(ms=3.0), entry(ms=5.0), entry(ms=4.0), entry(target=BARE, ms=1.0)]
    assert added(entries) == 3.0
    assert added(entries[:3]) is None


@pytest.mark.parametrize(
    ("cpu", "expected"), [({OURS: 3.0, BARE: 1.0}, 1.5), ({OURS: 3.0}, None), ({OURS: 3.0, BARE: 0.0}, None)]
)
def test_cpu_ratio_is_of_the_times_for_one_request(cpu: dict[str, float], expected: float | None) -> None:
    entries = [entry(), entry(), entry(target=BARE), entry(target=BARE, outcome=CUT)]
    assert cpu_ratio(cpu, entries) == expected


def test_cpu_ratio_without_a_bare_app_is_not_measured() -> None:
    assert cpu_ratio({OURS: 3.0}, [entry()]) is None


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ([], None),
        ([1_000_000] * 4, None),
        ([1_000_000] * 10, 0.0),
        ([0, 0, *[5_000_000] * 8], 0.0),
        ([0, 0, 1_000_000, 1_000_000, 2_000_000, 3_000_000, 4_000_000, 5_000_000, 6_000_000, 6_000_000], 5.0),
        ([9_000_000] * 5 + [1_000_000] * 5, 0.0),
    ],
)
def test_growth_is_counted_from_the_second_fifth(sizes: list[int], expected: float | None) -> None:
    assert growth([(float(at), 7, size) for at, size in enumerate(sizes)]) == expected


def test_growth_is_that_of_the_process_that_grew_most() -> None:
    still = [(0.0, 1, 50_000_000)] * 10
    growing = [(0.0, 2, number * 1_000_000) for number in range(10)]
    assert growth([*still, *growing]) == 6.0


def test_a_ledger_gives_back_what_was_put_in(tmp_path: Path) -> None:
    entries = [
        entry(id="a-1", at=12.3456, ms=7.125),
        entry(id="a-2", outcome=CUT, status=0, expected=False, worker=0, target=BARE, kind="slow-sender"),
    ]
    with Ledger(tmp_path) as book:
        ids = {book.next_id() for _ in range(100)}
        for one in entries:
            book.add(one)
        book.flush()
        assert book.entries == 2
        assert list(ledger.read(tmp_path)) == entries
    assert len(ids) == 100
    assert entries[0].outcome == ANSWERED
