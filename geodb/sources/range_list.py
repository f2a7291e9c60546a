"""Plain lists: a network in CIDR form, a range `a - b`, or an address on each line, and `#` before a comment.

A comment above the first network tells what the networks are: `# type: vpn`, or another network type, or `# excluded`.
"""

import re
from collections.abc import Iterator
from io import TextIOWrapper
from pathlib import Path

from frontdesk.geodb.errors import SourceError
from frontdesk.geodb.ranges import Range
from frontdesk.geodb.sources.content import lines, opened
from frontdesk.geodb.sources.source import TYPES, Facts, Source, described
from frontdesk.geodb.sources.terms import OWN, UNSTATED
from frontdesk.geodb.sources.values import network

_TYPE = re.compile(r"#+\s*type\s*:\s*(\S+)\s*", re.IGNORECASE)
_EXCLUDED = re.compile(r"#+\s*excluded\b.*", re.IGNORECASE)


def read(file: Path, head: bytes) -> Source | None:
    """The source, if the file is such a list."""
    comments: list[str] = []
    for line in head.decode("utf-8-sig", "replace").splitlines():
        text = line.strip()
        if text.startswith("#"):
            comments.append(text)
        elif text:
            try:
                network(_bare(text))
            except ValueError:
                return None
            return _source(file, comments)
    return None


def _source(file: Path, comments: list[str]) -> Source:
    if any(_EXCLUDED.fullmatch(comment) for comment in comments):
        facts = Facts(excluded=True)
        return described(file, lambda: _ranges(file, facts), fields=frozenset({"excluded"}), terms=OWN)
    kinds = [match[1].lower() for comment in comments if (match := _TYPE.fullmatch(comment))]
    if not kinds:
        raise SourceError(
            file,
            "is a list of networks that does not tell what they are: write '# type: vpn' (or hosting, tor, relay,"
            " proxy, cdn) or '# excluded' on its first line",
        )
    if kinds[0] not in TYPES:
        raise SourceError(file, f"{kinds[0]!r} is not a network type: write one of {', '.join(sorted(TYPES))}")
    typed = Facts(type=kinds[0])
    return described(file, lambda: _ranges(file, typed), fields=frozenset({"type"}), terms=UNSTATED)


def _ranges(file: Path, facts: Facts) -> Iterator[Range]:
    read = 0
    with TextIOWrapper(opened(file), "utf-8-sig", "surrogateescape") as stream:
        try:
            for line in lines(stream):
                text = _bare(line)
                if text:
                    yield Range(*network(text), facts)
                read += 1
        except ValueError as error:
            raise SourceError(file, str(error), place=f"line {read + 1}") from None


def _bare(line: str) -> str:
    """A line without its comment."""
    return line.partition("#")[0].strip()
