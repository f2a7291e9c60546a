"""Cells: visits counted by day and by everything that is the same for all visits of one visitor on a day.

What tells visitors apart is of one day, one company and one network. So the visitors of different cells are different,
and their numbers add up: an answer is a sum of cells. Of what one visitor may have several of, as pages, there are
cells for each lens: in the lens `page`, a visitor stands once for each page.
"""

from collections.abc import Collection, Mapping

SEPARATOR = "\x1f"
"""Stands between the values of a lens of several dimensions."""

COLUMNS: Mapping[str, str] = {
    "day": "DATE",
    "entity": "VARCHAR",
    "country": "VARCHAR",
    "kind": "VARCHAR",
    "organisation": "VARCHAR",
    "account": "VARCHAR",
    "reason": "VARCHAR",
    "objected": "BOOLEAN",
    "bot": "BOOLEAN",
    "purposes": "VARCHAR",
    "database": "VARCHAR",
    "by_id": "BOOLEAN",
    "name": "VARCHAR",
    "registered": "VARCHAR",
    "domain": "VARCHAR",
    "confidence": "VARCHAR",
    "source": "VARCHAR",
    "method": "VARCHAR",
    "rule": "VARCHAR",
    "prefix_length": "BIGINT",
}
"""What is the same for all visits of a visitor of a day, by the columns of a visit."""

FIGURES: Mapping[str, str] = {"visits": "BIGINT", "visitors": "BIGINT", "crowd": "UBIGINT"}
"""What is counted: visits, distinct visitors, and a number that stands for who they are."""

GAP = "gap"
"""The lens of what is missing: its values are reasons, and its visits the records that are not there."""

UNTOLD = "?"
"""What stands in a dimension where the book does not say."""

LENSES: Mapping[str, str] = {
    "page": f"coalesce(page, '{UNTOLD}')",
    "agent": f"coalesce(agent, '{UNTOLD}')",
    "chosen": f"coalesce(chosen, '{UNTOLD}')",
    "hour": "strftime(happened, '%Y-%m-%dT%H')",
    "referrer": "referrer",
    "suggested": "suggested",
    "suggestion": "suggestion",
}
"""What one visitor may have several of in a day, and what it is of a visit. Of the last three a visit may have none."""

EVERYTHING = ""
"""The lens in which visitors are told apart by all that is the same for their visits, and by nothing else."""

PLACES, PAGES_OF_PLACES = "places", "places:page"
"""Lenses of everything, and of pages, in which no organisations are told apart: they have few cells, whoever comes."""

KEPT: tuple[tuple[str, ...], ...] = ((), *((name,) for name in LENSES), ("suggested", "suggestion"))
"""The lenses whose cells are kept."""

# What is known of an organisation is told once, and not in every lens.
_DETAILS = ("database", "name", "registered", "domain", "confidence", "source", "method", "rule", "prefix_length")

_IN_PLACES = [name for name in COLUMNS if name not in {"organisation", "account", *_DETAILS} or name == "database"]


def lens_name(lens: tuple[str, ...]) -> str:
    """A lens as it stands in the cells."""
    return "+".join(lens)


# Somebody may be in several cells of a day all the same: by two browsers, one of them a machine's, or because another
# database or policy took over. As a visitor they count in one of these, the one that most questions are about, so
# that nobody is ever taken for two. Its number: objections last, then machines, then what is kept for few purposes.
_RANK = (
    "CASE WHEN objected THEN 1024 ELSE 0 END + CASE WHEN bot THEN 512 ELSE 0 END"
    " + 511 - least(length(coalesce(purposes, '')), 511)"
)
_HOME = f"CAST({_RANK} AS UBIGINT) * (1::UBIGINT << 52) + (hash({', '.join(COLUMNS)}) >> 12)"


def counted(
    lens: tuple[str, ...], visits: str, name: str | None = None, needed: Collection[str] = tuple(COLUMNS)
) -> str:
    """SQL that counts the visits of a table as the cells of a lens, which may be given another name.

    Only the columns that are needed tell cells apart; the others are empty.
    """
    kept = set(needed).difference(_DETAILS if lens else ())
    keys = ", ".join(_key(column, kept) for column in COLUMNS)
    value = f" || '{SEPARATOR}' || ".join(LENSES[dimension] for dimension in lens) or "''"
    told = lens_name(lens) if name is None else name
    return (
        f"WITH each AS MATERIALIZED (SELECT *, {_HOME} AS home FROM"
        f" (SELECT {keys}, {value} AS value, visitor, count(*) AS n FROM {visits} GROUP BY ALL)"
        " WHERE value IS NOT NULL),"
        " homes AS (SELECT visitor AS person, min(home) AS home FROM each WHERE visitor IS NOT NULL GROUP BY visitor)"
        f" SELECT {', '.join(COLUMNS)}, '{told}' AS lens, value, CAST(sum(n) AS BIGINT) AS visits,"
        " count(person) AS visitors, coalesce(bit_xor(person), 0) AS crowd"
        " FROM each LEFT JOIN homes ON each.visitor = person AND each.home = homes.home GROUP BY ALL"
    )


def counted_by_place(visits: str) -> list[str]:
    """SQL that counts the visits of a table without telling organisations apart, and so their pages."""
    return [counted((), visits, PLACES, _IN_PLACES), counted(("page",), visits, PAGES_OF_PLACES, _IN_PLACES)]


def databases(visits: str, lens: str = EVERYTHING) -> str:
    """SQL that tells by which databases the visits of each day were looked up, as cells that count no visitors."""
    keys = ", ".join(_key(column, {"objected", "purposes", "database"}) for column in COLUMNS)
    return (
        f"SELECT {keys}, '{lens}' AS lens, '' AS value, count(*) AS visits, 0 AS visitors, CAST(0 AS UBIGINT) AS crowd"
        f" FROM {visits} GROUP BY ALL"
    )


def missing(gaps: str) -> str:
    """SQL that tells of missing records as cells of the lens `gap`, by reason."""
    keys = ", ".join(
        {"day": "CAST(happened AS DATE) AS day", "entity": "entity"}.get(name, f"CAST(NULL AS {kind}) AS {name}")
        for name, kind in COLUMNS.items()
    )
    return (
        f"SELECT {keys}, '{GAP}' AS lens, reason AS value,"
        " CAST(sum(CAST(reasons ->> reason AS BIGINT)) AS BIGINT) AS visits,"
        f" 0 AS visitors, CAST(0 AS UBIGINT) AS crowd FROM (SELECT *, unnest(json_keys(reasons)) AS reason FROM {gaps})"
        " GROUP BY ALL"
    )


def _key(column: str, kept: Collection[str]) -> str:
    if column == "day":
        return "CAST(happened AS DATE) AS day"
    return column if column in kept else f"CAST(NULL AS {COLUMNS[column]}) AS {column}"
