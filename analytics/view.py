"""The book as tables: plain names over the segments of some days, sealed, open and compacted.

Compacted segments are read where they lie, each time only the columns that are asked for. Lines of JSON must be read
whole, so they are read once, into memory; and so are few records, for planning to read takes longer than reading them.
"""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from frontdesk.analytics.reading_room import ReadingRoom, address_of
from frontdesk.enrich.organisation import ORGANISATION_TYPES
from frontdesk.policy import Policy, RetentionClass, Treatment
from frontdesk.systemdata import fields as f
from frontdesk.systemdata.archived import File
from frontdesk.systemdata.columns import COLUMNS, GAP_REASONS, Kind
from frontdesk.systemdata.daily_id import TAG_DIGITS
from frontdesk.systemdata.errors import SegmentError
from frontdesk.systemdata.gap import REASONS
from frontdesk.systemdata.read import LONGEST_LINE
from frontdesk.systemdata.seal import read_seal
from frontdesk.systemdata.shelf import OPEN, PARQUET, SEALED
from frontdesk.systemdata.sums import Day, goes
from frontdesk.systemdata.whole import files

_TYPES = {
    Kind.TEXT: "VARCHAR",
    Kind.NUMBER: "BIGINT",
    Kind.TRUTH: "BOOLEAN",
    Kind.TEXTS: "VARCHAR[]",
    Kind.OBJECT: "JSON",
    Kind.MOMENT: "TIMESTAMPTZ",
    Kind.SECOND: "TIMESTAMPTZ",
}

_SHORTEST = 200
"""No line of JSON that is a record has fewer bytes."""
_ASKED_AT_ONCE = 16

# In lines of JSON each reason of a gap has a field of its own.
_IN_LINES = {name: _TYPES[kind] for name, kind in COLUMNS.items() if name != GAP_REASONS} | {
    f.GAP_REASON + reason: "BIGINT" for reason in REASONS
}

MACHINES = ("hosting", "cdn")
"""Kinds of network from which machines come; records of before schema 3 do not say so themselves."""

_KINDS = f"({', '.join(repr(kind) for kind in sorted(ORGANISATION_TYPES))})"
# Whatever the policy makes of a signal: who sent one is counted among those who objected, and nowhere else.
DID_NOT_OBJECT = (
    f"\"{f.TREATMENT}\" = '{Treatment.FULL}' AND coalesce(\"{f.DNT}\", '') <> '1' AND NOT coalesce(\"{f.GPC}\", false)"
)
# Whoever wrote the record: nobody is named who came from elsewhere, whose network may identify somebody, or objected.
_MAY_BE_NAMED = (
    f'"{f.NETWORK_TYPE}" IN {_KINDS} AND "{f.ORGANISATION_KIND}" IN {_KINDS} AND "{f.ORGANISATION}" IS NOT NULL'
    f' AND NOT coalesce("{f.MAY_IDENTIFY}", true) AND "{f.ORGANISATION_REASON}" IS NULL AND {DID_NOT_OBJECT}'
)


# A record that names somebody who may not be named says no reason.
_WHY = f"coalesce(\"{f.ORGANISATION_REASON}\", 'unknown')"


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
    "reason": f"CASE WHEN NOT coalesce({_MAY_BE_NAMED}, false) THEN {_WHY} END",
    "page": f'"{f.ROUTE}"',
    "referrer": f'"{f.REFERRER}"',
    "status": f'"{f.STATUS}"',
    "agent": f'"{f.AGENT}"',
    "bot": f'coalesce("{f.SYNTHETIC}" = \'bot\', false) OR coalesce("{f.NETWORK_TYPE}" IN {MACHINES}, false)',
    "chosen": f'"{f.ENTITY_REASON}"',
    "suggested": f'"{f.ENTITY_SUGGESTED}"',
    "suggestion": f'"{f.SUGGESTED_OUTCOME}"',
    "objected": f"NOT ({DID_NOT_OBJECT})",
    "database": f'"{f.DATABASE}"',
}
"""The columns of a visit, and what they are in the record. None is an address, a network or an id of a visitor."""

_HIDDEN = {
    "id": f'"{f.DAILY_ID}"',
    "network": f'"{f.CLIENT_NETWORK}"',
    "registered": _if_named(f.AS_NAME),
    "domain": _if_named(f.ORGANISATION_DOMAIN),
    "purposes": f"array_to_string(list_sort(\"{f.PURPOSES}\"), ' ')",
    "identifying": f'coalesce("{f.MAY_IDENTIFY}", true)',
}

