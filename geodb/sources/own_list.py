"""The group's own list: its customers' and partners' networks, with names that nobody else knows.

CSV whose header names some of `network`, `organisation`, `domain`, `kind` and `account`, in any order; or TOML with
`[[network]]` tables of the same keys. The network is required; `kind` is a network type; `account` is the group's own
name for the organisation.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from frontdesk.geodb.errors import SourceError
from frontdesk.geodb.ranges import Range
from frontdesk.geodb.record import Holder
from frontdesk.geodb.sources.content import opened
from frontdesk.geodb.sources.rows import first_row, ranges_of
from frontdesk.geodb.sources.source import TYPES, Facts, Source, described, sized
from frontdesk.geodb.sources.terms import OWN
from frontdesk.geodb.sources.values import name, network

_KEYS = ("network", "organisation", "domain", "kind", "account")
_OURS = frozenset({"organisation", "kind", "account"})
_TABLE = re.compile(r"^[ \t]*\[\[[ \t]*network[ \t]*\]\]", re.MULTILINE)
# Lists are written by hand; the largest that anybody keeps is far below.
_LARGEST = 16 * 1024 * 1024


def read(file: Path, head: bytes) -> Source | None:
    """The source, if the file is CSV with such a header, or such TOML."""
    if _TABLE.search(head.decode("utf-8", "replace")):
        return described(file, lambda: _tables(file), terms=OWN, what="is a list")
    header = [column.strip() for column in first_row(head)]
    if not _OURS & set(header):
        return None
    unknown = [column for column in header if column not in _KEYS]
    if unknown or "network" not in header or len(set(header)) < len(header):
        wrong = f"{unknown[0]!r} is none of them" if unknown else "each may stand once, and the network must"
        raise SourceError(file, f"the columns of an own list are {', '.join(_KEYS)}: {wrong}", place="line 1")

    def parse(row: list[str]) -> tuple[int, int, Facts]:
        return _entry(dict(zip(header, row, strict=True)))

    return described(file, lambda: ranges_of(file, parse, len(header), header=True), terms=OWN, what="is a list")


def _tables(file: Path) -> Iterator[Range]:
    try:
        with opened(file) as stream:
            raw = stream.read(_LARGEST + 1)
        if len(raw) > _LARGEST:
            raise ValueError(f"is longer than {_LARGEST} bytes")
        text = raw.decode()
        tables = tomllib.loads(text)
        if set(tables) != {"network"} or not isinstance(tables["network"], list):
            raise ValueError("an own list has [[network]] tables, and nothing else")
    except ValueError as error:  # of TOML and of UTF-8 too, with the place in the message
        raise SourceError(file, " ".join(str(error).split())) from None
    starts = [text.count("\n", 0, match.start()) + 1 for match in _TABLE.finditer(text)]
    for index, table in enumerate(tables["network"]):
        try:
            unknown = sorted(set(table) - set(_KEYS))
            if unknown:
                raise ValueError(f"{unknown[0]!r} is not one of {', '.join(_KEYS)}")
            first, last, facts = _entry(table)
        except ValueError as error:
            place = f"line {starts[index]}" if index < len(starts) else f"network {index + 1}"
            raise SourceError(file, str(error), place=place) from None
        yield Range(first, last, sized(facts, first, last))


def _entry(table: Mapping[str, Any]) -> tuple[int, int, Facts]:
    told = {key: _text(key, value) for key, value in table.items()}
    kind = told.get("kind", "").lower()
    if kind and kind not in TYPES:
        raise ValueError(f"{kind!r} is not a network type: write one of {', '.join(sorted(TYPES))}")
    domain, account = name(told.get("domain", "")), name(told.get("account", ""))
    named = name(told.get("organisation", "")) or domain
    if account and not named:
        raise ValueError(f"the account {account!r} has no organisation")
    if not named and not kind:
        raise ValueError("a network needs an organisation, a domain or a kind")
    holder = Holder(named, "own_list", 0, domain, account) if named else None
    return *network(told.get("network", "")), Facts(type=kind or None, holder=holder)


def _text(key: str, value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{key} is {str(value)[:80]!r}, which is not text")  # noqa: TRY004 - what the user wrote
    return value.strip()
