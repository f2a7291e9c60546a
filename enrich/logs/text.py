"""Logs whose lines are fields with fixed texts between them: what a format string tells.

A line is cut at its quotation marks first, all at once, and then each piece at the texts in it. No pattern is matched.
"""

from collections.abc import Sequence

import polars as pl

from frontdesk.enrich.logs import columns as c
from frontdesk.enrich.logs.batch import NO_STATUS, NO_TIME, NOT_OF_THE_FORMAT, Batch, as_text, lines_of, sifted
from frontdesk.enrich.logs.escapes import plain, without_quotes
from frontdesk.enrich.logs.pattern import CONNECTION, REQUEST, Field, Token

_NOTHING = "-"
_QUOTE = '"'
_OTHERS = frozenset({c.TIME, c.STATUS, c.PEER, CONNECTION, REQUEST})

Found = list[tuple[Field, pl.Expr]]


class TextFormat:
    """A format of texts and fields."""

    def __init__(self, name: str, tokens: Sequence[Token]) -> None:
        self.name = name
        self._pieces = _pieces(tokens)

    def read(self, block: bytes) -> Batch:
        """Read a block of whole lines."""
        escaped = b"\\" in block
        quoted = len(self._pieces) > 1
        lines = lines_of(as_text(without_quotes(block) if escaped and quoted else block))
        names = [f"piece{place}" for place in range(len(self._pieces))]
        bad: list[pl.Expr] = []
        if quoted:
            cut = lines.str.splitn(_QUOTE, len(names))
            frame = pl.DataFrame(cut.struct.rename_fields(names).struct.unnest())
            bad += [pl.col(names[-1]).is_null(), pl.col(names[-1]).str.contains(_QUOTE, literal=True)]
        else:
            frame = pl.DataFrame({names[0]: lines})
        found: Found = []
        for name, tokens in zip(names, self._pieces, strict=True):
            of_piece, not_so = _cut(pl.col(name), tokens)
            found += of_piece
            bad += not_so
        return _batch(frame, bad, found, escaped=escaped)


def _pieces(tokens: Sequence[Token]) -> list[list[Token]]:
    """The tokens between the quotation marks of a format."""
    pieces: list[list[Token]] = [[]]
    for token in tokens:
        if isinstance(token, Field):
            pieces[-1].append(token)
            continue
        first, *others = token.split(_QUOTE)
        pieces[-1] += [first] if first else []
        pieces += [[other] if other else [] for other in others]
    return pieces


def _cut(piece: pl.Expr, tokens: Sequence[Token]) -> tuple[Found, list[pl.Expr]]:
    """The fields in a piece of a line, and what is true of a piece that is not of the format."""
    found: Found = []
    if not any(isinstance(token, Field) for token in tokens):
        return found, [piece != "".join(map(str, tokens))]
    left, end = list(tokens), tokens[-1] if isinstance(tokens[-1], str) else ""
    last = left[-2] if end else left[-1]
    bad = []
    if isinstance(last, Field) and last.width:
        # A field that always has one width: it is taken from the end, whatever stands before it.
        found.append((last, piece.str.slice(-last.width - len(end), last.width)))
        bad = [~piece.str.ends_with(end)]
        left = left[: left.index(last)]
    wanted = [place for place, token in enumerate(left) if isinstance(token, Field) and token.name]
    left = left[: wanted[-1] + 2] if wanted else []
    if left and isinstance(left[0], str):
        bad.append(~piece.str.starts_with(left[0]))
        piece = piece.str.slice(len(left.pop(0)))
    for field, text in zip(left[::2], left[1::2], strict=False):
        cut = piece.str.splitn(str(text), 2).struct
        found.append((_field(field), cut.field("field_0")))
        piece = cut.field("field_1")
        bad.append(piece.is_null())
    if len(left) % 2:
        found.append((_field(left[-1]), piece))
    return found, bad


def _field(token: Token) -> Field:
    if isinstance(token, str):
        raise TypeError("a text stands where a field belongs")
    return token


def _batch(frame: pl.DataFrame, bad: list[pl.Expr], found: Found, *, escaped: bool) -> Batch:
    """The columns that were found, each as it is to be."""
    by_name: dict[str, tuple[Field, pl.Expr]] = {}
    for field, expression in found:
        if field.name is not None:
            by_name.setdefault(field.name, (field, expression))
    time, text = by_name[c.TIME]
    told = {c.TIME: time.time(text) if time.time else text, c.PEER: by_name.get(CONNECTION, by_name.get(c.PEER, (None, pl.lit(None))))[1]}
    request = by_name.get(REQUEST)
    if request is not None:
        parts = request[1].str.splitn(" ", 3).struct
        told |= {c.METHOD: parts.field("field_0"), c.TARGET: parts.field("field_1")}
    checks = [(each, NOT_OF_THE_FORMAT) for each in bad]
    checks.append((told[c.TIME].is_null(), NO_TIME))
    if c.STATUS in by_name:
        status = by_name[c.STATUS][1]
        told[c.STATUS] = status.cast(pl.Int64, strict=False)
        checks.append((told[c.STATUS].is_null() & (status != _NOTHING), NO_STATUS))
    for name, (_, expression) in by_name.items():
        if name not in _OTHERS:
            told[name] = expression
    for name in told.keys() - {c.TIME, c.STATUS, c.METHOD}:
        there = pl.when(told[name].is_in([_NOTHING, ""]).not_()).then(told[name])
        told[name] = plain(there) if escaped else there
    return sifted(frame, checks, told)