_DAY = "CAST(happened AS DATE)"
_MAY_HAVE_ID = "NOT objected AND NOT identifying"
# An id tells its key. Of several keys one visitor has several ids, and where some visits have none, one may be there
# with an id and without: then all are told apart by their networks, each of which stands for one visitor at the least.
_OF_ONE_KEY = (
    f"SELECT {_DAY} AS of_day, entity AS of_entity FROM anybody"
    f" WHERE {_MAY_HAVE_ID} AND (id IS NOT NULL OR network IS NOT NULL)"
    " AND happened IS NOT NULL AND entity IS NOT NULL"  # a record of another writer may lack anything
    " GROUP BY of_day, of_entity HAVING count(id) = count(*)"
    f" AND min(left(id, {TAG_DIGITS})) = max(left(id, {TAG_DIGITS}))"
)
# The /16 or /32 around a network, as `minimise.coarser` has it. In an IPv6 network's text an empty group is zero.
_V4, _V6 = ([f"coalesce(nullif(split_part(network, '{by}', {part}), ''), '0')" for part in (1, 2)] for by in (".", ":"))
_AROUND = f"CASE WHEN contains(network, '.') THEN {_V4[0]} || '.' || {_V4[1]} ELSE {_V6[0]} || ':' || {_V6[1]} END"
# A network is of those that may identify somebody by one database or policy and not by the next, and keeps less of its
# address in one case than in the other. So where the network around holds others, whoever may be identified may be one
# of these, and is no visitor beside them. No version is asked: another database may have the same.
_HOLDING_OTHERS = (
    f"SELECT DISTINCT hash(day, entity, {_AROUND}) AS around FROM"
    f" (SELECT DISTINCT {_DAY} AS day, entity, network FROM anybody WHERE {_MAY_HAVE_ID} AND network IS NOT NULL)"
)
_TOLD_APART = (
    f"SELECT * EXCLUDE (id, around, of_day, of_entity), CASE WHEN by_id THEN hash({_DAY}, entity, id)"
    " WHEN network IS NULL OR entity IS NULL OR happened IS NULL THEN NULL"
    f" WHEN NOT identifying THEN hash({_DAY}, entity, network)"
    " WHEN around NOT IN (SELECT around FROM holding_others) THEN around END AS visitor"
    f" FROM (SELECT *, coalesce({_MAY_HAVE_ID} AND of_day IS NOT NULL, false) AS by_id,"
    f" CASE WHEN identifying THEN hash({_DAY}, entity, {_AROUND}) END AS around"
    f" FROM anybody LEFT JOIN of_one_key ON {_DAY} = of_day AND entity = of_entity)"
)

COUNTS = {
    "happened": f'"{f.TIMESTAMP}"',
    "entity": f'"{f.ENTITY}"',
    "visits": f'"{f.VISITS}"',
    "objected": f'"{f.ANONYMOUS}" + "{f.COUNTED}"',
    "dnt": f'"{f.OBJECTED_DNT}"',
    "gpc": f'"{f.OBJECTED_GPC}"',
    "dnt_and_gpc": f'"{f.OBJECTED_BOTH}"',
    "bots": f'"{f.BOTS}"',
    "bots_objected": f'"{f.BOTS_OBJECTED}"',
}
GAPS = {
    "happened": f'"{f.TIMESTAMP}"',
    "class": f'"{f.RETENTION_CLASS}"',
    "entity": f'"{f.ENTITY}"',
    "records": f'"{f.GAP_RECORDS}"',
    "reasons": f'"{GAP_REASONS}"',
}

RECIPE = repr((VISITS, _HIDDEN, GAPS, _OF_ONE_KEY, _HOLDING_OTHERS, _TOLD_APART))
"""What the tables are made of: where it changes, so may every figure."""


class _Wanted(NamedTuple):
    """Columns with what they are in a record, and of which records."""

    columns: Mapping[str, str]
    told: str


_GAP = _Wanted(GAPS, f"\"{f.EVENT_NAME}\" = 'frontdesk.gap'")


