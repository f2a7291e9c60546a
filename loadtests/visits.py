"""A compacted book of many visits, made at once: for measuring what reads it, not what writes it."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import orjson

from frontdesk.policy import Policy
from frontdesk.systemdata import fields as f
from frontdesk.systemdata.columns import COLUMNS, Kind
from frontdesk.systemdata.footer import KEY, NO_DIGEST
from frontdesk.systemdata.shelf import Shelf

_TYPES = {
    Kind.NUMBER: "BIGINT",
    Kind.TRUTH: "BOOLEAN",
    Kind.TEXTS: "VARCHAR[]",
    Kind.MOMENT: "TIMESTAMPTZ",
    Kind.SECOND: "TIMESTAMPTZ",
}
_ORGANISATIONS = 20_000
_VISITS_A_DAY = 3  # of one visitor
_DAY_MS = 86_400_000

# What a visitor is, by the dice `p` that fall the same for all visits of one: three in ten come from an organisation,
# some of which have very many visitors and most few; each has one country and one network.
_NAMED = "p % 10 < 3"
_NUMBER = f"CAST(floor(pow((hash(p, 1) % 100003) / 100003.0, 3) * {_ORGANISATIONS}) AS BIGINT)"
_PLACE = f"CASE WHEN {_NAMED} THEN {_NUMBER} ELSE hash(p, 5) END"
_COUNTRIES = "['US', 'DE', 'FR', 'GB', 'JP', 'CN', 'BR', 'IN', 'NL', 'SE', 'PL', 'IT', 'ES', 'CH']"
_KINDS = "['education', 'education', 'education', 'isp', 'isp', 'isp', 'isp', 'isp', 'mobile', 'hosting']"
_AGENTS = "['Chrome', 'Safari', 'Firefox', 'Edge', 'other']"


def _if_named(value: str) -> str:
    return f"CASE WHEN {_NAMED} THEN {value} END"


def _one_of(texts: str, dice: str) -> str:
    return f"{texts}[1 + CAST({dice} AS BIGINT)]"


_VISITOR = {
    f.CLIENT_NETWORK: "(20 + hash(p, 2) % 180) || '.' || hash(p, 3) % 256 || '.' || hash(p, 4) % 256 || '.0/24'",
    f.COUNTRY: _one_of(_COUNTRIES, f"({_PLACE}) % 14"),
    f.NETWORK_TYPE: _one_of(_KINDS, "p % 10"),
    f.MAY_IDENTIFY: "false",
    f.ORGANISATION_REASON: f"CASE WHEN NOT ({_NAMED}) THEN 'access_network' END",
    f.ORGANISATION: _if_named(f"'University of ' || {_NUMBER}"),
    f.ORGANISATION_KEY: _if_named(f"'university of ' || {_NUMBER}"),
    f.ORGANISATION_KIND: _if_named("'education'"),
    f.ORGANISATION_CONFIDENCE: _if_named("'medium'"),
    f.ORGANISATION_SOURCE: _if_named("'@ip-location-db/asn'"),
    f.ORGANISATION_METHOD: _if_named("'as_name'"),
    f.ORGANISATION_RULE: _if_named("'word: universit*'"),
    f.ORGANISATION_PREFIX: _if_named(f"16 + {_NUMBER} % 8"),
    f.DATABASE: "'frontdesk-lite 2026-06-17'",
    f.AGENT: _one_of(_AGENTS, "hash(p, 7) % 5"),
    f.SYNTHETIC: "CASE WHEN p % 10 = 9 THEN 'bot' END",
    f.DAILY_ID: "'00000000' || left(md5(p || ''), 24)",
}
_PAGES = "['/', '/products', '/products/{product}', '/contact', '/news', '/jobs']"
_SITES = "['google.com', 'bing.com', 'linkedin.com']"
# And what each visit is, by dice of its own.
_VISIT = {
    f.METHOD: "'GET'",
    f.ROUTE: _one_of(_PAGES, "floor(6 * a * a)"),
    f.REFERRER: f"CASE WHEN b < 0.2 THEN {_one_of(_SITES, 'floor(15 * b)')} END",
    f.STATUS: "200",
    f.SCHEME: "'https'",
    f.OUTCOME: "'complete'",
    f.CLIENT_SOURCE: "'header'",
    f.DNT: "'unset'",
    f.GPC: "false",
    f.TREATMENT: "'full'",
    f.ENTITY_REASON: "'host'",
}


def make(policy: Policy, visits: int, days: int, last: date, progress: Callable[[float], object]) -> None:
    """Write a book of so many visits in so many days, up to a last one, as compaction would leave it."""
    shelves = [(last - timedelta(ago), entity.id) for ago in range(days) for entity in policy.entities]
    directories = {entity.id: policy.directory_of(entity) for entity in policy.entities}
    with duckdb.connect() as connected:
        connected.execute("SET TimeZone = 'UTC'")
        for number, (day, entity) in enumerate(shelves):
            folder = Shelf("visit", day.isoformat(), entity).folder(directories[entity])
            folder.mkdir(parents=True)
            connected.execute(_copy(policy, folder, day, entity, visits // len(shelves), number))
            progress((number + 1) / len(shelves))


def _copy(policy: Policy, folder: Path, day: date, entity: str, visits: int, number: int) -> str:
    """SQL that writes one shelf."""
    begin = datetime(day.year, day.month, day.day, tzinfo=UTC)
    days, purposes = policy.retention.visit.days, list(policy.retention.visit.purposes)
    at = f"TIMESTAMPTZ '{begin.isoformat()}' + to_milliseconds(CAST(i * {_DAY_MS} / {visits} AS BIGINT))"
    tags = {
        f.TIMESTAMP: at,
        f.EVENT_NAME: "'frontdesk.visit'",
        f.SCHEMA_VERSION: str(f.SCHEMA),
        f.ENTITY: f"'{entity}'",
        f.HOST: f"'{entity}.example'",
        f.DATA_CLASS: "'system_data'",
        f.RETENTION_CLASS: "'visit'",
        f.PURPOSES: str(purposes),
        f.POLICY_VERSION: f"'{policy.version}'",
        f.TRANSFER: "'recipients'",
        f.EXPIRES_AT: f"date_trunc('second', {at}) + to_days({days})",
    }
    columns = _VISITOR | _VISIT | tags
    told = ", ".join(
        f'CAST({columns.get(name, "NULL")} AS {_TYPES.get(kind, "VARCHAR")}) AS "{name}"'
        for name, kind in COLUMNS.items()
    )
    people = max(1, visits // _VISITS_A_DAY)
    person = f"hash(floor(random() * {people}), {number})"
    dice = f"SELECT i, random() AS a, random() AS b, {person} AS p FROM range({visits}) t(i)"
    file = folder / f"{day:%Y%m%d}T000000000000-1-{number:08x}.parquet"
    return (
        f"COPY (SELECT {told} FROM (SELECT setseed({number % 997 / 997})), ({dice}))"
        f" TO '{file}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 131072,"
        f" KV_METADATA {{'{KEY}': '{_seal(begin, days, visits)}'}})"
    )


def _seal(begin: datetime, days: int, visits: int) -> str:
    """A seal that tells the times; nothing that reads a report asks for the digest."""
    ends = [begin, begin + timedelta(days=1), begin + timedelta(days), begin + timedelta(days + 1)]
    names = ("first", "last", "earliest_expiry", "latest_expiry")
    times = {name: f"{end:%Y-%m-%dT%H:%M:%SZ}" for name, end in zip(names, ends, strict=True)}
    return orjson.dumps({"records": visits, "size": 0, "sha256": NO_DIGEST, **times, "sources": []}).decode()
