"""The sizing figures: bytes that are a book's own, and the table that follows from them."""

from pathlib import Path

import pytest

from frontdesk.loadtests.sizing import Bytes, Worker, measure_bytes, table, weight


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (0, "0.0 kB"),
        (999, "1.0 kB"),
        (53_900_000, "53.9 MB"),
        (999_900_000, "999.9 MB"),
        (4.85e9, "4.8 GB"),
        (3.6e12, "3.6 TB"),
        (5e15, "5,000.0 TB"),
    ],
)
def test_weight(size: float, expected: str) -> None:
    assert weight(size) == expected


def test_the_table_follows_from_the_figures() -> None:
    worker = Worker(cpu_us=100, cpu_low=90, cpu_high=110, bare_us=260, memory=20, bare=30, few=15, further=0)
    large, small = Bytes(1200, 50, 0.1, 10_000), Bytes(1200, 60, 0.1, 1000)
    rows = [line.split() for line in table(worker, large, small)[1:]]
    assert [row[0] for row in rows] == ["100,000", "1,000,000", "10,000,000", "100,000,000", "1,000,000,000"]
    # A hundred million: 10 million in the busiest hour, each 100 us of the front desk and 260 us of the app.
    assert rows[-2] == ["100,000,000", "2,778/s", "0.278", "2", "5.0", "GB", "450.0", "GB", "3.8", "TB"]
    assert rows[1][3:6] == ["1", "60.0", "MB"]


def test_bytes_are_those_of_the_segments(tmp_path: Path) -> None:
    found = measure_bytes(tmp_path / "book", 100_000, records=400)
    assert found.sealed < found.plain / 4
    assert 800 < found.plain < 2000
    assert 0.05 < found.anonymous < 0.3
    assert found.largest < 400
