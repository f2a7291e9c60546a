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

# What a visitor is, by the dice `p` that fall the same for all visits of one: three in ten come from an organisation.
_NAMED = "p % 10 < 3"
_ORGANISATION = f"CAST(floor(pow((hash(p, 1) % 100003) / 100003.0, 3) * {_ORGANISATIONS}) AS BIGINT)"
_KINDS = (
    "CASE WHEN p % 10 < 3 THEN 'education' WHEN p % 10 < 8 THEN 'isp' WHEN p % 10 < 9 THEN 'mobile' ELSE 'hosting' END"
)
_VISITOR = {
    f.CLIENT_NETWORK: "(20 + hash(p, 2) % 180) || '.' || hash(p, 3) % 256 || '.' || hash(p, 4) % 256 || '.0/24'",
    f.COUNTRY: "['US', 'DE', 'FR', 'GB', 'JP', 'CN', 'BR', 'IN', 'NL', 'SE', 'PL', 'IT', 'ES', 'CH'][1 + CAST(hash(p, 5) % 14 AS BIGINT)]",
    f.NETWORK_TYPE: _KINDS,
    f.MAY_IDENTIFY: "false",
    f.ORGANISATION_REASON: f"CASE WHEN NOT ({_NAMED}) THEN 'access_network' END",
    f.ORGANISATION: f"CASE WHEN {_NAMED} THEN 'University of ' || {_ORGANISATION} END",
    f.ORGANISATION_KEY: f"CASE WHEN {_NAMED} THEN 'university of ' || {_ORGANISATION} END",
    f.ORGANISATION_KIND: f"CASE WHEN {_NAMED} THEN 'education' END",
    f.ORGANISATION_CONFIDENCE: f"CASE WHEN {_NAMED} THEN 'medium' END",
    f.ORGANISATION_SOURCE: f"CASE WHEN {_NAMED} THEN '@ip-location-db/asn' END",
    f.ORGANISATION_METHOD: f"CASE WHEN {_NAMED} THEN 'as_name' END",
    f.ORGANISATION_RULE: f"CASE WHEN {_NAMED} THEN 'word: universit*' END",
    f.ORGANISATION_PREFIX: f"CASE WHEN {_NAMED} THEN 16 + hash(p, 6) % 8 END",
    f.DATABASE: "'frontdesk-lite 2026-06-17'",
    f.AGENT: "['Chrome', 'Safari', 'Firefox', 'Edge', 'other'][1 + CAST(hash(p, 7) % 5 AS BIGINT)]",
    f.SYNTHETIC: "CASE WHEN p % 10 = 9 THEN 'bot' END",
    f.DAILY_ID: "md5(p || '')",
}
# And what each visit is, by dice of its own.
_VISIT = {
    f.METHOD: "'GET'",
    f.ROUTE: "['/', '/products', '/products/{product}', '/contact', '/news', '/jobs'][1 + CAST(floor(6 * a * a) AS BIGINT)]",
    f.REFERRER: "CASE WHEN b < 0.2 THEN ['google.com', 'bing.com', 'linkedin.com'][1 + CAST(floor(15 * b) AS BIGINT)] END",
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
    dice = f"SELECT i, random() AS a, random() AS b, hash(floor(random() * {people}), {number}) AS p FROM range({visits}) t(i)"
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
