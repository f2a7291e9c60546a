"""Cells: visits counted by day and by everything that is the same for all visits of one visitor on a day.

What tells visitors apart is of one day, one company and one network. So the visitors of different cells are different,
and their numbers add up: an answer is a sum of cells. Of what one visitor may have several of, as pages, there are
cells for each lens: in the lens `page`, a visitor stands once for each page.
"""

from collections.abc import Collection, Mapping
from typing import NamedTuple

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


class Cells(NamedTuple):
    """Cells that are to be counted: of a lens, under some name, told apart by some columns; the others are empty.

    `where` is SQL that says of which visits.
    """

    lens: tuple[str, ...]
    name: str
    columns: tuple[str, ...]
    where: str = "true"

    def value(self) -> str:
        """SQL for what a visit is in the lens; null where it is nothing."""
        return f" || '{SEPARATOR}' || ".join(LENSES[dimension] for dimension in self.lens) or "''"


def cells(
    lens: tuple[str, ...], name: str | None = None, needed: Collection[str] = tuple(COLUMNS), where: str = "true"
) -> Cells:
    """The cells of a lens, told apart by no more than is needed and than stands in it."""
    kept = {"day", *needed}.difference(_DETAILS if lens else ())
    return Cells(
        lens, lens_name(lens) if name is None else name, tuple(each for each in COLUMNS if each in kept), where
    )


KEPT_CELLS: tuple[Cells, ...] = (
    *map(cells, KEPT),
    cells((), PLACES, _IN_PLACES),
    cells(("page",), PAGES_OF_PLACES, _IN_PLACES),
)
"""The cells that are kept: of these lenses, and once more without telling organisations apart."""

DATABASES = ("objected", "purposes", "database")
"""The columns that tell by which databases the visits of each day were looked up."""


def home(columns: Collection[str]) -> str:
    """SQL for the number by which the cell is chosen in which somebody counts who is in several of a day.

    By two browsers, one of them a machine's, or because another database or policy took over. As a visitor they count
    in one of these, the one that most questions are about, so that nobody is ever taken for two: objections last, then
    machines, then what is kept for few purposes.
    """
    objected, bot, purposes = (each if each in columns else "NULL" for each in ("objected", "bot", "purposes"))
    rank = (
        f"CASE WHEN {objected} THEN 1024 ELSE 0 END + CASE WHEN {bot} THEN 512 ELSE 0 END"
        f" + 511 - least(length(coalesce({purposes}, '')), 511)"
    )
    return f"CAST({rank} AS UBIGINT) * (1::UBIGINT << 52) + (hash({', '.join(columns)}) >> 12)"


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
