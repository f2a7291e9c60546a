"""Rows of text, comma or tab separated, read into ranges with the number of the line that is wrong."""

import csv
from collections.abc import Callable, Iterator
from contextlib import suppress
from io import TextIOWrapper
from pathlib import Path
from typing import Literal

from frontdesk.geodb.errors import SourceError
from frontdesk.geodb.ranges import Range
from frontdesk.geodb.sources.content import lines, opened
from frontdesk.geodb.sources.source import Facts, sized

Parse = Callable[[list[str]], tuple[int, int, Facts]]
"""Reads one row; raises `ValueError` for one that is wrong."""


def first_row(head: bytes, delimiter: str = ",") -> list[str]:
    """The columns of the first line; none where it is no such text."""
    try:
        line = head.split(b"\n", 1)[0].decode("utf-8-sig", "replace").strip()
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return []


def sample(head: bytes) -> list[list[str]]:
    """The whole rows at the start of a file, as far as they can be read."""
    text = head.rpartition(b"\n")[0] or head
    found: list[list[str]] = []
    with suppress(csv.Error):  # the reader of the ranges will name the line
        found.extend(row for row in csv.reader(text.decode("utf-8-sig", "replace").splitlines()) if row)
    return found


def ranges_of(file: Path, parse: Parse, columns: int, *, delimiter: str = ",", header: bool = False) -> Iterator[Range]:
    """The ranges of all rows, each of which must have as many columns as the first."""
    known: dict[Facts, Facts] = {}
    quoting: Literal[0, 3] = csv.QUOTE_NONE if delimiter == "\t" else csv.QUOTE_MINIMAL
    # Strict UTF-8 would fail at the block, not at the line: the check of a name refuses the byte that is wrong.
    with TextIOWrapper(opened(file), "utf-8-sig", "surrogateescape", newline="") as stream:
        rows = csv.reader(lines(stream), delimiter=delimiter, strict=True, quoting=quoting)
        read = 0
        try:
            for row in rows:
                if len(row) != columns and row:
                    raise ValueError(f"{len(row)} columns where the first line has {columns}")
                if row and not header:
                    first, last, facts = parse(row)
                    if facts.holder:
                        facts = sized(facts, first, last)
                    yield Range(first, last, known.setdefault(facts, facts))
                header = header and not row
                read = rows.line_num
        except (ValueError, csv.Error) as error:
            # A line that does not end is one that the reader has not counted yet.
            raise SourceError(file, str(error), place=f"line {max(rows.line_num, read + 1)}") from None
