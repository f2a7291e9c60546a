"""A sheet: an answer as one table of plain values, for whatever shows or stores it."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from frontdesk.analytics.answer import UNKNOWN, Answer, Organisation, Row
from frontdesk.analytics.question import TIMES
from frontdesk.analytics.threshold import OTHERS, WHOLE
from frontdesk.enrich.organisation import METHOD_WORDS

Value = str | int | None

_FIGURES = ("visits", "visitors", "pages", "first_seen", "last_seen", "visits_before", "trend_percent")
_ORGANISATION = ("kind", "country", "entities", "confidence", "evidence")


class Sheet(NamedTuple):
    """Named columns, and a row of values for each row of the answer."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]

    def dicts(self) -> list[dict[str, Value]]:
        """The rows as they are exported."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


def sheet(answer: Answer) -> Sheet:
    """An answer as a sheet: its dimensions, its figures, and of organisations what is known of them."""
    by = answer.question.by
    named = "organisation" in by
    # A kind or a country that rows are told apart by stands there already.
    more = [column for column in _ORGANISATION if column not in by] if named else []
    timed = by[-1] in TIMES
    figures = _FIGURES[:3] if timed else _FIGURES
    rows = (_row(row, by, figures, more) for row in answer.rows)
    return Sheet((*by, *figures, *more), tuple(rows))


def _row(row: Row, by: Sequence[str], figures: Sequence[str], more: Sequence[str]) -> tuple[Value, ...]:
    told = {
        "visits": row.visits,
        "visitors": row.visitors,
        "pages": row.pages,
        "first_seen": row.first,
        "last_seen": row.last,
        "visits_before": row.before,
        "trend_percent": row.trend,
    }
    keys = (_key(dimension, value, row.organisation) for dimension, value in zip(by, row.key, strict=True))
    known = _known(row.organisation)
    return (*keys, *(told[name] for name in figures), *(known.get(name) for name in more))


def _key(dimension: str, value: str, organisation: Organisation | None) -> str:
    if dimension == "organisation" and organisation is not None:
        return organisation.name
    return {OTHERS: "(others)", UNKNOWN: "(unknown)", WHOLE: "(whole period)"}.get(value, value)


def _known(organisation: Organisation | None) -> dict[str, Value]:
    if organisation is None:
        return {}
    return {
        "kind": organisation.kind,
        "country": organisation.country,
        "entities": ", ".join(organisation.entities) or None,
        "confidence": organisation.confidence,
        "evidence": evidence(organisation),
    }


def evidence(organisation: Organisation) -> str:
    """What an organisation's name rests on, in words."""
    shortest, longest = organisation.prefix_lengths
    prefix = f"/{shortest}" if shortest == longest else f"/{shortest} to /{longest}"
    method = METHOD_WORDS.get(organisation.method, organisation.method)
    return f"{organisation.source}: {method} {prefix}; kind by {organisation.rule}"


def as_data(answer: Answer) -> dict[str, Any]:
    """A whole answer as plain data, with what one must know to read it."""
    question, summary = answer.question, answer.summary
    return {
        "purpose": question.purpose,
        "asked_by": question.asked_by,
        "by": list(question.by),
        "since": question.since.isoformat(),
        "until": question.until.isoformat(),
        "where": {name: list(values) for name, values in question.where},
        "bots": question.bots,
        "k": question.k,
        "rows": sheet(answer).dicts(),
        "total_visits": answer.visits,
        "withheld": answer.withheld._asdict(),
        "summary": summary._asdict()
        | {"objections": {name: value for name, value in summary.objections._asdict().items() if name != "key"}},
        "notes": notes(answer),
    }


def notes(answer: Answer) -> list[str]:
    """What one must know to read an answer rightly, in words."""
    k, withheld = answer.question.k, answer.withheld
    told = ["Every count is rounded, up or down, to a multiple of 5. Totals count what is shown and nothing else."]
    if withheld.together:
        told.append(f"About {withheld.together} rows or more stand for fewer than {k} visitors each: told together.")
    if withheld.left_out:
        told.append(f"About {withheld.left_out} rows or more are left out: even together they stand for too few.")
    if not answer.rows:
        told.append(f"No row stands for {k} visitors or more. Whether there are some or none is not told.")
    if answer.summary.objections.visits is None:
        told.append("Of objections nothing is told: too few visits, or the policy keeps no counts for this purpose.")
    else:
        told.append("Objections are counted by visits: nobody who objects is told apart, so many may be of one person.")
    if not answer.summary.by_id:
        told.append("Some visitors are told apart by their network only, so there may be more of them than it says.")
    if answer.summary.missing:
        reasons = ", ".join(f"{count} {reason}" for reason, count in answer.summary.missing.items())
        told.append(f"The book says that records of these days are missing: {reasons}.")
    return told
