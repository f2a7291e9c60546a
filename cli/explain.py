"""`frontdesk explain`: why a request is seen as it is, asked of the same desk that receives real ones."""

import sys
import time
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO, get_args

import msgspec
import orjson
import typer

from frontdesk.cli.lookup import organisation_data, organisation_in_words
from frontdesk.cli.plain import plain
from frontdesk.cli.standard_input import standard_input
from frontdesk.enrich import Enricher
from frontdesk.geodb import EMBEDDED, Database
from frontdesk.middleware.address import ClientAddress, Step, peer_address
from frontdesk.middleware.desk import Desk
from frontdesk.middleware.seen import Seen
from frontdesk.middleware.visit import Visit
from frontdesk.policy import FrontdeskError, Policy
from frontdesk.policy.model import ForwardingHeader, Proxies
from frontdesk.policy.networks import Networks
from frontdesk.systemdata import Exchange

_MAX_LINE = 1 << 20
_MAX_DESKS = 256


class Request(msgspec.Struct):
    """One request to explain: what a line of `--jsonl` holds. Other keys are passed over."""

    peer: str | None
    headers: list[tuple[str, str]] | dict[str, str]
    proxies: Proxies | None = None

    def fields(self) -> list[tuple[str, str]]:
        """The header field lines, in order; an object has one of each name."""
        return list(self.headers.items()) if isinstance(self.headers, dict) else self.headers


def one(policy: Policy, peer: str | None, headers: list[str], trusted: list[str] | None, *, as_json: bool) -> None:
    """Explain one request, in words or as JSON."""
    if trusted is not None:
        try:
            networks = Networks(trusted)
        except ValueError as error:
            raise typer.BadParameter(str(error), param_hint="--trusted") from None
        policy = msgspec.structs.replace(policy, proxies=msgspec.structs.replace(policy.proxies, trusted=networks))
    if peer is not None and peer_address(peer) is None:
        raise typer.BadParameter(f"{peer!r} is not the address of a peer", param_hint="--peer")
    request = Request(peer, [_header(text) for text in headers])
    explainer = _Explainer(policy)
    if as_json:
        print(orjson.dumps(explainer.explain(request)).decode())
    else:
        print(explainer.in_words(request))


def bulk(policy: Policy, file: Path) -> bool:
    """Explain a request for each line of a file, or of standard input, and write one JSON object a line; False if any
    could not be read.
    """
    explainer = _Explainer(policy)
    if str(file) == "-":
        return _bulk(explainer, standard_input())
    try:
        stream = file.open("rb")
    except OSError as error:
        raise FrontdeskError(f"{file}: cannot be read: {error.strerror}") from None
    with stream:
        return _bulk(explainer, stream)


def _bulk(explainer: "_Explainer", stream: BinaryIO) -> bool:
    out = sys.stdout.buffer
    decoder = msgspec.json.Decoder(Request, dec_hook=_decode)
    bad = 0
    for number, line in _lines(stream):
        try:
            if line is None:
                raise ValueError(f"the line is longer than {_MAX_LINE} bytes")
            answer = explainer.explain(decoder.decode(line))
        except (ValueError, RecursionError) as error:  # msgspec's errors among them
            bad += 1
            answer = {"line": number, "error": str(error)}
        out.write(orjson.dumps(answer, option=orjson.OPT_APPEND_NEWLINE))
    out.flush()
    if bad:
        lines = "1 line" if bad == 1 else f"{bad} lines"
        print(f"frontdesk: {lines} could not be read; an error object stands in its place", file=sys.stderr)
    return not bad


def _lines(stream: BinaryIO) -> Iterator[tuple[int, bytes | None]]:
    """Numbered lines that are not blank; None for one that is too long to be a request."""
    number = 0
    while line := stream.readline(_MAX_LINE + 1):
        number += 1
        if len(line) > _MAX_LINE:
            while line and not line.endswith(b"\n"):
                line = stream.readline(_MAX_LINE)
            yield number, None
        elif line.strip():
            yield number, line


def _decode(wanted: type, value: Any) -> Any:
    if wanted is Networks:
        return _networks(msgspec.convert(value, tuple[str, ...]))
    raise TypeError(f"nothing reads a {wanted.__name__}")


@lru_cache(_MAX_DESKS)
def _networks(texts: tuple[str, ...]) -> Networks:
    """The same few sets of networks stand in line after line."""
    return Networks(texts)


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon or not name.strip():
        raise typer.BadParameter(f"{text!r} is not a field line, such as 'dnt: 1'", param_hint="--header")
    return name.strip(), value.strip(" \t")