class View:
    """The tables of some days of every book of a policy. What has expired is in none of them."""

    def __init__(self, connected: Any, policy: Policy, now: datetime) -> None:
        self._connected = connected
        self._room = ReadingRoom(connected)
        self._books = [book for book in policy.directories() if book.is_dir()]
        self._now = now
        self._policy = policy

    def days(self, retention_class: RetentionClass, since: date, until: date) -> list[Day]:
        """The days of which there is anything, on the disk or in the archive.

        Raises `OSError` where a folder cannot be listed, and `BookError` where an archive cannot be reached.
        """
        found: dict[tuple[Path, str], list[File]] = {}
        for book in self._books:
            for shelf, path in files(book, since.isoformat(), retention_class):
                if shelf.day <= until.isoformat():
                    found.setdefault((book, shelf.day), []).append(path)
        kept = self._policy.retention.of(retention_class).days
        return [Day(book, day, tuple(there), goes(day, kept)) for (book, day), there in found.items()]

    def records(self, day: Day) -> int | None:
        """How many records a day has at most, as its segments say; None where one does not say it at once.

        Raises `OSError`, and `BookError` where an archive cannot be reached.
        """
        with ThreadPoolExecutor(_ASKED_AT_ONCE) as pool:  # an archive's store answers many as soon as one
            told = list(pool.map(self._records, day.segments))
        return None if None in told else sum(filter(None, told))

    def _records(self, file: File) -> int | None:
        if file.suffix == OPEN:
            return file.stat().st_size // _SHORTEST
        try:
            seal = self._room.seal(file)
        except SegmentError:  # who reads it tells what is wrong
            return None
        return None if seal is None else seal.records

    def visits(self, days: Iterable[Day], *, once: bool = False) -> None:
        """Make the tables `visits`, of whatever purposes, and `gaps`, of what is missing of some days.

        With `once` all is read into memory now; else the columns that are asked for, each time that they are.
        """
        self._connected.execute("DROP TABLE IF EXISTS told_apart")  # of other days
        visits = VISITS | _HIDDEN | {"account": "CAST(NULL AS VARCHAR)"}
        visit = _Wanted(visits, f"\"{f.EVENT_NAME}\" = 'frontdesk.visit'")
        self._make(RetentionClass.VISIT, _whole(days), {"anybody": visit, "gaps": _GAP}, once=once)
        self._connected.execute(f"CREATE OR REPLACE TEMP TABLE of_one_key AS {_OF_ONE_KEY}")
        self._connected.execute(f"CREATE OR REPLACE TEMP TABLE holding_others AS {_HOLDING_OTHERS}")
        told_apart = _TOLD_APART
        if once:
            self._connected.execute(f"CREATE OR REPLACE TEMP TABLE told_apart AS {told_apart}")
            told_apart = "SELECT * FROM told_apart"
        self._connected.execute(f"CREATE OR REPLACE TEMP VIEW visits AS {told_apart}")

    def counts(self, purpose: str, since: date, until: date) -> None:
        """Make the tables `counts`, of hours, of what is kept for a purpose, and `gaps_of_counts`."""
        told = f"\"{f.EVENT_NAME}\" = 'frontdesk.aggregate' AND list_contains(\"{f.PURPOSES}\", '{purpose}')"
        days = self.days(RetentionClass.AGGREGATE, since, until)
        wanted = {"counts": _Wanted(COUNTS, told), "gaps_of_counts": _GAP}
        self._make(RetentionClass.AGGREGATE, _whole(days), wanted)

    def _make(
        self,
        retention_class: RetentionClass,
        files: Sequence[File],
        wanted: Mapping[str, _Wanted],
        *,
        once: bool = False,
    ) -> None:
        """Make views of what is wanted of a class's files, by name. Lines of JSON are read once for all of them."""
        self._room.admit(files)
        oldest = self._now - timedelta(self._policy.retention.of(retention_class).days)
        fresh = is_fresh(*(f"TIMESTAMPTZ '{moment.isoformat()}'" for moment in (self._now, oldest)))
        compacted = [path for path in files if path.suffix == PARQUET]
        lines = [path for path in files if path.suffix != PARQUET]
        in_columns = [_in_columns(self._connected, compacted)] if compacted else []
        read = [lines_as_records(map(literal, lines))] if lines else []
        if once:
            read, in_columns = read + in_columns, []
        in_memory = f"in_memory_of_{next(iter(wanted))}"
        self._connected.execute(f"DROP TABLE IF EXISTS {in_memory}")  # of other days: both would not fit in memory
        if read:
            all_columns = {column: what for each in wanted.values() for column, what in each.columns.items()}
            all_columns |= {f"is_{name}": each.told for name, each in wanted.items()}
            told = " OR ".join(f"({each.told})" for each in wanted.values())
            chosen = [f"SELECT {_chosen(all_columns)} FROM ({each}) WHERE ({told}) AND {fresh}" for each in read]
            self._connected.execute(f"CREATE OR REPLACE TEMP TABLE {in_memory} AS {' UNION ALL BY NAME '.join(chosen)}")
        for name, (columns, told) in wanted.items():
            queries = [f"SELECT {_chosen(columns)} FROM ({_nothing()}) WHERE false"]
            queries += [f"SELECT {_chosen(columns)} FROM ({each}) WHERE {told} AND {fresh}" for each in in_columns]
            if read:
                names = ", ".join(f'"{column}"' for column in columns)
                queries.append(f"SELECT {names} FROM {in_memory} WHERE is_{name}")
            self._connected.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS {' UNION ALL BY NAME '.join(queries)}")


