"""W3C extended logs, whose header names the fields: those of IIS, with blanks between, and CloudFront's, with tabs."""

from collections.abc import Iterator
from urllib.parse import unquote, unquote_to_bytes

import polars as pl

from frontdesk.enrich.logs import columns as c
from frontdesk.enrich.logs import times
from frontdesk.enrich.logs.batch import Batch, as_text, joined, sifted
from frontdesk.enrich.logs.cells import cells_of

_DIRECTIVE, _FIELDS = b"#", b"#Fields:"
_NAMES = {
    "c-ip": c.PEER,
    "cs-method": c.METHOD,
    "sc-status": c.STATUS,
    "cs-protocol": c.SCHEME,
    "cs-host": c.HOST,
    "cs(Host)": c.HOST,
    "x-host-header": c.HOST,
    "cs(User-Agent)": c.USER_AGENT,
    "cs(Referer)": c.REFERRER,
    "cs(DNT)": c.DNT,
    "cs(Sec-GPC)": c.GPC,
    "x-forwarded-for": c.header("x-forwarded-for"),
    "cs(X-Forwarded-For)": c.header("x-forwarded-for"),
}
_ENCODED = frozenset({c.USER_AGENT, c.REFERRER})
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
        for fields, lines in self._runs(block):
            if lines.startswith(_DIRECTIVE):
                comments = lines.count(b"\n") or 1
                batches.append(_nothing()._replace(lines=comments, comments=comments))
            else:
                batches.append(_read(fields, lines, self._separator))
        return joined(batches) if batches else _nothing()

    def following(self, block: bytes) -> "W3cFormat":
        """The format of what comes after a block."""
        for fields, _ in self._runs(block):
            state = fields
        return self if state == self.state else W3cFormat(self.name, self._separator, state)

    def resumed(self, state: str) -> "W3cFormat":
        """The format where a log was left."""
        return W3cFormat(self.name, self._separator, state)

    def _runs(self, block: bytes) -> Iterator[tuple[str, bytes]]:
        """Lines with the fields that they have, and lines that tell of the log by themselves."""
        state, start = self.state, 0
        while start < len(block):
            if block.startswith(_DIRECTIVE, start):
                end = block.find(b"\n", start) + 1 or len(block)
                if block.startswith(_FIELDS, start):
                    state = block[start + len(_FIELDS) : end].decode("latin-1").strip()
            else:
                end = block.find(b"\n" + _DIRECTIVE, start) + 1 or len(block)
            yield state, block[start:end]
            start = end


def _nothing() -> Batch:
    empty = cells_of(b"\n", 0, [True])
    frame = pl.DataFrame(schema={c.TIME: pl.Int64, c.PEER: pl.String})
    return Batch(frame, empty.line[:0], [], 0)


def _read(fields: str, lines: bytes, separator: str) -> Batch:
    names = fields.split()
    cells = cells_of(as_text(lines), 0, [True])
    if not set(names) >= _NEEDED:
        return _nothing().among(cells.line[:0], cells.line, cells.lines)
    # One more, so that a line with more fields than names is seen.
    split = pl.col("line").str.splitn(separator, len(names) + 1).struct
    parts = {name: split.field(f"field_{place}") for place, name in enumerate(names)}
    bad = [parts[names[-1]].is_null() | split.field(f"field_{len(names)}").is_not_null()]
    frame = pl.DataFrame({"line": cells.columns[0]}).lazy()
    told = {_NAMES[name]: _text(part, _NAMES[name], separator) for name, part in parts.items() if name in _NAMES}
    told[c.TIME] = times.utc(parts["date"], parts["time"])
    if "cs-uri-stem" in parts:
        query = parts.get("cs-uri-query", pl.lit("-"))
        there = pl.when((query != "-") & (query != "")).then(pl.lit("?") + query).otherwise(pl.lit(""))
        told[c.TARGET] = parts["cs-uri-stem"] + there
    if "sc-status" in parts:
        told[c.STATUS] = parts["sc-status"]
    return sifted(frame, bad, told).among(cells.line, cells.others, cells.lines)


def _text(part: pl.Expr, name: str, separator: str) -> pl.Expr:
    there = pl.when((part != "-") & (part != "")).then(part)
    if name not in _ENCODED:
        return there
    decode = _plus if separator == " " else _percent

    def each(column: pl.Series) -> pl.Series:
        known = {text: decode(text) for text in column.drop_nulls().unique()}
        return column.replace(known) if known else column

    return there.map_batches(each, return_dtype=pl.String)


def _plus(text: str) -> str:
    """IIS writes a plus for a blank."""
    return text.replace("+", " ")


def _percent(text: str) -> str:
    """CloudFront encodes what may not stand in an address, and the percent sign of what was encoded already."""
    once = unquote(text, "latin-1")
    return unquote_to_bytes(once).decode("latin-1") if "%" in text.replace("%25", "") or "%25" in text else once
