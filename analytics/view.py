"""The book as tables: plain names over the segments of some days, sealed, open and compacted, without a copy."""

from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Any

from frontdesk.analytics.accounts import Accounts
from frontdesk.enrich.organisation import ORGANISATION_TYPES
from frontdesk.policy import Policy, RetentionClass, Treatment
from frontdesk.systemdata import fields as f
from frontdesk.systemdata.columns import COLUMNS, GAP_REASONS, Kind
from frontdesk.systemdata.gap import REASONS
from frontdesk.systemdata.shelf import PARQUET, Shelf, segments, shelves

_TYPES = {
    Kind.TEXT: "VARCHAR",
    Kind.NUMBER: "BIGINT",
    Kind.TRUTH: "BOOLEAN",
    Kind.TEXTS: "VARCHAR[]",
    Kind.OBJECT: "JSON",
    Kind.MOMENT: "TIMESTAMPTZ",
    Kind.SECOND: "TIMESTAMPTZ",
}

# In lines of JSON each reason of a gap has a field of its own.
_IN_LINES = {name: _TYPES[kind] for name, kind in COLUMNS.items() if name != GAP_REASONS} | {
    f.GAP_REASON + reason: "BIGINT" for reason in REASONS
}

MACHINES = ("hosting", "cdn")
"""Kinds of network from which machines come; records of before schema 3 do not say so themselves."""

_NAMED = f'"{f.NETWORK_TYPE}" IN ({", ".join(repr(kind) for kind in sorted(ORGANISATION_TYPES))})'
# Whoever wrote the record: nobody is named who came from elsewhere, whose network may identify somebody, or objected.
_MAY_BE_NAMED = (
    f'{_NAMED} AND NOT coalesce("{f.MAY_IDENTIFY}", true) AND "{f.ORGANISATION_REASON}" IS NULL'
    f" AND \"{f.TREATMENT}\" = '{Treatment.FULL}'"
)


def _if_named(field: str) -> str:
    return f'CASE WHEN {_MAY_BE_NAMED} THEN "{field}" END'


VISITS = {
    "happened": f'"{f.TIMESTAMP}"',
    "entity": f'"{f.ENTITY}"',
    "country": f'"{f.COUNTRY}"',
    "kind": f'"{f.NETWORK_TYPE}"',
    "organisation": _if_named(f.ORGANISATION_KEY),
    "name": _if_named(f.ORGANISATION),
    "confidence": _if_named(f.ORGANISATION_CONFIDENCE),
    "source": _if_named(f.ORGANISATION_SOURCE),
    "method": _if_named(f.ORGANISATION_METHOD),
    "rule": _if_named(f.ORGANISATION_RULE),
    "prefix_length": _if_named(f.ORGANISATION_PREFIX),
    "reason": f'"{f.ORGANISATION_REASON}"',
    "page": f'"{f.ROUTE}"',
    "referrer": f'"{f.REFERRER}"',
    "status": f'"{f.STATUS}"',
    "agent": f'"{f.AGENT}"',
    "bot": f'coalesce("{f.SYNTHETIC}" = \'bot\', false) OR coalesce("{f.NETWORK_TYPE}" IN {MACHINES}, false)',
    "chosen": f'"{f.ENTITY_REASON}"',
    "suggested": f'"{f.ENTITY_SUGGESTED}"',
    "suggestion": f'"{f.SUGGESTED_OUTCOME}"',
    "treatment": f'"{f.TREATMENT}"',
    "dnt": f'"{f.DNT}"',
    "gpc": f'"{f.GPC}"',
    "database": f'"{f.DATABASE}"',
}
"""The columns of a visit, and what they are in the record. None is an address, a network or an id of a visitor."""

TIME_OF = {
    "month": "strftime(happened, '%Y-%m')",
    "week": "strftime(date_trunc('week', happened), '%Y-%m-%d')",
    "day": "strftime(happened, '%Y-%m-%d')",
    "hour": "strftime(happened, '%Y-%m-%dT%H')",
}
"""The dimensions of time, as text."""

# What tells visitors apart within a day: the id of the day, or where the policy has none, the network.
_ID = f'coalesce("{f.DAILY_ID}", "{f.CLIENT_NETWORK}")'
_HIDDEN = {
    "visitor": f'CASE WHEN {_ID} IS NOT NULL THEN hash(CAST("{f.TIMESTAMP}" AS DATE), {_ID}) END',
    "network": f'"{f.CLIENT_NETWORK}"',
    "identifying": f'coalesce("{f.MAY_IDENTIFY}", true)',
    "by_id": f'"{f.DAILY_ID}" IS NOT NULL',
}

_COUNTS = {
    "happened": f'"{f.TIMESTAMP}"',
    "entity": f'"{f.ENTITY}"',
    "visits": f'"{f.VISITS}"',
    "objected": f'"{f.ANONYMOUS}" + "{f.COUNTED}"',
    "dnt": f'"{f.OBJECTED_DNT}"',
    "gpc": f'"{f.OBJECTED_GPC}"',
    "both": f'"{f.OBJECTED_BOTH}"',
}
_GAPS = {
    "happened": f'"{f.TIMESTAMP}"',
    "class": f'"{f.RETENTION_CLASS}"',
    "entity": f'"{f.ENTITY}"',
    "records": f'"{f.GAP_RECORDS}"',
    "reasons": f'"{GAP_REASONS}"',
}