def is_fresh(now: str, oldest: str) -> str:
    """What tells that a record is used: it has not expired, and is younger than today's policy lets it become. A hold
    keeps others too, for its case and for no figure. One without a time has only its own word.
    """
    return f'"{f.EXPIRES_AT}" > {now} AND coalesce("{f.TIMESTAMP}" > {oldest}, true)'


def _chosen(columns: Mapping[str, str]) -> str:
    return ", ".join(f'{what} AS "{column}"' for column, what in columns.items())


def _whole(days: Iterable[Day]) -> list[File]:
    """The segments of days. DuckDB would read one that was cut short, and say nothing: so see that each is whole.

    Raises `SegmentError` where one is not.
    """
    there = [path for day in days for path in day.segments]
    return [path for path in there if not path.name.endswith(SEALED) or read_seal(path).records > 0]


def _nothing() -> str:
    return _select("(SELECT 1)", set())


def _in_columns(connected: Any, files: Sequence[File]) -> str:
    """The records in compacted segments."""
    source = _parquet(map(literal, files))
    return _select(source, set(connected.sql(f"SELECT * FROM {source} LIMIT 0").columns))


def rows_as_records(patterns: Sequence[str] | None) -> str:
    """A query of the records in compacted segments, whichever columns they have; or of none, without patterns."""
    nothing = f"SELECT * FROM ({_nothing()}) WHERE false"
    if patterns is None:
        return nothing
    return f"SELECT {_names()} FROM ({nothing} UNION ALL BY NAME SELECT * FROM {_parquet(patterns)})"


def lines_as_records(patterns: Iterable[str]) -> str:
    """A query of the records in lines of JSON. The last line of a segment that is written to may be torn."""
    types = ", ".join(f"{_text(name)}: '{kind}'" for name, kind in _IN_LINES.items())
    source = (
        f"read_json([{_list(patterns)}], format = 'newline_delimited', columns = {{{types}}}, ignore_errors = true,"
        f" hive_partitioning = false, maximum_object_size = {2 * LONGEST_LINE})"  # else each file takes 32 MiB first
    )
    reasons = ", ".join(f"'{reason}': \"{f.GAP_REASON}{reason}\"" for reason in REASONS)
    told = f"json_merge_patch('{{}}', to_json({{{reasons}}})) AS \"{GAP_REASONS}\""
    return _select(f"(SELECT *, {told} FROM {source})", {*COLUMNS})


def parquet(files: Iterable[File]) -> str:
    """Parquet files that all have the same columns, as DuckDB reads them, whatever their names hold."""
    return f"read_parquet([{_list(map(literal, files))}], hive_partitioning = false)"


def _parquet(patterns: Iterable[str]) -> str:
    return f"read_parquet([{_list(patterns)}], union_by_name = true, hive_partitioning = false)"


def _names() -> str:
    return ", ".join(f'"{name}"' for name in COLUMNS)


def _select(source: str, held: set[str]) -> str:
    """Every column of a source; those that its files are too old to have are empty."""
    columns = (
        f'"{name}"' if name in held else f'CAST(NULL AS {_TYPES[kind]}) AS "{name}"' for name, kind in COLUMNS.items()
    )
    return f"SELECT {', '.join(columns)} FROM {source}"


# DuckDB reads these as a pattern in a file's name.
_LITERAL = str.maketrans({"[": "[[]", "*": "[*]", "?": "[?]"})


def literal(path: File) -> str:
    """A file's name as DuckDB takes it, without anything in it that is a pattern."""
    return address_of(path).translate(_LITERAL)


def _list(patterns: Iterable[str]) -> str:
    return ", ".join(map(_text, patterns))


def _text(value: str) -> str:
    """A text as SQL has it."""
    return "'" + value.replace("'", "''") + "'"
