"""`frontdesk log subject`: the requests of a data subject, answered as far as anybody can, and the rest said."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import orjson

from frontdesk.cli.books import asked_about
from frontdesk.cli.plain import plain
from frontdesk.cli.retention import told_day, warn_of_doubt
from frontdesk.cli.standard_input import standard_input
from frontdesk.policy import FrontdeskError, Policy
from frontdesk.policy.networks import pack
from frontdesk.systemdata import fields as f
from frontdesk.systemdata.audit import testify
from frontdesk.systemdata.subject import Erased, Found, Request, counts, erase, find

_LONGEST = 4096  # bytes of standard input, of which an address has 39 at the most


def find_records(policy: Policy, request: Request) -> bool:
    """Say what is held of an address, and what cannot be told; whether every segment could be read."""
    whole = True
    for directory in asked_about(policy):
        found = find(policy, directory, request, datetime.now(UTC))
        testify(policy, directory, time.time(), "subject_find", _asked(request) | {"found": len(found.records)})
        print("\n".join(_told(directory, found)))
        whole = whole and not found.damaged
    return whole


def export_records(policy: Policy, request: Request) -> bool:
    """Print every record of an address as one JSON document, and what cannot be told; whether every segment could be
    read.
    """
    parts, whole = [], True
    for directory in asked_about(policy):
        found = find(policy, directory, request, datetime.now(UTC))
        testify(policy, directory, time.time(), "subject_export", _asked(request) | {"found": len(found.records)})
        # Whose records they are is known to who asked; the ciphertext says nothing to anybody else.
        records = [{k: v for k, v in record.items() if k != f.ENCRYPTED_ADDRESS} for record in found.records]
        parts.append({"records": records, "limits": list(_limits(found))})
        whole = whole and not found.damaged
    document = {"from": told_day(request.first), "to": told_day(request.last), "books": parts}
    print(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode())
    return whole


def erase_records(policy: Policy, request: Request) -> bool:
    """Erase the records of an address, and say what stays and why; whether nothing stays because it is damaged."""
    whole = True
    for directory in asked_about(policy):
        done = erase(policy, directory, request, datetime.now(UTC), partial(_testify, policy, directory, request))
        print("\n".join(_erased(directory, done)))
        warn_of_doubt(directory)
        whole = whole and not done.damaged
    return whole


def _testify(policy: Policy, directory: Path, request: Request, done: Erased) -> None:
    testify(policy, directory, time.time(), "subject_erase", _asked(request) | dict(counts(done)))


def address_from(text: str) -> bytes:
    """A packed address from an option, or from standard input where it is `-`: a shell remembers options.

    Raises `FrontdeskError` where it is none, or several: of those that are passed over nobody would hear.
    """
    if text == "-":
        text = _typed_or_piped()
    if len(text.split()) > 1:
        raise FrontdeskError("more than one address was given, and a request is about one: ask for each of them")
    address = pack(text.strip())
    if address is None:
        raise FrontdeskError("what was given is not one IPv4 or IPv6 address")
    return address


def _typed_or_piped() -> str:
    stream = standard_input()
    given = stream.readline(_LONGEST) if stream.isatty() else stream.read(_LONGEST)
    return given.decode("ascii", "replace")


def _asked(request: Request) -> dict[str, str | int | None]:
    """Of a request, what may be written down: never whose it was."""
    return {"from": told_day(request.first), "to": told_day(request.last)}


def _told(directory: Path, found: Found) -> Iterator[str]:
    yield f"{directory}: {len(found.records)} records of this address"
    for record in found.records:
        what = record.get(f.INCIDENT) or "visit"
        yield f"  {record[f.TIMESTAMP]}  {record[f.RETENTION_CLASS]}  {record[f.ENTITY]}  {plain(what)}"
    yield from (f"  {limit}" for limit in _limits(found))


def _limits(found: Found) -> Iterator[str]:
    """What could not be told, and why."""
    yield f"{found.security} security records were looked through, by decryption"
    if found.without_key:
        yield f"{found.without_key} of them can be read by nobody any more: the key of their day is destroyed"
    yield (
        f"{found.of_network} visits come from the same network; whose they are cannot be told: a visit has the network"
        " only, which 256 addresses or more share, and the keys to the daily ids of past days are destroyed"
    )
    yield "records of visitors who objected, counts, and records of what frontdesk did hold no person"
    if found.held:
        yield f"{found.held} of the records are on hold"
    yield from (f"damaged, and not read as a whole: {plain(damage)}" for damage in found.damaged)


def _erased(directory: Path, done: Erased) -> Iterator[str]:
    yield f"{directory}: {done.erased} records erased"
    if done.held:
        yield (
            f"  {done.held} records stay for now: they are on hold (frontdesk log hold list);"
            " the first purge after the release erases them"
        )
    if done.in_open_segments:
        yield (
            f"  {done.in_open_segments} records stay for now: they stand in segments that are being written;"
            " those are sealed in an hour at the latest, and the next purge erases the records"
        )
    yield from (f"  what is damaged stays: {plain(damage)}" for damage in done.damaged)