# The list says whose a network is, also where no rule tells what kind it is; but never of one that is other people's.
_MATCHED = (*sorted(ORGANISATION_TYPES), "unknown")


class View:
    """The tables of some days of every book of a policy, for one purpose: `visits`, `counts` and `gaps`.

    What has expired is in none of them, nor what is not kept for the purpose.
    """

    def __init__(self, connected: Any, policy: Policy, now: datetime, accounts: Accounts | None = None) -> None:
        self._connected = connected
        self._accounts = accounts
        self._books = [book for book in policy.directories() if book.is_dir()]
        self._now = now

    def open(self, purpose: str, since: date, until: date) -> None:
        """Make the tables. Raises `OSError` where a folder cannot be listed."""
        days = since.isoformat(), until.isoformat()
        visits = self._files(RetentionClass.VISIT, *days)
        kept = f"list_contains(\"{f.PURPOSES}\", '{purpose}')"
        self._make("unmatched", visits, VISITS | _HIDDEN, f"\"{f.EVENT_NAME}\" = 'frontdesk.visit' AND {kept}")
        self._match()
        counts = self._files(RetentionClass.AGGREGATE, *days)
        self._make("counts", counts, _COUNTS, f"\"{f.EVENT_NAME}\" = 'frontdesk.aggregate' AND {kept}")
        self._make("gaps", [*visits, *counts], _GAPS, f"\"{f.EVENT_NAME}\" = 'frontdesk.gap'")

    def _match(self) -> None:
        """Add the account of each visit, where there is a list of them."""
        if self._accounts is None:
            self._connected.execute(
                "CREATE OR REPLACE TEMP VIEW visits AS SELECT *, CAST(NULL AS VARCHAR) AS account FROM unmatched"
            )
            return
        where = f"treatment = 'full' AND NOT identifying AND kind IN {_MATCHED} AND network IS NOT NULL"
        networks = self._connected.execute(f"SELECT DISTINCT network FROM unmatched WHERE {where}").fetchall()
        matched = {network: account for (network,) in networks if (account := self._accounts.of_network(network))}
        for table, found in (("account_keys", self._accounts.keys), ("account_networks", matched)):
            self._connected.execute(f"CREATE OR REPLACE TEMP TABLE {table} (known VARCHAR, account VARCHAR)")
            if found:
                self._connected.executemany(
                    f"INSERT INTO {table} VALUES (?, ?)", [list(each) for each in found.items()]
                )
        by_network = f"CASE WHEN {where} THEN account_networks.account END"
        self._connected.execute(
            "CREATE OR REPLACE TEMP VIEW visits AS SELECT unmatched.*,"
            f" coalesce(account_keys.account, {by_network}) AS account"
            " FROM unmatched LEFT JOIN account_keys ON organisation = account_keys.known"
            " LEFT JOIN account_networks ON network = account_networks.known"
        )

    def _files(self, retention_class: RetentionClass, since: str, until: str) -> list[Path]:
        return [
            path
            for book in self._books
            for shelf in shelves(book, since)
            if shelf.retention_class == retention_class and shelf.day <= until
            for path in segments(book, Shelf(*shelf))
        ]

    def _make(self, name: str, files: Iterable[Path], columns: dict[str, str], told: str) -> None:
        chosen = ", ".join(f'{what} AS "{column}"' for column, what in columns.items())
        fresh = f"\"{f.EXPIRES_AT}\" > TIMESTAMPTZ '{self._now.isoformat()}'"
        there = " UNION ALL BY NAME ".join(_records(self._connected, list(files)))
        self._connected.execute(
            f'CREATE OR REPLACE TEMP VIEW "{name}" AS SELECT {chosen} FROM ({there}) WHERE {told} AND {fresh}'
        )


def _records(connected: Any, files: list[Path]) -> list[str]:
    """Queries that give all records in files, each with every column; where there are no files, one that gives none."""
    compacted = _list(path for path in files if path.suffix == PARQUET)
    lines = _list(path for path in files if path.suffix != PARQUET)
    queries = []
    if compacted:
        source = f"read_parquet([{compacted}], union_by_name = true)"
        queries.append(_select(source, set(connected.sql(f"SELECT * FROM {source} LIMIT 0").columns)))
    if lines:
        types = ", ".join(f"{_text(name)}: '{kind}'" for name, kind in _IN_LINES.items())
        # The last line of a segment that is written to may be torn.
        source = f"read_json([{lines}], format = 'newline_delimited', columns = {{{types}}}, ignore_errors = true)"
        reasons = ", ".join(f"'{reason}': \"{f.GAP_REASON}{reason}\"" for reason in REASONS)
        told = f"json_merge_patch('{{}}', to_json({{{reasons}}})) AS \"{GAP_REASONS}\""
        queries.append(_select(f"(SELECT *, {told} FROM {source})", {*COLUMNS}))
    return queries or [_select("(SELECT 1) WHERE false", set())]


def _select(source: str, held: set[str]) -> str:
    """Every column of a source; those that its files are too old to have are empty."""
    columns = (
        f'"{name}"' if name in held else f'CAST(NULL AS {_TYPES[kind]}) AS "{name}"' for name, kind in COLUMNS.items()
    )
    return f"SELECT {', '.join(columns)} FROM {source}"


def _list(files: Iterable[Path]) -> str:
    return ", ".join(_text(str(path)) for path in files)


def _text(value: str) -> str:
    """A text as SQL has it."""
    return "'" + value.replace("'", "''") + "'"
