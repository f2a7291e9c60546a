"""Logs whose lines are fields with fixed texts between them: what a format string tells.

A line is cut at its quotation marks first, all at once, and then each piece at the texts in it. No pattern is matched.
"""

from collections.abc import Sequence
from typing import Any, Self

import polars as pl

from frontdesk.enrich.logs import columns as c
from frontdesk.enrich.logs.batch import NOTHING, Batch, as_text, sifted
from frontdesk.enrich.logs.cells import cells_of
from frontdesk.enrich.logs.escapes import plain, without_quotes
from frontdesk.enrich.logs.pattern import CLIENT_AND_PORT, CONNECTION, REQUEST, Field, Token

_QUOTE = '"'
SIGNALS = [value + end for value in "01" for end in ("", ",", ";")]
"""How a signal begins, in its first two characters, and no address, nor the name of any browser."""

_OTHERS = frozenset({c.TIME, c.STATUS, c.PEER, CONNECTION, REQUEST, CLIENT_AND_PORT})


class TextFormat:
    """A format of texts and fields."""

    state = ""

    def __init__(self, name: str, tokens: Sequence[Token], *, more: bool = False, chain: str | None = None) -> None:
        """Take a format apart.

        `more` allows a line to go on behind it. `chain` is a column of addresses: a line that has a signal in its place
        is of another format, and whoever objected by it is not to be taken for one who did not.
        """
        self.name = name
        self._more = more
        self._chain = chain
        self._pieces = _pieces(tokens)
        # A blank between two fields in quotes is not looked at: the quotes are where they should be.
        self._wanted = [any(isinstance(token, Field) and token.name for token in piece) for piece in self._pieces]

    def read(self, block: bytes) -> Batch:
        """Read a block of whole lines."""
        escaped = b"\\" in block
        quotes = len(self._pieces) - 1
        text = as_text(without_quotes(block) if escaped and quotes else block)
        cells = cells_of(text, quotes, self._wanted, more=self._more)
        columns = {f"piece{n}": column for n, column in enumerate(cells.columns) if self._wanted[n]}
        lines = _Cut(pl.DataFrame(columns).lazy())
        for name in columns:
            lines.cut(name, self._pieces[int(name.removeprefix("piece"))])
        if self._chain is not None:
            lines.bad.append(lines.found[self._chain][1].str.slice(0, 2).is_in(SIGNALS))
        return _batch(lines, escaped=escaped).among(cells.line, cells.others, cells.lines)

    def following(self, block: bytes | bytearray) -> Self:  # noqa: ARG002
        """The format of what comes after a block."""
        return self

    def resumed(self, state: str) -> Self:  # noqa: ARG002
        """The format where a log was left."""
        return self


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


class _Cut:
    """Lines that are cut into fields, step by step: `bad` is what is true of those that are not of the format."""

    def __init__(self, frame: pl.LazyFrame) -> None:
        self.frame = frame
        self.found: dict[str, tuple[Field, pl.Expr]] = {}
        self.bad: list[pl.Expr] = []

    def cut(self, name: str, tokens: Sequence[Token]) -> None:
        """Cut one piece of each line."""
        left, piece = self._from_the_end(pl.col(name), tokens)
        wanted = [place for place, token in enumerate(left) if isinstance(token, Field) and token.name]
        left = left[: wanted[-1] + 2] if wanted else []
        if left and isinstance(left[0], str):
            self.bad.append(~piece.str.starts_with(left[0]))
            piece = piece.str.slice(len(left.pop(0)))
        for place, (field, text) in enumerate(zip(left[::2], left[1::2], strict=False)):
            if isinstance(field, Field) and field.width:  # it may have blanks in it
                self._note(field, piece.str.slice(0, field.width))
                piece = piece.str.slice(field.width)
                self.bad.append(~piece.str.starts_with(str(text)))
                piece = piece.str.slice(len(str(text)))
                continue
            parts = self.split(f"{name}.{place}", piece, str(text))
            self._note(field, parts.field("field_0"))
            piece = parts.field("field_1")
            self.bad.append(piece.is_null())
        if len(left) % 2:
            self._note(left[-1], piece)

    def split(self, name: str, piece: pl.Expr, text: str, parts: int = 2) -> Any:
        """Split a piece once, however many ask for the parts."""
        self.frame = self.frame.with_columns(piece.str.splitn(text, parts).alias(name))
        return pl.col(name).struct

    def _from_the_end(self, piece: pl.Expr, tokens: Sequence[Token]) -> tuple[list[Token], pl.Expr]:
        """Take a field of one width from the end, whatever stands before it; what is left of the tokens."""
        left = list(tokens)
        end = left[-1] if isinstance(left[-1], str) else ""
        last = left[-2] if end and len(left) > 1 else left[-1]
        if not isinstance(last, Field) or not last.width:
            return left, piece
        self._note(last, piece.str.slice(-last.width - len(end), last.width))
        if end:
            self.bad.append(~piece.str.ends_with(end))
        return left[: left.index(last)], piece

    def _note(self, field: Token, expression: pl.Expr) -> None:
        if isinstance(field, Field) and field.name:
            self.found.setdefault(field.name, (field, expression))


def _batch(lines: _Cut, *, escaped: bool) -> Batch:
    """The columns that were found, each as it is to be."""
    found = {name: expression for name, (_, expression) in lines.found.items()}
    time = lines.found[c.TIME][0].time
    told = {name: _text(found[name], escaped=escaped) for name in found.keys() - _OTHERS}
    told[c.TIME] = time(found[c.TIME]) if time else found[c.TIME]
    told[c.PEER] = _text(found.get(CONNECTION, found.get(c.PEER, pl.lit(None))), escaped=False)
    if CLIENT_AND_PORT in found:
        told[c.PEER] = found[CLIENT_AND_PORT].str.replace(r":[0-9]+$", "").str.strip_chars("[]")
    if REQUEST in found:
        request = lines.split(REQUEST, found[REQUEST], " ", 3)
        told[c.METHOD] = request.field("field_0")
        told[c.TARGET] = _text(request.field("field_1"), escaped=escaped)
        if CLIENT_AND_PORT in found:  # a load balancer that writes whole addresses
            told |= _whole(request.field("field_1"))
    if c.STATUS in found:
        told[c.STATUS] = found[c.STATUS]
    return sifted(lines.frame, lines.bad, told)


def _text(text: pl.Expr, *, escaped: bool) -> pl.Expr:
    """A text, null where the log has none."""
    there = pl.when((text != NOTHING) & (text != "")).then(text)
    return plain(there) if escaped else there


def _whole(address: pl.Expr) -> dict[str, pl.Expr]:
    """The columns of an address with its scheme and host."""
    scheme = address.str.splitn("://", 2).struct
    host = scheme.field("field_1").str.splitn("/", 2).struct
    return {
        c.SCHEME: scheme.field("field_0"),
        c.HOST: host.field("field_0"),
        c.TARGET: pl.lit("/") + host.field("field_1").fill_null(""),
    }
