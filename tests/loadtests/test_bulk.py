"""The benchmark of whole logs runs, on a small log, and says what it measured."""

import json

import pytest

from frontdesk.loadtests import bulk


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
    assert "floor, each further line" in found["ratios"]
    assert "left out" not in told
    assert found["peak_bytes"] < 2 << 30


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
