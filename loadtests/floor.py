"""The floor: the leanest class that does what the front desk does for a visit, to measure how far off we are.

Everything stands in one place and whatever can be prepared is. It is a benchmark and no product: it has no bound on
what waits for the disk, no database swap, no WebSocket, no record of an app that raises before it answers, no cookie
held back, no header for caches, no suggestion, no count by hour, no statistics; it takes the last of repeated header
fields, believes that a proxy's header is short, and knows no machine by its agent and no referrer. What it writes is,
field by field, the front desk's record.
"""

import os
import threading
import time
from collections.abc import Awaitable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import maxminddb
import orjson
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from frontdesk.enrich import Enricher, Entities
from frontdesk.geodb import Database
from frontdesk.geodb.record import NOT_LISTED, from_mmdb
from frontdesk.policy import Policy, RetentionClass
from frontdesk.policy.networks import pack
from frontdesk.systemdata import fields as f
from frontdesk.systemdata.daily_id import DayKey
from frontdesk.systemdata.minimise import agent_family, network_of

_MOST = 16_384
_DAY, _HOUR = 86_400, 3_600
_FLUSH = 0.2


class _Known(NamedTuple):
    """What is prepared for one forwarding header, host and signals: the record but for time, browser and answer."""

    fragment: bytes
    standing: bytes
    anonymous: bool
    of_machines: bool


class _Network(NamedTuple):
    """What is prepared for all networks of which the database says the same."""

    fragment: bytes
    country: str | None
    of_machines: bool


