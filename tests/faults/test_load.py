"""What goes wrong while locust's visitors come: nobody is sent away, and every one of them is accounted for.

Short runs of what `make loadtest-faults` does for minutes. No time is asserted here: the machine may be busy.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from .conftest import Figure

_ROOT = Path(__file__).parents[2]
_CANNOT = 3
_NO_TIMES = ["--max-p99-ms", "none", "--max-added-ms", "none", "--max-cpu-ratio", "none"]
SCENARIOS = {"swap": 5, "full-disk": 8, "policy": 6, "restart": 10, "kill": 6, "folder": 6, "clock": 6}
"""The seconds that each takes at least to show anything."""


def load(out: Path, *options: str) -> dict[str, Any]:
    """Run the load test, and give what it tells programs. It must have ended well."""
    done = subprocess.run(
        [sys.executable, "-m", "loadtests.load", *_NO_TIMES, "--out", out, *options],
        cwd=_ROOT,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    if done.returncode == _CANNOT:
        pytest.skip(done.stderr.strip())
    assert done.returncode == 0, done.stdout + done.stderr
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_nobody_is_sent_away_and_everybody_is_accounted_for(scenario: str, tmp_path: Path, figure: Figure) -> None:
    seconds = SCENARIOS[scenario]
    options = ["--scenario", scenario, "--users", "12", "--think", "0.1", "--seconds", str(seconds)]
    told = load(tmp_path, *options)
    account = told["account"]
    assert told["found"]["failed"] == told["found"]["unaccounted"] == 0
    assert told["wrong"] == []
    assert account["answered"] > 50
    assert account["recorded"] > 0
    assert (account["dropped"] > 0) == (scenario == "full-disk")
    figure(f"requests cut off by what ended their server, {scenario}", told["cut_by_others"])
    figure(f"answered visits lost by a kill, {scenario}", account["lost_by_kill"])


def test_a_master_and_two_workers_drive_both_apps(tmp_path: Path) -> None:
    told = load(tmp_path, "--workers", "2", "--users", "10", "--think", "0.1", "--seconds", "4")
    assert told["account"]["answered"] > 50
    assert told["account"]["recorded"] == told["account"]["answered"]
    assert told["found"]["added_ms"] is not None
    assert told["generator"]["ceiling"] > 0
    assert "locust" in (tmp_path / "locust.html").read_text("utf-8").lower()
    assert "it adds up" in (tmp_path / "report.txt").read_text("utf-8")
