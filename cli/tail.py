"""`frontdesk log tail`: records as they come."""

import sys
import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson

from frontdesk.cli.books import NOT_THERE
from frontdesk.cli.plain import plain
from frontdesk.policy import FrontdeskError
from frontdesk.systemdata import fields as f
from frontdesk.systemdata.follow import Follower, day_of_last, together

_PAUSE = 0.2
# What is told of a record that is no visit.
_TOLD = (
    *(f.INCIDENT, f.INCIDENT_COUNT, f.ROUTE, f.STATUS, f.VISITS, f.ACTION, f.ACTION_DETAILS),
    *(f.CONTRACT_ENTITY, f.CONTRACT_REASON, f.GAP_RECORDS),
)


def run(directories: Sequence[Path], *, lines: int, follow: bool, as_json: bool) -> None:
    """Print the last records of some books, then each new one."""
    for directory in directories:
        if not directory.is_dir():
            raise FrontdeskError(f"{directory}: {NOT_THERE}")
    followers = [Follower(directory, since=day_of_last(directory, lines)) for directory in directories]
    last = [deque(follower.read(), maxlen=lines) for follower in followers]
    for line in deque(together(last), maxlen=lines):
        _show(line, as_json=as_json)
    try:
        while follow:
            sys.stdout.flush()
            time.sleep(_PAUSE)
            for line in together(follower.read() for follower in followers):
                _show(line, as_json=as_json)
    except KeyboardInterrupt:
        pass


def _show(line: bytes, *, as_json: bool) -> None:
    if as_json:
        print(line.decode("utf-8", "replace").rstrip("\n"))
        return
    try:
        record = orjson.loads(line)
    except orjson.JSONDecodeError:
        record = None
    print(readable(record) if isinstance(record, dict) else f"(a damaged line of {len(line)} bytes)")


def readable(record: dict[str, Any]) -> str:
    """A record as one line for people."""

    def told(name: str, otherwise: str = "-") -> str:
        value = record.get(name)
        return otherwise if value is None else plain(value)

    what = told(f.EVENT_NAME, "visit").removeprefix("frontdesk.")
    if what != "visit":
        more = [f"{name.rpartition('.')[2]} {plain(record[name])}" for name in _TOLD if name in record]
        return f"{told(f.TIMESTAMP):24}  {told(f.ENTITY):14}  {what:10}  {', '.join(more)}".rstrip()
    why = told(f.ORGANISATION_REASON, "objected" if record.get(f.TREATMENT) == "anonymous" else "-")
    who = told(f.ORGANISATION, f"({why})")
    signals = [name for name, on in (("DNT", record.get(f.DNT) == "1"), ("GPC", record.get(f.GPC) is True)) if on]
    return (
        f"{told(f.TIMESTAMP):24}  {told(f.COUNTRY, '--'):2}  {told(f.NETWORK_TYPE, ''):10}  {who:40.40}"
        f"  {told(f.ENTITY):14}  {told(f.METHOD)} {told(f.ROUTE)} {told(f.STATUS)}  {' '.join(signals)}"
    ).rstrip()
