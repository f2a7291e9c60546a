"""The benchmark of whole logs runs, on a small log, and says what it measured."""

import json

import pytest

from frontdesk.loadtests import bulk
from frontdesk.loadtests.bulk_runs import Cost, Found


@pytest.mark.timeout(600)
def test_the_benchmark_measures_each_way_that_is_there(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(bulk.ROOT)
    bulk.main(2_000)
    told = capsys.readouterr().out
    found = json.loads(told.splitlines()[-1])
    assert found["lines"] == 2_000
    for name in ("wc -l", "floor", "lean loop, one process", "lean loop, two processes", "geoip2 loop"):
        assert found["ratios"][f"{name}, processor"] > 0
    assert found["ratios"]["floor, clock"] > 0
    assert "left out" not in told
    assert found["peak_bytes"] < 2 << 30


def test_a_further_line_is_what_a_whole_run_takes_more_than_a_part() -> None:
    def found(start: float, line: float) -> Found:
        return Found(*([Cost(lines, 1, start + lines * line / 1e6, 0)] for lines in (1_000_000, 200_000)))

    told = bulk.ratios({bulk.OURS: found(2, 4), "floor": found(0.5, 2), "slow": Found(found(0, 8).whole, [])})
    assert told["floor, each further line"] == 0.5
    assert told["floor, processor"] == round(2.5 / 6, 3)
    assert "slow, each further line" not in told


@pytest.mark.timeout(600)
def test_the_benchmark_measures_logs_of_more_and_more_lines(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(bulk.ROOT)
    monkeypatch.setattr(bulk, "FLAT", (100, 1_000, 50_000))
    bulk.main_flat(2_000)
    found = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert list(found["microseconds"]) == ["100", "1000", "2000"]
    assert all(cost > 0 for cost in found["microseconds"].values())
