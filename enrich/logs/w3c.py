"""W3C extended logs, whose header names the fields: those of IIS, with blanks between, and CloudFront's, with tabs."""

import re
from collections.abc import Iterator, Sequence
from urllib.parse import unquote, unquote_to_bytes

import polars as pl

from frontdesk.enrich.logs import columns as c
from frontdesk.enrich.logs import times
from frontdesk.enrich.logs.batch import NOTHING, Batch, as_text, joined, sifted
from frontdesk.enrich.logs.cells import cells_of

_DIRECTIVE, _FIELDS = b"#", b"#Fields:"
_NAMES = {
    "c-ip": c.PEER,
    "cs-method": c.METHOD,
    "cs-protocol": c.SCHEME,
    "cs-host": c.HOST,
    "x-host-header": c.HOST,
}
_HEADER = re.compile(r"cs\((.+)\)")
_NEEDED = frozenset({"date", "time", "c-ip"})


class W3cFormat:
    """A format of named fields. `state` are their names, as the log had them last."""

    def __init__(self, name: str, separator: str, state: str = "") -> None:
        self.name = name
        self._separator = separator
        self.state = state

    def read(self, block: bytes) -> Batch:
        """Read a block of whole lines; those that tell of the log are no lines of it."""
        batches = []
        for fields, start, end in self._runs(block):
            lines = block[start:end]
            if lines.startswith(_DIRECTIVE):
                comments = lines.count(b"\n") or 1
                batches.append(_nothing()._replace(lines=comments, comments=comments))
            else:
                batches.append(_read(fields, lines, self._separator))
        return joined(batches) if batches else _nothing()

    def following(self, block: bytes | bytearray) -> "W3cFormat":
        """The format of what comes after a block."""
        for fields, _, _ in self._runs(block):
            state = fields
        return self if state == self.state else W3cFormat(self.name, self._separator, state)

    def resumed(self, state: str) -> "W3cFormat":
        """The format where a log was left."""
        return W3cFormat(self.name, self._separator, state)

    def _runs(self, block: bytes | bytearray) -> Iterator[tuple[str, int, int]]:
        """From where to where lines have which fields, and where lines tell of the log, by themselves."""
        state, start = self.state, 0
        while start < len(block):
            if block.startswith(_DIRECTIVE, start):
                end = block.find(b"\n", start) + 1 or len(block)
                if block.startswith(_FIELDS, start):
                    state = block[start + len(_FIELDS) : end].decode("latin-1").strip()
            else:
                end = block.find(b"\n" + _DIRECTIVE, start) + 1 or len(block)
            yield state, start, end
            start = end


def _nothing() -> Batch:
    empty = cells_of(b"\n", 0, [True])
    frame = pl.DataFrame(schema={c.TIME: pl.Int64, c.PEER: pl.String})
    return Batch(frame, empty.line[:0], [], 0)


def _read(fields: str, lines: bytes, separator: str) -> Batch:
    names = fields.lower().split()
    cells = cells_of(as_text(lines), 0, [True])
    if not set(names) >= _NEEDED:
        return _nothing().among(cells.line[:0], cells.line, cells.lines)
    # One more, so that a line with more fields than names is seen.
    split = pl.col("line").str.splitn(separator, len(names) + 1).struct
    values = [split.field(f"field_{place}") for place in range(len(names) + 1)]
    parts = dict(zip(names, values, strict=False))
    malformed = [values[-2].is_null() | values[-1].is_not_null()]
    told = _columns(names, values, separator)
    told[c.TIME] = times.utc(parts["date"], parts["time"])
    if "sc-status" in parts:
        told[c.STATUS] = parts["sc-status"]
    if "cs-uri-stem" in parts:
        query = parts.get("cs-uri-query", pl.lit("-"))
        there = pl.when((query != "-") & (query != "")).then(pl.lit("?") + query).otherwise(pl.lit(""))
        told[c.TARGET] = parts["cs-uri-stem"] + there
    frame = pl.DataFrame({"line": cells.columns[0]}).lazy()
    return sifted(frame, malformed, told).among(cells.line, cells.others, cells.lines)


def _columns(names: Sequence[str], values: Sequence[pl.Expr], separator: str) -> dict[str, pl.Expr]:
    """The columns that fields tell as they are; where several tell one, the last, or all of them where all count."""
    found: dict[str, list[pl.Expr]] = {}
    for name, value in zip(names, values, strict=False):
        column = _NAMES.get(name) or _header(name)
        if column is not None:
            found.setdefault(column, []).append(_text(value, column, separator))
    return {column: _joined(told) if column in c.LISTS else told[-1] for column, told in found.items()}


def _header(name: str) -> str | None:
    """The column of a request's header field: IIS lets people name a field of their own as they like."""
    match = _HEADER.fullmatch(name)
    return c.HEADERS.get(match[1] if match else name)


def _joined(lines: Sequence[pl.Expr]) -> pl.Expr:
    if len(lines) == 1:
        return lines[0]
    line = pl.concat_str(lines, separator=c.BETWEEN_LINES, ignore_nulls=True)
    return pl.when(line != "").then(line)


def _text(part: pl.Expr, name: str, separator: str) -> pl.Expr:
    there = pl.when((part != NOTHING) & (part != "")).then(part)
    if name not in c.HEADERS.values():
        return there
    mark, decode = ("+", _plus) if separator == " " else ("%", _percent)

    def each(column: pl.Series) -> pl.Series:
        encoded = column.filter(column.str.contains(mark, literal=True).fill_null(value=False))
        return column.replace({text: decode(text) for text in encoded.unique()}) if len(encoded) else column

    return there.map_batches(each, return_dtype=pl.String)


def _plus(text: str) -> str:
    """IIS writes a plus for a blank."""
    return text.replace("+", " ")


def _percent(text: str) -> str:
    """CloudFront encodes what may not stand in an address, and the percent sign of what was encoded already."""
    once = unquote(text, "latin-1")
    return unquote_to_bytes(once).decode("latin-1") if "%" in text.replace("%25", "") or "%25" in text else once