class _Explainer:
    """A desk for each set of proxies that is asked about."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        file = policy.database.file
        self._enricher = Enricher(Database(file or EMBEDDED))
        self._desks: dict[Proxies, Desk] = {}

    def explain(self, request: Request) -> dict[str, Any]:
        """The whole explanation as plain data."""
        desk, seen, client, visit = self._receive(request)
        finding = visit.guest.arrived.finding
        return {
            "address": client.text,
            "source": visit.address_source,
            "ignored": client.ignored,
            "signals": visit.signals._asdict(),
            "treatment": visit.treatment.value,
            "country": visit.country,
            "subdivision": visit.subdivision,
            "network_type": visit.network_type,
            "network_type_reason": finding.record.type_reason,
            "as_number": finding.record.as_number,
            "organisation": None if visit.objected else organisation_data(finding),
            "organisation_reason": visit.organisation_reason,
            "entity": {"id": visit.entity.id, "reason": visit.entity_reason},
            "suggestion": _suggestion(visit),
            "record": _record(desk, seen, visit),
        }

    def in_words(self, request: Request) -> str:
        """The whole explanation, to be read."""
        steps: list[Step] = []
        desk, seen, client, visit = self._receive(request, steps)
        finding = visit.guest.arrived.finding
        suggestion = _suggestion_in_words(visit)  # shown, as the record then says
        record = _record(desk, seen, visit)
        organisation = "none: the visitor asked not to be tracked" if visit.objected else organisation_in_words(finding)
        unread = _unread(request, desk.policy.proxies)
        told = [
            f"client address  {client.text or 'unknown'}  ({client.source})",
            *(f"                  {plain(step.element)}: {step.verdict}" for step in steps),
            *(f"                  {name}: not read: the policy names {desk.policy.proxies.header}" for name in unread),
            f"signals         {_signals_in_words(visit)}",
            f"country         {visit.country or 'not known'}",
            f"network type    {visit.network_type}  ({finding.record.type_reason})",
            f"organisation    {organisation}",
            f"entity          {visit.entity.id}, {visit.entity.legal_name}  (by {visit.entity_reason})",
            f"suggestion      {suggestion}",
            f"record          {'none: the visit is only counted' if record is None else 'this line would be written:'}",
        ]
        if record is not None:
            told.append(orjson.dumps(record, option=orjson.OPT_INDENT_2).decode())
        return "\n".join(told)

    def _receive(self, request: Request, steps: list[Step] | None = None) -> tuple[Desk, Seen, ClientAddress, Visit]:
        desk = self._desk(request.proxies or self._policy.proxies)
        seen = Seen([(name.lower().encode(), _raw(value)) for name, value in request.fields()])
        client = desk.find(request.peer, desk.forwarding(seen), steps)
        # A first page that is opened: what else a request asks of routing is not in its headers.
        asked = desk.ask("GET", "/", b"", seen)
        return desk, seen, client, desk.visit(desk.arrive(client), seen, asked)

    def _desk(self, proxies: Proxies) -> Desk:
        if proxies not in self._desks:
            if len(self._desks) >= _MAX_DESKS:
                self._desks.clear()
            self._desks[proxies] = Desk(msgspec.structs.replace(self._policy, proxies=proxies), self._enricher)
        return self._desks[proxies]


def _suggestion(visit: Visit) -> dict[str, str] | None:
    found = visit.suggestion
    return found and {"id": found.entity.id, "reason": found.reason, "address": found.address}


def _suggestion_in_words(visit: Visit) -> str:
    found = visit.suggestion
    return f"{found.entity.id}, at {found.address}  (by {found.reason})" if found else "none"


def _record(desk: Desk, seen: Seen, visit: Visit) -> dict[str, Any] | None:
    """The record of a plain GET that is answered with 200 now."""
    exchange = Exchange("GET", "http", visit.host, None, 200)
    standing = desk.guest(visit).standing
    if standing is None:
        return None
    referrer, suggested = seen.last(b"referer"), visit.outcome()
    return desk.recorder.visit(time.time(), standing, exchange, None, referrer, suggested).record()


def _unread(request: Request, proxies: Proxies) -> list[str]:
    """The forwarding headers of a request that the policy does not name."""
    names = [name.lower() for name, _ in request.fields()]
    return [name for name in dict.fromkeys(names) if name in get_args(ForwardingHeader) and name != proxies.header]


def _signals_in_words(visit: Visit) -> str:
    gpc = "on" if visit.signals.gpc else "off"
    return f"DNT {visit.signals.dnt}, Sec-GPC {gpc}: treatment {visit.treatment.value}"


def _raw(value: str) -> bytes:
    """A header value as a server hands it on: one byte a character, whatever was sent."""
    try:
        return value.encode("latin-1")
    except UnicodeEncodeError:
        return value.encode("utf-8", "surrogatepass")