class Floor:
    """Notes each visit, and does nothing else."""

    def __init__(self, app: ASGIApp, policy: Policy, database: Database, file: Path, key: bytes) -> None:
        self.app = app
        self._policy = policy
        self._enricher = Enricher(database)
        self._entities = Entities(policy)
        self._lookup = maxminddb.open_database(database.file).get_with_prefix_len
        self._trusted = set(policy.proxies.trusted.texts)
        self._days = policy.retention.of(RetentionClass.VISIT).days
        self._key = DayKey(key)
        self._visitors: dict[tuple[bytes | None, ...], _Known] = {}
        self._networks: dict[tuple[object, ...], _Network] = {}
        self._standings: dict[tuple[object, ...], tuple[bytes, str]] = {}
        self._agents: dict[tuple[bytes | None, bool], bytes] = {}
        self._exchanges: dict[tuple[object, ...], bytes] = {}
        self._second, self._text, self._hour, self._expiry, self._hours_expiry = -1, b"", b"", b"", b""
        self._lines: list[bytes] = []
        self._fd = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._write, daemon=True)
        self._thread.start()

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if scope["type"] != "http":
            return self.app(scope, receive, send)
        get = dict(scope["headers"]).get
        forwarded = get(b"x-forwarded-for") if scope["client"][0] in self._trusted else None
        key = (forwarded, get(b"host"), get(b"dnt"), get(b"sec-gpc"))
        known = self._visitors.get(key) or self._arrive(key, scope["client"][0])
        agent = get(b"user-agent")
        status = 0

        def answer(message: Message) -> Awaitable[None]:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            elif not message.get("more_body"):
                self._note(known, agent, (scope["method"], scope["route"].path, status, scope["scheme"]))
            return send(message)

        return self.app(scope, receive, answer)

    def _note(self, known: _Known, agent: bytes | None, exchange: tuple[object, ...]) -> None:
        at = time.time()
        second = int(at)
        if second != self._second:
            self._begin(second)
        told = self._exchanges.get(exchange) or self._tell(exchange)
        if known.anonymous:
            line = b'%b.000Z"%b%b%b%b' % (
                self._hour,
                known.fragment,
                known.standing,
                told,
                self._hours_expiry,
            )
        else:
            key = (agent, known.of_machines)
            line = b'%b.%03dZ"%b%b%b%b%b' % (
                self._text,
                (at - second) * 1000,
                known.fragment,
                known.standing,
                self._agents.get(key) or self._family(key),
                told,
                self._expiry,
            )
        self._lines.append(line)

    def _begin(self, second: int) -> None:
        hour = second - second % _HOUR
        if second // _DAY != self._second // _DAY:
            self._visitors.clear()
        self._second = second
        self._text, self._hour = (b'{"timestamp":"%b' % _text(each) for each in (second, hour))
        self._expiry, self._hours_expiry = (
            b',"frontdesk.retention.expires_at":"%bZ"}\n' % _text(each + self._days * _DAY) for each in (second, hour)
        )

    def _arrive(self, key: tuple[bytes | None, ...], peer: str) -> _Known:
        forwarded, host, dnt, gpc = key
        address, source = self._client(forwarded, peer)
        packed = pack(address)
        network = self._network(*self._lookup(address))
        standing = (host, network.country, dnt, gpc, source)
        told, entity = self._standings.get(standing) or self._stand(standing)
        if dnt == b"1" or gpc == b"1":
            fragment = b',"geo.country.iso_code":"%b"' % network.country.encode() if network.country else b""
            known = _Known(fragment, told, anonymous=True, of_machines=False)
        else:
            fragment = b',"client.address":"%b"%b,"frontdesk.visitor.daily_id":"%b"' % (
                network_of(packed or b"").encode(),
                network.fragment,
                self._key.id(entity, packed or b"").encode(),
            )
            known = _Known(fragment, told, anonymous=False, of_machines=network.of_machines)
        if len(self._visitors) >= _MOST:
            self._visitors.clear()
        self._visitors[key] = known
        return known

    def _stand(self, standing: tuple[Any, ...]) -> tuple[bytes, str]:
        """What is the same for all visitors of a host, from a country, with the same signals; and the entity."""
        host, country, dnt, gpc, source = standing
        name = (host or b"").decode().partition(":")[0]
        ours = self._entities.is_ours(name)
        entity, reason = self._entities.of(name if ours else None, country)
        visit = self._policy.retention.of(RetentionClass.VISIT)
        told = _fragment(
            {
                f.EVENT_NAME: "frontdesk.visit",
                f.SCHEMA_VERSION: f.SCHEMA,
                **({f.HOST: name} if ours else {}),
                f.OUTCOME: "complete",
                f.CLIENT_SOURCE: source,
                f.DNT: "unset" if dnt is None else dnt.decode(),
                f.GPC: gpc == b"1",
                f.TREATMENT: "anonymous" if dnt == b"1" or gpc == b"1" else "full",
                f.ENTITY_REASON: reason,
                f.ENTITY: entity.id,
                **({f.RESIDENCY: entity.residency} if entity.residency else {}),
                f.DATA_CLASS: "system_data",
                f.RETENTION_CLASS: "visit",
                f.PURPOSES: list(visit.purposes),
                f.POLICY_VERSION: self._policy.version,
                f.TRANSFER: "entity" if gpc == b"1" else "recipients",
            }
        )
        found = self._standings[standing] = (told, entity.id)
        return found

    def _client(self, forwarded: bytes | None, peer: str) -> tuple[str, str]:
        """The last address of the header that is no proxy's own."""
        if forwarded is None:
            return peer, "header_missing" if peer in self._trusted else "peer"
        rest = forwarded.decode("latin-1")
        while True:
            rest, comma, text = rest.rpartition(",")
            address = text.strip()
            if not comma or address not in self._trusted:
                return address, "header"

    def _network(self, stored: Any, prefix: int) -> _Network:
        if stored is None:
            key: tuple[object, ...] = (prefix,)
        else:
            country, kind = stored.get("country"), stored["network"]
            place = country["iso_code"] if country else None
            key = (stored.get("autonomous_system_number"), place, kind["type"], kind["reason"], prefix)
        known = self._networks.get(key)
        if known is None:
            if len(self._networks) >= _MOST:
                self._networks.clear()
            known = self._networks[key] = self._judge(NOT_LISTED if stored is None else from_mmdb(stored, prefix))
        return known

    def _judge(self, record: Any) -> _Network:
        finding = self._enricher.judge(record, v6=False)
        found: dict[str, object] = {
            f.COUNTRY: record.country,
            f.AS_NUMBER: record.as_number,
            f.NETWORK_TYPE: record.type,
            f.MAY_IDENTIFY: finding.may_identify,
            f.ORGANISATION_REASON: finding.reason,
        }
        if finding.organisation:
            organisation, evidence = finding.organisation, finding.organisation.evidence
            found |= {
                f.AS_NAME: record.as_name,
                f.ORGANISATION: organisation.name,
                f.ORGANISATION_KEY: organisation.key,
                f.ORGANISATION_KIND: organisation.kind,
                f.ORGANISATION_CONFIDENCE: organisation.confidence,
                f.ORGANISATION_SOURCE: evidence.source,
                f.ORGANISATION_METHOD: evidence.method,
                f.ORGANISATION_RULE: evidence.rule,
                f.ORGANISATION_PREFIX: evidence.prefix_length,
            }
        found[f.DATABASE] = self._enricher.version
        fragment = _fragment({name: value for name, value in found.items() if value is not None})
        return _Network(fragment, record.country, record.type in {"hosting", "cdn"})

    def _family(self, key: tuple[bytes | None, bool]) -> bytes:
        agent, of_machines = key
        told: dict[str, object] = {f.AGENT: agent_family(agent)}
        if of_machines:
            told |= {f.SYNTHETIC: "bot", f.BOT_BY: "network"}
        family = self._agents[key] = _fragment(told)
        return family

    def _tell(self, exchange: tuple[object, ...]) -> bytes:
        names = (f.METHOD, f.ROUTE, f.STATUS, f.SCHEME)
        told = self._exchanges[exchange] = _fragment(dict(zip(names, exchange, strict=True)))
        return told

    def _write(self) -> None:
        while not self._stopping.wait(_FLUSH):
            self._flush()
            os.fdatasync(self._fd)
        self._flush()

    def _flush(self) -> None:
        lines, self._lines = self._lines, []
        if lines:
            os.write(self._fd, b"".join(lines))

    def settle(self) -> None:
        """Wait until nothing waits."""
        while self._lines:
            time.sleep(0.02)

    def close(self) -> None:
        """Write what waits, and end."""
        self._stopping.set()
        self._thread.join()
        os.close(self._fd)


def _text(second: int) -> bytes:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S").encode()


def _fragment(fields: dict[str, object]) -> bytes:
    """Fields as a part of a JSON object that follows others."""
    return b"," + orjson.dumps(fields)[1:-1] if fields else b""
