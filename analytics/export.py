"""Exports: an answer as CSV, JSON, Markdown, HTML or Parquet. Whatever a name holds, it stays text."""

import csv
import io
import re
from collections.abc import Callable, Iterable, Mapping
from html import escape
from typing import Any

import orjson

from frontdesk.analytics.answer import Answer
from frontdesk.analytics.sheet import Sheet, Value, as_data, notes, sheet
from frontdesk.policy.errors import FrontdeskError

# A spreadsheet would take what begins so for a formula.
_FORMULA = re.compile(r"\s*[=+\-@\t\r|%]")

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title>
<style>
body {{ margin: 2rem auto; max-width: 72rem; padding: 0 1rem; font: 1rem/1.5 system-ui, sans-serif; }}
h1 {{ font-size: 1.5rem; }}
.wide {{ overflow-x: auto; }}
table {{ border-collapse: collapse; font-variant-numeric: tabular-nums; }}
caption {{ text-align: left; padding: .5rem 0; }}
th, td {{ padding: .35rem .75rem; text-align: left; border-bottom: 1px solid #8886; }}
td.number, th.number {{ text-align: right; }}
footer {{ margin-top: 2rem; font-size: .85rem; }}
</style>
<h1>{title}</h1>
<div class="wide" tabindex="0" role="region" aria-label="{title}">
<table>
<caption>{caption}</caption>
<thead><tr>{head}</tr></thead>
<tbody>
{body}
</tbody>
</table>
</div>
<footer>
{notes}
</footer>
</html>
"""


def as_csv(answer: Answer, credit: Iterable[str] = ()) -> bytes:
    """An answer as CSV (RFC 4180). A text that a spreadsheet would take for a formula has an apostrophe in front."""
    del credit  # a line that is no row would break whatever reads the rows
    table = sheet(answer)
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(table.columns)
    writer.writerows([harmless(value) for value in row] for row in table.rows)
    return out.getvalue().encode()


def harmless(value: Any) -> Any:
    """A value as it is safe in a spreadsheet, some of which take a formula after blanks too."""
    return f"'{value}" if isinstance(value, str) and _FORMULA.match(value) else value


def as_json(answer: Answer, credit: Iterable[str] = ()) -> bytes:
    """An answer as one JSON object."""
    return orjson.dumps(
        as_data(answer) | {"attributions": list(credit)}, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    )


def as_markdown(answer: Answer, credit: Iterable[str] = ()) -> bytes:
    """An answer as a Markdown page."""
    table = sheet(answer)
    lines = [
        f"# {title(answer)}",
        "",
        f"| {' | '.join(table.columns)} |",
        f"|{''.join(' ---: |' if number else ' --- |' for number in _numbers(table))}",
        *(f"| {' | '.join(_cell(value) for value in row)} |" for row in table.rows),
        "",
        *(f"- {line}" for line in [caption(answer), *notes(answer), *map(_cell, credit)]),
        "",
    ]
    return "\n".join(lines).encode()


def _cell(value: Value) -> str:
    """A value in a Markdown table: a name may hold what Markdown reads as a border, markup or HTML."""
    text = "" if value is None else str(value)
    for mark in "\\`*_{}[]<>|#":
        text = text.replace(mark, f"\\{mark}")
    return " ".join(text.split())


def as_html(answer: Answer, credit: Iterable[str] = ()) -> bytes:
    """An answer as one HTML page that loads nothing and runs nothing."""
    table = sheet(answer)
    numbers = _numbers(table)
    marks = [' class="number"' if number else "" for number in numbers]
    head = "".join(
        f'<th scope="col"{mark}>{escape(name)}</th>' for name, mark in zip(table.columns, marks, strict=True)
    )
    body = "\n".join(
        "<tr>" + "".join(f"<td{mark}>{_shown(value)}</td>" for value, mark in zip(row, marks, strict=True)) + "</tr>"
        for row in table.rows
    )
    told = "\n".join(f"<p>{line}</p>" for line in [*map(escape, notes(answer)), *map(_credited, credit)])
    page = _PAGE.format(title=escape(title(answer)), caption=escape(caption(answer)), head=head, body=body, notes=told)
    return page.encode()


def _shown(value: Value) -> str:
    return "" if value is None else f"{value:,}" if isinstance(value, int) else escape(value)


def _credited(line: str) -> str:
    """An attribution; DB-IP's licence asks for a link wherever results are shown."""
    return "<a href='https://db-ip.com'>IP Geolocation by DB-IP</a>" if "db-ip.com" in line else escape(line)


def as_parquet(answer: Answer, credit: Iterable[str] = ()) -> bytes:
    """An answer as a Parquet file, with the rest of it as JSON under the key `frontdesk.report`."""
    try:
        import pyarrow as pa  # type: ignore[import-untyped]  # noqa: PLC0415 - an extra
        import pyarrow.parquet as pq  # type: ignore[import-untyped]  # noqa: PLC0415
    except ImportError:
        raise FrontdeskError("Parquet needs pyarrow: pip install 'frontdesk[analytics]'") from None
    table = sheet(answer)
    types = [pa.int64() if number else pa.string() for number in _numbers(table)]
    columns = list(zip(*table.rows, strict=True)) or [()] * len(table.columns)
    arrays = [pa.array(column, kind) for column, kind in zip(columns, types, strict=True)]
    told = {name: value for name, value in as_data(answer).items() if name != "rows"} | {"attributions": list(credit)}
    out = io.BytesIO()
    made = pa.table(arrays, names=list(table.columns)).replace_schema_metadata({"frontdesk.report": orjson.dumps(told)})
    pq.write_table(made, out, compression="zstd")
    return out.getvalue()


def _numbers(table: Sheet) -> list[bool]:
    """Which columns hold numbers."""
    return [name in _COUNTS for name in table.columns]


_COUNTS = frozenset({"visits", "visitors", "pages", "visits_before", "trend_percent"})


def title(answer: Answer) -> str:
    """What an answer is of."""
    return f"Visits by {' and '.join(answer.question.by)}"


def caption(answer: Answer) -> str:
    """For which days and what purpose an answer is."""
    question = answer.question
    where = "".join(f", {name} {' or '.join(values)}" for name, values in question.where)
    machines = "with bots" if question.bots else "without bots"
    days = f"{question.since} to {question.until}{where}, {machines}"
    return f"{days}; for {question.purpose}; rows of {question.k} visitors or more"


FORMATS: Mapping[str, Callable[[Answer, Iterable[str]], bytes]] = {
    "csv": as_csv,
    "json": as_json,
    "parquet": as_parquet,
    "html": as_html,
    "md": as_markdown,
}
"""The formats of an export, by the ending of a file."""
