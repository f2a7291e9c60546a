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
    assert "left out" not in told
    assert found["peak_bytes"] < 2 << 30
