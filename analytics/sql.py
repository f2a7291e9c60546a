"""The book as views for an analyst's own DuckDB: the same plain names as in a report, over all that lies in it.

The views show single records, so they are for those who may read the book itself. They leave out what a report only
counts with: the visitor's id of the day and the network. What has expired, by today's policy too, is in none of them.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from frontdesk.analytics.view import (
    COUNTS,
    DID_NOT_OBJECT,
    GAPS,
    VISITS,
    is_fresh,
    lines_as_records,
    literal,
    rows_as_records,
)
from frontdesk.policy import Policy, RetentionClass
from frontdesk.systemdata import fields as f
from frontdesk.systemdata.archive import place_of
from frontdesk.systemdata.shelf import OPEN, PARQUET, SEALED, segments

_OBJECTIONS = {
    **{column: VISITS[column] for column in ("happened", "entity", "country", "page", "bot")},
    "dnt": f"coalesce(\"{f.DNT}\" = '1', false)",
    "gpc": f'coalesce("{f.GPC}", false)',
    "treatment": f'"{f.TREATMENT}"',
}
_AUDITS = {
    "happened": f'"{f.TIMESTAMP}"',
    "entity": f'"{f.ENTITY}"',
    "action": f'"{f.ACTION}"',
    "details": f'"{f.ACTION_DETAILS}"',
}
_CLASSES = (RetentionClass.VISIT, RetentionClass.AGGREGATE, RetentionClass.AUDIT)


def _is(event: str) -> str:
    return f"\"{f.EVENT_NAME}\" = 'frontdesk.{event}'"


_VIEWS: dict[str, tuple[Mapping[str, str], str]] = {
    "visits": (
        {column: told for column, told in VISITS.items() if column != "objected"},
        f"{_is('visit')} AND {DID_NOT_OBJECT}",
    ),
    "objections": (_OBJECTIONS, f"{_is('visit')} AND NOT ({DID_NOT_OBJECT})"),
    "aggregates": (COUNTS, _is("aggregate")),
    "gaps": (GAPS, _is("gap")),
    "audits": (_AUDITS, _is("audit")),
}

COLUMNS: Mapping[str, Sequence[str]] = {name: tuple(columns) for name, (columns, _) in _VIEWS.items()}
"""The columns of each view."""


def views(policy: Policy, books: Sequence[Path]) -> str:
    """The SQL that makes the views of some books of a policy. Raises `OSError` where a folder cannot be listed.

    It names the kinds of files that the books have by now; DuckDB refuses a pattern that nothing matches. It has the
    periods of the policy in it.
    """
    fresh = _fresh(policy)
    there = " UNION ALL BY NAME ".join(_records(books)) or f"SELECT * FROM ({rows_as_records(None)}) WHERE false"
    made = [f"CREATE OR REPLACE TEMP VIEW records AS {there};"]
    for name, (columns, told) in _VIEWS.items():
        chosen = ",\n  ".join(f'{what} AS "{column}"' for column, what in columns.items())
        made.append(
            f"CREATE OR REPLACE TEMP VIEW {name} AS SELECT\n  {chosen}\nFROM records WHERE {told} AND ({fresh});"
        )
    return "\n\n".join([*_archives(books), "SET TimeZone = 'UTC';", *made, ""])


def _fresh(policy: Policy) -> str:
    """What tells that a record is used, by the period of its class."""
    hours = {each: 24 * policy.retention.of(each).days for each in _CLASSES}
    return " OR ".join(
        f"\"{f.RETENTION_CLASS}\" = '{each}' AND {is_fresh('now()', f'now() - INTERVAL {kept} HOUR')}"
        for each, kept in hours.items()
    )


def _archives(books: Sequence[Path]) -> Iterator[str]:
    """What is not in the views, told: an engine of one's own has its own way to a store."""
    for book in books:
        if place := place_of(book):
            yield f"-- Not in these views: the records that are archived at {place}"


def _records(books: Sequence[Path]) -> Iterator[str]:
    patterns: dict[str, list[str]] = {PARQUET: [], SEALED: [], OPEN: []}
    for book in books:
        found = {(path.parents[2].name, _ending(path)) for path in segments(book)}
        for kind, ending in sorted(found):
            if kind in _CLASSES:
                patterns[ending].append(f"{literal(book.absolute())}/{kind}/*/*/*{ending}")
    if compacted := patterns[PARQUET]:
        yield rows_as_records(compacted)
    if lines := patterns[SEALED] + patterns[OPEN]:
        yield lines_as_records(lines)


def _ending(path: Path) -> str:
    return next(ending for ending in (PARQUET, SEALED, OPEN) if path.name.endswith(ending))
