"""IPLocate's databases, MMDB or CSV with a header: of countries, and of autonomous systems.

The country of an autonomous system is where it is registered, not where the network is, and is not taken.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from frontdesk.geodb.sources.rows import first_row, ranges_of
from frontdesk.geodb.sources.source import Facts, Source, described
from frontdesk.geodb.sources.terms import IPLOCATE, Terms
from frontdesk.geodb.sources.values import as_number, country, name, network

_COUNTRY = frozenset({"continent_code", "country_code", "country_name"})
_AS = frozenset({"asn", "country_code", "name", "org", "domain"})


def read(file: Path, head: bytes) -> Source | None:
    """The source, if the file is CSV with such a header."""
    header = first_row(head)
    if frozenset(header) not in (_COUNTRY | {"network"}, _AS | {"network"}):
        return None

    def parse(row: list[str]) -> tuple[int, int, Facts]:
        stored = dict(zip(header, row, strict=True))
        return *network(stored["network"]), facts(stored)

    return described(file, lambda: ranges_of(file, parse, len(header), header=True), terms=IPLOCATE)


def knows(_kind: str, keys: frozenset[str]) -> bool:
    """Whether an MMDB has these keys."""
    return bool(keys) and ((keys <= _COUNTRY and "country_name" in keys) or (keys <= _AS and "asn" in keys))


def terms(_kind: str) -> Terms:
    """The terms of all of its free databases."""
    return IPLOCATE


def facts(stored: Mapping[str, Any]) -> Facts:
    """What a record says."""
    system = str(stored.get("asn") or "").removeprefix("AS")
    if "asn" not in stored:
        return Facts(country(str(stored.get("country_code") or "")))
    named = name(str(stored.get("org") or stored.get("name") or ""))
    return Facts(as_number=as_number(system), as_name=named) if system and system != "0" else Facts()
