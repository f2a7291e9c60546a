"""Logs of visits of every kind, each visit in a second of its own."""

from pathlib import Path

from ..middleware.bulk.visits import Visit

_START = 1_899_997_200  # 2030-03-17T17:00:00Z
_PEERS = ("128.112.{}.{}", "8.8.{}.{}", "2607:f8b0:{:x}::{:x}", "194.95.{}.{}")
_AGENTS = ("Mozilla/5.0 Firefox/140.0", "Googlebot/2.1", "curl/8.5", "Mozilla/5.0 Chrome/138.0.0.0")
_HOSTS = ("www.aurora.example", "www.elsewhere.example")


def log_of(path: Path, first: int, last: int, bad: int = 0) -> Path:
    """A log with some visits, every ninth of somebody who objects, and some lines that are none."""
    visits = list(map(_visit, range(first, last)))
    lines = [visit.line() for visit in visits]
    for number in range(bad):
        lines.insert(number * len(lines) // bad, b"no line at all\n")
    path.write_bytes(b"".join(lines))
    return path


def _visit(number: int) -> Visit:
    signals = (("dnt", "1"),) if number % 9 == 0 else ()
    return Visit(
        _START + number * 37,  # over the end of a day
        _PEERS[number % 4].format(number // 7 % 50, number // 3 % 200 + 1),
        target=f"/products/{number % 5}",
        headers=(("host", _HOSTS[number % 2]), ("user-agent", _AGENTS[number // 4 % 4]), *signals),
        status=200 + number % 3,
    )
