"""Proof that each variant does its job, before any of them is timed."""

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from frontdesk.systemdata import fields as f

from .scopes import Scope
from .site import SEEN
from .variants import UNCOMPILED, Variant

# The two were not written at the very same moment; what lies between the two fields is compared.
_MOMENTS = (f.TIMESTAMP, f.EXPIRES_AT)


async def ask(variant: Variant, scope: Scope) -> tuple[int, dict[bytes, bytes], bytes]:
    """One request: the status, the headers and the body that came back."""
    status, headers, body = 0, {}, b""

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        nonlocal status, headers, body
        if message["type"] == "http.response.start":
            status, headers = message["status"], dict(message["headers"])
        else:
            body += message.get("body", b"")

    await variant.app(scope, receive, send)
    return status, headers, body


async def check(variants: dict[str, Variant], scopes: list[Scope]) -> None:
    """Raise `AssertionError` unless each variant answers as the app does, and does what it is there for."""
    for name, variant in variants.items():
        for each in scopes:
            status, headers, body = await ask(variant, _own(each))
            _expect(status == 200 and body == b"ok", f"{name} answers as the app does")  # noqa: PLR2004
        _expect(name != "asgi_correlation_id" or b"x-request-id" in headers, "asgi-correlation-id gives an id")
        told = json.loads((await ask(variant, _own(scopes[0]) | {"path": SEEN, "raw_path": SEEN.encode()}))[2])
        _expect(
            told["visit"] == name.startswith("frontdesk"), f"only the front desk shows a visit, and {name} is asked"
        )
        if name == "proxy_headers":
            client = dict(scopes[0]["headers"])[b"x-forwarded-for"].decode()
            _expect(told["client"] == client, "uvicorn's middleware puts the client in the peer's place")
        variant.settle()
        # One more for the page that tells; who writes nothing has no records.
        _expect(len(variant.written()) in {0, len(scopes) + 1}, f"{name} writes each request")
    if "usual" in variants:
        places = [line["country"] for line in variants["usual"].written()]
        _expect(any(places), "the usual way finds countries")
    for name in ("frontdesk", UNCOMPILED):
        if {"floor", name} <= variants.keys():
            _compare(variants[name], variants["floor"])


def _compare(ours: Variant, floor: Variant) -> None:
    # What is measured in a process of its own has a book of its own, and with it another key for the ids of a day.
    with_ids = ours.spend is None
    both = (told_apart(each.written(), with_ids=with_ids) for each in (ours, floor))
    differing = next((pair for pair in zip(*both, strict=True) if pair[0] != pair[1]), None)
    _expect(differing is None, f"the floor writes what the front desk writes, but not here: {differing}")


def told_apart(records: Iterable[dict[str, Any]], *, with_ids: bool = True) -> list[str]:
    """Records without the moment of writing, in an order of their own; how long each is kept stays.

    Without the ids of the day it is told only which records have one.
    """
    told = [_timeless(record) for record in records]
    if not with_ids:
        told = [each | ({f.DAILY_ID: "an id"} if f.DAILY_ID in each else {}) for each in told]
    return sorted(json.dumps(each, sort_keys=True) for each in told)


def _timeless(record: dict[str, Any]) -> dict[str, Any]:
    at, end = (datetime.fromisoformat(record[name]) for name in _MOMENTS)
    kept = ceil((end - at) / timedelta(seconds=1))
    # An anonymous record is of a full hour.
    whole = record[f.TREATMENT] == "anonymous" and at.minute == at.second == at.microsecond == 0
    return {name: value for name, value in record.items() if name not in _MOMENTS} | {"kept": kept, "hour": whole}


def _own(scope: Scope) -> Scope:
    return scope | {"state": {}}


def _expect(holds: bool, what: str) -> None:
    if not holds:
        raise AssertionError(what)
