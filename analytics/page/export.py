"""What is shown, to be taken along: the same rows as on the page, as CSV or JSON."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson
from starlette.responses import Response

from frontdesk.analytics.export import harmless
from frontdesk.analytics.page.asked import Asked
from frontdesk.analytics.page.credit import Credit
from frontdesk.analytics.page.shown import Shown


def export(shown: Shown, asked: Asked, credits_: Iterable[Credit]) -> Response:
    """The rows of a page as a file. It is named by the page and its days only."""
    kind = asked.get("format")
    name = f"{shown.section.strip('/')}-{asked.period.first}-{asked.period.last}.{kind}"
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    if kind == "csv":
        return Response(as_csv(shown.rows), headers=headers, media_type="text/csv; charset=utf-8; header=present")
    told = {
        "purpose": asked.purpose,
        "asked_by": asked.who.name,
        "since": asked.period.first.isoformat(),
        "until": asked.period.last.isoformat(),
        "filters": {name: value for name, value in asked.filters.items() if name != "format"},
        "rows": list(shown.rows),
        "attributions": [credit.line for credit in credits_],
    }
    return Response(orjson.dumps(told, option=orjson.OPT_INDENT_2), headers=headers, media_type="application/json")


def as_csv(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows as CSV, with a header; a text that a spreadsheet would take for a formula gets a quote in front."""
    names = list(rows[0]) if rows else []
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(names)
    for row in rows:
        writer.writerow([harmless(row[name]) for name in names])
    return text.getvalue()
