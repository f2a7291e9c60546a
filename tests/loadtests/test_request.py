"""The request benchmark measures what it says: every variant is checked first, and the figures have their form."""

import asyncio
import json
import logging
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from frontdesk.geodb import EMBEDDED, Database
from frontdesk.loadtests import vendors
from frontdesk.loadtests.checked import check, told_apart
from frontdesk.loadtests.request import added
from frontdesk.loadtests.scopes import PROXY, networks_of, scope, traffic
from frontdesk.loadtests.site import site
from frontdesk.loadtests.spent import Spent
from frontdesk.loadtests.variants import NAMES, Variant, close_all, make

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def database() -> Database:
    return Database(EMBEDDED)


def test_hot_addresses_are_few_and_cold_ones_distinct(database: Database) -> None:
    hot, cold = traffic(database, 300)
    assert len(set(hot.addresses)) <= 50
    assert len(set(cold.addresses)) == 300
    assert all(database.lookup(address).as_number is not None for address in cold.addresses)


def test_who_comes_from_an_address_comes_the_same_way_again() -> None:
    assert scope("198.51.100.7") == scope("198.51.100.7")
    assert scope("198.51.100.7")["client"] == PROXY
    signals = [name for number in range(200) for name, _ in scope(f"198.51.{number}.7")["headers"]]
    assert 4 <= signals.count(b"sec-gpc") <= 40
    assert 1 <= signals.count(b"dnt") <= 20


def test_every_variant_does_its_job_and_the_floor_writes_what_the_front_desk_writes(
    database: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR, "frontdesk.age")
    hot, cold = traffic(database, 60)
    city = vendors.write_shape("City", networks_of(cold.addresses, database), tmp_path)
    variants = {name: make(name, site(), tmp_path, city) for name in NAMES}
    try:
        asyncio.run(check(variants, [*hot.scopes(0, 60), *cold.scopes(0, 60)]))
        ours, theirs = (told_apart(variants[name].written()) for name in ("frontdesk", "floor"))
        assert ours == theirs
        assert len(ours) == 121
        assert {"full", "anonymous"} == {json.loads(line)["frontdesk.treatment"] for line in ours}
    finally:
        close_all(variants.values())


def test_a_variant_that_does_not_do_its_job_is_not_timed(tmp_path: Path) -> None:
    async def other(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 503, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    with pytest.raises(AssertionError, match="none answers as the app does"):
        asyncio.run(check({"none": Variant(other)}, [scope("198.51.100.7")]))


def test_what_is_added_is_told_round_by_round() -> None:
    found = {"none": [Spent(10, 10), Spent(20, 20)], "pass": [Spent(11, 12), Spent(23, 25)]}
    assert added(found) == {"none": [0, 0], "pass": [1, 3]}


def test_figures_are_told_in_a_table_and_in_one_last_line(tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    command = [sys.executable, "-m", "loadtests.request", "--rounds", "2", "--requests", "40", "--out", str(out)]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=100)
    last = json.loads(told.stdout.splitlines()[-1])
    assert {kind: set(of) for kind, of in last.items()} == {kind: set(NAMES) for kind in ("hot", "cold")}
    assert last["hot"]["none"] == last["cold"]["none"] == 0
    written = json.loads(out.read_text())
    assert set(written["hot"]["frontdesk"]) == {"median", "low", "high", "by_the_clock"}
    assert "goal at most" in told.stdout


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="only Linux tells private memory")
def test_memory_is_told_for_a_worker_beside_another() -> None:
    command = [sys.executable, "-m", "loadtests.memory", "--addresses", "400"]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=100)
    last = json.loads(told.stdout.splitlines()[-1])
    assert set(last) == {"added_mb", "growth_mb"}
    assert 0 < last["added_mb"] < 100


def test_the_profile_tells_every_step() -> None:
    command = [sys.executable, "-m", "loadtests.profile", "--requests", "50", "--times", "20"]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=100)
    steps = json.loads(told.stdout.splitlines()[-1])["steps"]
    assert {"read the header fields", "the line", "hand it to the writer"} <= set(steps)
    assert "function calls" in told.stdout


def test_the_seed_of_traffic_is_fixed(database: Database) -> None:
    assert traffic(database, 20) == traffic(database, 20)
