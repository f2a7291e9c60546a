"""`frontdesk log tail`: records as they come."""

import sys
import time
from collections import deque
from pathlib import Path
from typing import Any

import orjson

from frontdesk.policy import FrontdeskError
from frontdesk.systemdata import fields as f
from frontdesk.systemdata.follow import Follower

_PAUSE = 0.2


def run(directory: Path, *, lines: int, follow: bool, as_json: bool) -> None:
    """Print the last records of a book, then each new one."""
    if not directory.is_dir():
        raise FrontdeskError(
            f"{directory}: no such folder; a book is made when an app starts (see [log] in the policy)"
        )
    follower = Follower(directory)
    for line in deque(follower.read(), maxlen=lines):
        _show(line, as_json=as_json)
    try:
        while follow:
            sys.stdout.flush()
            time.sleep(_PAUSE)
            for line in follower.read():
                _show(line, as_json=as_json)
    except KeyboardInterrupt:
        pass


def _show(line: bytes, *, as_json: bool) -> None:
    text = line.decode("utf-8", "replace").rstrip("\n")
    if as_json:
        print(text)
        return
    try:
        print(readable(orjson.loads(line)))
    except (orjson.JSONDecodeError, AttributeError):
        print(f"(a damaged line of {len(line)} bytes)")


def readable(record: dict[str, Any]) -> str:
    """A record as one line for people."""
    who = record.get(f.ORGANISATION)
    kind = record.get(f.NETWORK_TYPE, "")
    if who is None:
        who = record.get(f.ORGANISATION_REASON) or "objected"
        who = f"({who})"
    signals = [name for name, on in (("DNT", record.get(f.DNT) == "1"), ("GPC", record.get(f.GPC))) if on]
    return (
        f"{record.get(f.TIMESTAMP, ''):24}  {record.get(f.COUNTRY, '--'):2}  {kind:10}  {who:40.40}"
        f"  {record.get(f.ENTITY, ''):14}  {record.get(f.METHOD, '')} {record.get(f.ROUTE, '-')}"
        f" {record.get(f.STATUS, '-')}  {' '.join(signals)}"
    ).rstrip()
