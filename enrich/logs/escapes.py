r"""What servers escape in their logs: Apache writes `\"`, `\\` and `\xhh`, nginx `\x22`."""

import re

import polars as pl

_ESCAPE = re.compile(r"\\(x[0-9A-Fa-f]{2}|.)", re.DOTALL)
_NAMED = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "a": "\a"}


def without_quotes(block: bytes) -> bytes:
    r"""A block in which each quotation mark ends or begins a field: those inside are `\x22` as in nginx's logs."""
    if b'\\"' not in block and b"\\\\" not in block:
        return block
    # Pair by pair from the left, so that the quote behind an escaped backslash stays one.
    return block.replace(b"\\\\", b"\\x5c").replace(b'\\"', b"\\x22")


def plain(column: pl.Expr) -> pl.Expr:
    """Texts as they were before they were escaped."""
    return column.map_batches(_plain, return_dtype=pl.String)


def _plain(texts: pl.Series) -> pl.Series:
    escaped = texts.str.contains("\\", literal=True).fill_null(value=False)
    if not escaped.any():
        return texts
    known = {text: unescaped(text) for text in texts.filter(escaped).unique()}
    return texts.replace(known)


def unescaped(text: str) -> str:
    """One text as it was before it was escaped."""
    return _ESCAPE.sub(_character, text)


def _character(match: re.Match[str]) -> str:
    told = match[1]
    return chr(int(told[1:], 16)) if len(told) > 1 else _NAMED.get(told, told)
