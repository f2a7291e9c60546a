"""MaxMind's privacy exclusions: networks whose holders asked not to be looked up, as its API answers in JSON.

`data_type` tells what `value` is. Entries of other types, which may come one day, are counted and not used.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from frontdesk.geodb.errors import SourceError
from frontdesk.geodb.ranges import Range
from frontdesk.geodb.sources.content import opened
from frontdesk.geodb.sources.source import Facts, Source, described
from frontdesk.geodb.sources.terms import EXCLUSIONS
from frontdesk.geodb.sources.values import network

_EXCLUDED = Facts(excluded=True)
# The list had some thousands of entries of 130 bytes.
_LARGEST = 16 * 1024 * 1024


class _Exclusion(msgspec.Struct):
    data_type: str
    value: Any = None


class _Answer(msgspec.Struct):
    exclusions: list[_Exclusion]


def read(file: Path, head: bytes) -> Source | None:
    """The source, if the file is such JSON."""
    if not head.lstrip().startswith(b"{") or b'"exclusions"' not in head:
        return None
    entries = _entries(file)
    ignored = sum(1 for entry in entries if entry.data_type != "network")
    source = described(file, lambda: _ranges(file), fields=frozenset({"excluded"}), terms=EXCLUSIONS)
    return source._replace(ignored=ignored)


def _entries(file: Path) -> list[_Exclusion]:
    try:
        with opened(file) as stream:
            raw = stream.read(_LARGEST + 1)
        if len(raw) > _LARGEST:
            raise ValueError(f"is longer than {_LARGEST} bytes")
        return msgspec.json.decode(raw, type=_Answer).exclusions
    except (ValueError, msgspec.DecodeError, RecursionError) as error:
        text = " ".join(str(error).split())
        raise SourceError(file, f"is damaged JSON of exclusions: {text}") from None


def _ranges(file: Path) -> Iterator[Range]:
    for index, entry in enumerate(_entries(file), start=1):
        if entry.data_type == "network":
            try:
                yield Range(*network(str(entry.value)), _EXCLUDED)
            except ValueError as error:
                raise SourceError(file, str(error), place=f"entry {index}") from None
