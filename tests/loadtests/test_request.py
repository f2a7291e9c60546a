"""The benchmark of a request: every variant does its job, and the last line is one JSON object of figures."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]
_VARIANTS = {"none", "pass", "basehttp", "usual", "proxy_headers", "asgi_correlation_id", "floor", "frontdesk"}


@pytest.mark.timeout(300)
def test_bench_request_checks_every_variant_and_tells_microseconds_added(tmp_path: Path) -> None:
    out = tmp_path / "figures.json"
    command = [sys.executable, "-m", "loadtests.request", "--rounds", "3", "--requests", "60", "--out", str(out)]
    done = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, timeout=280, check=True)
    told = json.loads(done.stdout.splitlines()[-1])
    assert {kind: set(figures) for kind, figures in told.items()} == {"hot": _VARIANTS, "cold": _VARIANTS}
    assert told["hot"]["none"] == told["cold"]["none"] == 0
    assert "the floor's records equal the front desk's" in done.stdout
    figures = json.loads(out.read_text())
    assert set(figures) == {"machine", "hot", "cold"}
    assert set(figures["hot"]["frontdesk"]) == {"median", "low", "high", "by_the_clock"}


@pytest.mark.timeout(300)
def test_profile_tells_each_step_of_a_request() -> None:
    command = [sys.executable, "-m", "loadtests.profile"]
    done = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, timeout=280, check=True)
    steps = json.loads(done.stdout.splitlines()[-1])["steps"]
    assert {"read the header fields", "who came, and the visit", "the line", "the record, in all"} <= set(steps)
    assert all(microseconds > 0 for microseconds in steps.values())
