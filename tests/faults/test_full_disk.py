"""A real disk that fills and is grown again: a tmpfs of 256 KiB in a mount namespace of its own."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from frontdesk.policy import EXAMPLE

from .conftest import Figure

FILLING = """
import asyncio, json, logging, subprocess, sys, time
from collections import Counter
from pathlib import Path
import msgspec, orjson
from frontdesk.middleware import FrontDesk
from frontdesk.middleware.answer import Ledgers
from frontdesk.policy import load
from frontdesk.policy.model import Log
from frontdesk.systemdata import Writer
from frontdesk.systemdata.follow import Follower
from frontdesk.systemdata.recover import recover
from frontdesk.systemdata.verify import verify

policy_file, book = sys.argv[1], Path(sys.argv[2])
warnings = []
class Listen(logging.Handler):
    def emit(self, record):
        if "book" in record.getMessage():
            warnings.append(record.getMessage())
logging.getLogger("frontdesk").addHandler(Listen())

async def app(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"hello"})

desk = FrontDesk(app, policy=msgspec.structs.replace(load(policy_file), log=Log(directory=book)))
desk.book = Writer(book, capacity=256 << 10, gap_line=desk._gap_line)
desk._reception.ledgers = Ledgers(desk.book, desk.rounds, desk.counts)
statuses = Counter()
async def visit():
    scope = {"type": "http", "method": "GET", "path": "/", "client": ("128.112.0.7", 1), "headers": []}
    async def receive():
        return {"type": "http.request"}
    async def send(message):
        if message["type"] == "http.response.start":
            statuses[message["status"]] += 1
    began = time.perf_counter()
    await desk(scope, receive, send)
    return time.perf_counter() - began

async def visits(number):
    times = []
    for count in range(number):
        times.append(await visit())
        await asyncio.sleep(0.3 if count % 400 == 399 else 0)
    return sorted(times)[int(number * 0.99)] * 1000

async def main():
    before = await visits(100)
    during = await visits(4000)
    time.sleep(0.5)
    full = desk.book.statistics()
    subprocess.run(["mount", "-o", "remount,size=16m", str(book)], check=True)
    deadline = time.monotonic() + 20
    while desk.book.statistics().buffered and time.monotonic() < deadline:
        time.sleep(0.02)
    await visits(100)
    desk.book.close()
    list(recover(book))
    end = desk.book.statistics()
    records = [orjson.loads(line) for line in Follower(book).read()]
    gaps = [record for record in records if record["event_name"] == "frontdesk.gap"]
    print(json.dumps({
        "statuses": dict(statuses), "before": before, "during": during, "state": full.state,
        "dropped": end.dropped, "accepted": end.accepted, "written": end.written, "buffered": end.buffered,
        "records": len(records), "gaps": len(gaps), "missing": sum(gap["frontdesk.gap.records"] for gap in gaps),
        "damaged": [str(verdict.damage) for verdict in verify(book) if verdict.damage], "warnings": warnings,
    }))

asyncio.run(main())
"""


def test_a_full_disk_that_is_grown_again(tmp_path: Path, figure: Figure) -> None:
    if shutil.which("unshare") is None or subprocess.run(["unshare", "-Urm", "true"], check=False).returncode:
        pytest.skip("this machine does not let us mount a file system in a namespace of our own")
    book = tmp_path / "book"
    book.mkdir()
    (tmp_path / "filling.py").write_text(FILLING)
    mount = 'mount -t tmpfs -o size=256k,mode=700 tmpfs "$3" && exec "$0" "$1" "$2" "$3"'
    done = subprocess.run(
        ["unshare", "-Urm", "sh", "-c", mount, sys.executable, tmp_path / "filling.py", EXAMPLE, book],
        stdout=subprocess.PIPE,
        timeout=100,
        check=True,
    )
    told: dict[str, Any] = json.loads(done.stdout)
    assert told["statuses"] == {"200": 4200}
    assert told["state"] == "degraded"
    assert told["damaged"] == []
    dropped = sum(told["dropped"].values())
    assert set(told["dropped"]) <= {"disk_full", "queue_full"}
    assert dropped > 1000
    assert told["accepted"] == told["written"] + told["buffered"] + dropped
    assert told["written"] == told["records"]
    assert told["records"] - told["gaps"] + dropped == 4200
    assert told["missing"] == dropped
    assert len(told["warnings"]) == 1
    assert "No space left on device" in told["warnings"][0]
    figure("p99 of a visit in ms, disk in order", told["before"])
    figure("p99 of a visit in ms, disk full", told["during"])


def test_a_limit_that_is_lifted(tmp_path: Path) -> None:
    """For machines where nothing can be mounted: by `RLIMIT_FSIZE` a file may not grow beyond 4 KiB."""
    code = """
import json, resource, signal, sys, time
from pathlib import Path
from frontdesk.systemdata import Shelf, Writer
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
writer = Writer(Path(sys.argv[1]), flush_interval=0.01)
for number in range(100):
    writer.put(b'{"number":%d}'.ljust(99) % number + b"\\n", Shelf("visit", "2999-12-31", "us"))
time.sleep(0.5)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
writer.close(10)
print(json.dumps(writer.statistics()))
"""
    done = subprocess.run([sys.executable, "-c", code, tmp_path], capture_output=True, timeout=60, check=True)
    accepted, written, buffered, dropped = json.loads(done.stdout)[:4]
    assert (accepted, written, buffered, dropped) == (100, 100, 0, {})
