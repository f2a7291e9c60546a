"""Registries' dumps of their databases in RPSL (RFC 2622): whom a network is registered to.

RIPE's, APNIC's and AFRINIC's, one object after the other with an empty line between. Of `inetnum` and `inet6num` only
the range and the holder are taken: the name of the `organisation` that `org:` refers to, where the file has it, else
the first line of `descr:` where it looks like a name. The country is not taken, for APNIC forbids it. Objects of other
classes, people's above all, are passed over unread.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from frontdesk.geodb.errors import SourceError
from frontdesk.geodb.ranges import V4_END, Range
from frontdesk.geodb.record import Holder
from frontdesk.geodb.sources.content import opened
from frontdesk.geodb.sources.source import Facts, Source, described
from frontdesk.geodb.sources.terms import REGISTRIES, REGISTRY
from frontdesk.geodb.sources.values import name, network, prefix_length

_CLASSES = (
    b"as-block as-set aut-num domain filter-set inet-rtr inet6num inetnum irt key-cert limerick mntner organisation"
    b" peering-set person poem poetic-form role route route-set route6 rtr-set"
).split()
_FIRST = re.compile(rb"(?:\s|[#%][^\n]*\n)*(" + b"|".join(_CLASSES) + rb"):[ \t]*[^\s]")
_NETWORK, _ORGANISATION = (
    re.compile(rf"^({names}):([^\n]*(?:\n[ \t+][^\n]*)*)", re.MULTILINE | re.IGNORECASE)
    for names in ("inetnum|inet6num|netname|descr|org|status", "organisation|org-name")
)
_SOURCE = re.compile(rb"^source:[ \t]*([A-Z]+)", re.MULTILINE)
_BLOCK = 1024 * 1024
# The longest objects are sets of 100,000 members; networks have a few dozen lines.
_LONGEST_OBJECT = 8 * 1024 * 1024
_NETWORKS = (b"inetnum:", b"inet6num:")
_FIELDS = frozenset({"holder"})

# Blocks that stand for what a registry has, or has not, to give out.
_PLACEHOLDERS = (
    "AFRINIC-NET-TRANSFERRED",
    "APNIC-AP",
    "ERX-NETBLOCK",
    "EU-ZZ-",
    "IANA-",
    "IETF-RESERVED",
    "NON-RIPE-NCC-MANAGED-ADDRESS-BLOCK",
    "STUB-",
)
_WIDEST_V4, _WIDEST_V6 = 8, 16

_LONGEST_NAME = 100
# What stands in the first line of a description that is no organisation's name.
_NO_NAME = re.compile(
    r"""
    @ | :// | \*\*\* | ^\W*\d+([\s,/-]|$) | ^(p\.?\s*o\.?\s*box|see|for|to|used|used\s+by|via)\b |
    \b(this\s+(is|network|block|range|object)|not\s+allocated|assigned\s+to|allocated\s+to|reserved|placeholder|
       dynamic|dhcp|pppoe?|pool|dial-?up|x?dsl|adsl|ftth|broadband|residential|customers?|subscribers?|
       end[\s-]?users?|infrastructure|point-to-point|p2p|link|loopbacks?|static\s+ips?|ip\s+addresses)\b
    """,
    re.IGNORECASE | re.VERBOSE,
)
_LETTERS = re.compile(r"[^\W\d_]{2}")


def read(file: Path, head: bytes) -> Source | None:
    """The source, if the file's first object is of a class that such databases have."""
    if not _FIRST.match(head):
        return None
    origin = _SOURCE.search(head)
    return described(
        file,
        lambda: _ranges(file),
        fields=_FIELDS,
        terms=REGISTRIES.get(origin[1].decode(), REGISTRY) if origin else REGISTRY,
    )


def _ranges(file: Path) -> Iterator[Range]:
    line, found = 1, False
    try:
        names = _organisations(file)
        known: dict[Facts, Facts] = {}
        with opened(file) as stream:
            for begun, text in _objects(stream):
                line = begun
                if text.startswith(_NETWORKS):
                    found = True
                    item = _range(text, names)
                    if item is not None:
                        first, last, facts = item
                        yield Range(first, last, known.setdefault(facts, facts))
    except ValueError as error:
        raise SourceError(file, str(error), place=f"line {line}") from None
    if not found:
        raise SourceError(
            file,
            "has no inetnum and no inet6num in it. One of organisations goes before the networks, in one file:"
            " cat organisation.gz inetnum.gz > all.gz",
        )


def _organisations(file: Path) -> dict[str, str]:
    """The names of the organisations that the file has, by their handles."""
    names = {}
    with opened(file) as stream:
        for _, text in _objects(stream):
            if text.startswith(b"organisation:"):
                values = _attributes(text, _ORGANISATION)
                named = name(values.get("org-name", ""))
                if named:
                    names[values["organisation"].upper()] = named
    return names


def _objects(stream: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Each object with the number of the line that it begins on; comments before it are left out."""
    waiting, line = b"", 1
    while block := stream.read(_BLOCK):
        *whole, waiting = (waiting + block).replace(b"\r\n", b"\n").split(b"\n\n")
        if len(waiting) > _LONGEST_OBJECT:
            raise ValueError(f"an object is longer than {_LONGEST_OBJECT} bytes")
        for text in whole:
            yield from _begun(line, text)
            line += text.count(b"\n") + 2
    yield from _begun(line, waiting)


def _begun(line: int, text: bytes) -> Iterator[tuple[int, bytes]]:
    while text.startswith((b"#", b"%", b"\n")):
        text = text.partition(b"\n")[2]
        line += 1
    if text.strip():
        yield line, text


def _attributes(text: bytes, wanted: re.Pattern[str]) -> dict[str, str]:
    """The first value of each wanted attribute without comments, its lines joined; of `descr:` the first line."""
    found: dict[str, str] = {}
    for attribute, value in wanted.findall(_decoded(text)):
        key = attribute.lower()
        if key not in found:
            found[key] = _joined(value[: value.find("\n")] if key == "descr" and "\n" in value else value)
    return found


def _joined(value: str) -> str:
    """The lines of a value as one, without comments. A line that goes on begins with a blank or a plus."""
    if "\n" not in value and "#" not in value:
        return value.strip()
    lines = [line.partition("#")[0] for line in value.replace("\n+", "\n").split("\n")]
    return " ".join(" ".join(lines).split())


def _decoded(text: bytes) -> str:
    try:
        return text.decode()
    except UnicodeDecodeError:
        return text.decode("latin-1")


def _range(text: bytes, names: dict[str, str]) -> tuple[int, int, Facts] | None:
    """The range of a network and its holder; None for one that stands for no network."""
    values = _attributes(text, _NETWORK)
    where = values.get("inetnum") or values.get("inet6num") or ""
    status, called = values.get("status", "").upper(), values.get("netname", "").upper()
    if status == "ALLOCATED UNSPECIFIED" or called.startswith(_PLACEHOLDERS) or where.endswith("/0"):
        return None
    first, last = network(where)
    length = prefix_length(first, last)
    if length < (_WIDEST_V4 if last < V4_END else _WIDEST_V6):
        return None
    named = names.get(values.get("org", "").upper()) or _name(values.get("descr", ""))
    return first, last, Facts(holder=Holder(named, "registered", length)) if named else Facts()


def _name(text: str) -> str | None:
    """The first line of a description, where it looks like an organisation's name."""
    if len(text) > _LONGEST_NAME or not _LETTERS.search(text) or _NO_NAME.search(text):
        return None
    return name(text)
