"""The elements of a forwarding header: `X-Forwarded-For`, RFC 7239 `Forwarded`, or a header with one address.

Every element counts, valid or not, because the walk through them goes by position. Each is read into a `Node`: an
address, or the reason why it is none.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from frontdesk.policy.networks import pack

_LONGEST_NODE = 64

_NAME = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_QUOTED = r'"(?:[\t \x21\x23-\x5b\x5d-\x7e]|\\[\t \x21-\x7e])*"'
_PAIR = re.compile(rf"({_NAME})=({_NAME}|{_QUOTED})")
_PORT = r"(?::(?:\d{1,5}|_[A-Za-z0-9._-]+))?"
_OBFUSCATED = re.compile(rf"_[A-Za-z0-9._-]+{_PORT}")
_UNKNOWN = re.compile(rf"unknown{_PORT}", re.IGNORECASE)
_BRACKETED = re.compile(r"\[([^\]]*)\](?::(.*))?", re.DOTALL)
_OBFUSCATED_PORT = re.compile(r"_[A-Za-z0-9._-]+")
_HIGHEST_PORT = 65535

# Characters of a list that are read, from its right end: no chain of proxies needs more.
_LONGEST_LIST = 8192

_UNSPECIFIED = (bytes(4), bytes(16))
_FIRST_MULTICAST_V4, _LAST_MULTICAST_V4 = 224, 239
_MULTICAST_V6 = 0xFF


class Node(NamedTuple):
    """One element of a list: a packed address, or None and why (`invalid`, `unknown`, `obfuscated`, `absent`)."""

    address: bytes | None
    reason: str
    text: str


Element = str | Node
"""The text of a node that has not been read yet, or a node that is known to be no address."""

UNREADABLE = Node(None, "invalid", "the rest cannot be read")
"""Stands for everything to its left: where elements cannot be told apart, none may be counted."""


def elements(header: str, lines: Sequence[str]) -> Iterator[Element]:
    """The elements of every field line as one list, from the right, which is the end that our own proxies wrote.

    Each is found only when it is asked for, and `node` reads it, so that a long list costs its sender more than us.
    Nothing comes after `UNREADABLE`.
    """
    match header:
        case "x-forwarded-for":
            return _x_forwarded_for(lines)
        case "forwarded":
            return _forwarded(lines)
        case _:
            return _single(lines)


def _x_forwarded_for(lines: Sequence[str]) -> Iterator[Element]:
    for text, whole in _nearest(lines):
        end = len(text)
        while end >= 0:
            comma = text.rfind(",", 0, end)
            if comma < 0 and not whole:
                yield UNREADABLE
                return
            yield text[comma + 1 : end]
            end = comma


def _single(lines: Sequence[str]) -> Iterator[Element]:
    """A header that holds one address; a second field line makes it invalid."""
    yield lines[0] if len(lines) == 1 else Node(None, "invalid", f"{len(lines)} field lines")


def _forwarded(lines: Sequence[str]) -> Iterator[Element]:
    """RFC 7239: an element ends where the one to its right began, and starts at the nearest comma that makes it whole.

    A comma inside quotes never does, for what follows it has a quote too many. So a sender's unmatched quote cannot
    swallow the element that our own proxy put behind it.
    """
    for text, whole in _nearest(lines):
        end = len(text)
        while end >= 0:
            found = _last_element(text, end, whole=whole)
            if found is None:
                yield UNREADABLE
                return
            element, end = found
            yield element


def _nearest(lines: Sequence[str]) -> Iterator[tuple[str, bool]]:
    """Field lines from the last, as much as any chain of proxies needs; False with one whose beginning is cut off."""
    room = _LONGEST_LIST
    for line in reversed(lines):
        if room <= 0:
            yield "", False
            return
        yield line[-room:], len(line) <= room
        room -= len(line) + 1


def node(element: Element) -> Node:
    """Read one node: `a.b.c.d`, `a.b.c.d:port`, `[v6]`, `[v6]:port`, bare v6, `unknown` or an obfuscated `_name`."""
    if isinstance(element, Node):
        return element
    text = element.strip(" \t")
    if len(text) > _LONGEST_NODE or not text.isascii():
        return _invalid(text)
    if text.startswith("_") and _OBFUSCATED.fullmatch(text):
        return Node(None, "obfuscated", text)
    if text[:1] in "uU" and _UNKNOWN.fullmatch(text):
        return Node(None, "unknown", text)
    host, port = _host_and_port(text)
    address = pack(host)
    if address is None or not is_client(address) or not _is_port(port):
        return _invalid(text)
    return Node(address, "address", text)


def is_client(address: bytes) -> bool:
    """Whether an address can be one client's: neither unspecified nor multicast."""
    if address in _UNSPECIFIED:
        return False
    first = address[0]
    if len(address) == 4:  # noqa: PLR2004
        return not _FIRST_MULTICAST_V4 <= first <= _LAST_MULTICAST_V4
    return first != _MULTICAST_V6


def _invalid(text: str) -> Node:
    return Node(None, "invalid", text[:_LONGEST_NODE])


def _host_and_port(text: str) -> tuple[str, str | None]:
    """Split a node. Without brackets, more than one colon is an IPv6 address and never a port."""
    if text.startswith("["):
        match = _BRACKETED.fullmatch(text)
        # Brackets are for IPv6 only: `[192.0.2.1]` is no node.
        return (match[1], match[2]) if match and ":" in match[1] else ("", None)
    if text.count(":") == 1:
        host, _, port = text.partition(":")
        return host, port
    return text, None


def _is_port(text: str | None) -> bool:
    if text is None or _OBFUSCATED_PORT.fullmatch(text):
        return True
    return text.isdigit() and len(text) <= len(str(_HIGHEST_PORT)) and int(text) <= _HIGHEST_PORT


def _last_element(text: str, end: int, *, whole: bool) -> tuple[str | Node, int] | None:
    """The last element before `end`, and the place of the comma in front of it (-1 at the line's beginning)."""
    comma = end
    while comma >= 0:
        comma = text.rfind(",", 0, comma)
        if comma < 0 and not whole:
            return None
        value, stop = _element(text, comma + 1, end)
        if value is not None and stop == end:
            return value, comma
    return None


def _element(line: str, position: int, end: int) -> tuple[str | Node | None, int]:
    """The element between two positions, or None where it breaks the grammar of section 4, and where it ends."""
    parameters: list[tuple[str, str]] = []
    position = _skip_blank(line, position, end)
    while True:
        if pair := _PAIR.match(line, position, end):
            parameters.append((pair[1].lower(), pair[2]))
            position = pair.end()
        if position == end or line[position] != ";":
            break
        position += 1
    position = _skip_blank(line, position, end)
    return (_for_value(parameters), position) if position == end else (None, position)


def _skip_blank(line: str, position: int, end: int) -> int:
    while position < end and line[position] in " \t":
        position += 1
    return position


def _for_value(parameters: list[tuple[str, str]]) -> str | Node:
    """The value of `for` in one element; a parameter given twice makes the element invalid."""
    values = dict(parameters)
    if len(values) != len(parameters):
        return Node(None, "invalid", "a parameter twice")
    if "for" not in values:
        return Node(None, "absent", "no for")
    value = values["for"]
    if value.startswith('"'):
        value = re.sub(r"\\(.)", r"\1", value[1:-1])
    return value
