"""Driving a server with wrk: the one generator at hand that is faster than the servers that are measured."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

from .scopes import Scope

SCRIPT = Path(__file__).with_name("wrk.lua")
MISSING = "wrk is missing: install it with `apt-get install wrk` (Debian, Ubuntu) or `brew install wrk`"


class Driven(NamedTuple):
    """What wrk counted in one run: requests a second, failures, and latencies in microseconds."""

    rate: float
    requests: int
    failed: int
    p50: int
    p99: int
    p999: int


def find() -> str | None:
    """Where wrk is."""
    return shutil.which("wrk")


def write_requests(scopes: list[Scope], file: Path) -> None:
    """Write requests as they go over the wire, one a line, line ends escaped."""
    lines = []
    for scope in scopes:
        fields = [f"{name.decode()}: {value.decode()}" for name, value in scope["headers"]]
        lines.append("\\r\\n".join([f"{scope['method']} {scope['path']} HTTP/1.1", *fields, "", ""]))
    file.write_text("\n".join(lines) + "\n")


def drive(port: int, requests: Path, seconds: float, connections: int) -> Driven:
    """Ask as fast as the server answers, for so many seconds."""
    duration = f"{max(1, round(seconds))}s"
    command = [find() or "wrk", "-t1", f"-c{connections}", f"-d{duration}", "-s", str(SCRIPT)]
    environment = os.environ | {"BENCH_REQUESTS": str(requests)}
    told = subprocess.run(
        [*command, f"http://127.0.0.1:{port}/"], env=environment, capture_output=True, text=True, check=True
    )
    line = next((line for line in told.stdout.splitlines() if line.startswith("{")), None)
    if line is None:
        raise RuntimeError(f"wrk says nothing that can be counted: {(told.stdout + told.stderr)[-500:]}")
    counted = json.loads(line)
    spent = counted.pop("microseconds")
    return Driven(counted["requests"] / spent * 1e6, **counted)
