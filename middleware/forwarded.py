"""The elements of a forwarding header: `X-Forwarded-For`, RFC 7239 `Forwarded`, or a header with one address.

Every element counts, valid or not, because the walk through them goes by position. An element is read into a `Node`, an
address or the reason why it is none, only when the walk comes to it: a long header costs nobody but its sender.
"""

import re
from collections.abc import Iterable, Sequence
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

# How many commas inside quotes one element may have before it is given up, so that no line takes long to read.
_MOST_QUOTED_COMMAS = 8

_UNSPECIFIED = (bytes(4), bytes(16))
_FIRST_MULTICAST_V4, _LAST_MULTICAST_V4 = 224, 239
_MULTICAST_V6 = 0xFF


class Node(NamedTuple):
    """One element of a list: a packed address, or None and why (`invalid`, `unknown`, `obfuscated`, `absent`)."""

    address: bytes | None
    reason: str
    text: str


Element = str | Node
"""The text of a node yet to be read, or a node that is known to be no address."""


def x_forwarded_for(lines: Iterable[str]) -> Sequence[Element]:
    """The elements of `X-Forwarded-For`, all field lines as one list, the nearest proxy's entry last."""
    return ",".join(lines).split(",")


def single(lines: Sequence[str]) -> Sequence[Element]:
    """The element of a header that holds one address; a second field line makes it invalid."""
    return lines if len(lines) == 1 else [Node(None, "invalid", f"{len(lines)} field lines")]


def forwarded(lines: Iterable[str]) -> Sequence[Element]:
    """The elements of RFC 7239 `Forwarded`: each the value of its `for`.

    A field line that breaks the grammar is read from its right end, element by element, so that a sender's unmatched
    quote cannot swallow the element that our own proxy put behind it.
    """
    found: list[Element] = []
    for line in lines:
        found += _from_left(line) or _from_right(line)
    return found


def node(element: Element) -> Node:
    """Read one node: `a.b.c.d`, `a.b.c.d:port`, `[v6]`, `[v6]:port`, bare v6, `unknown` or an obfuscated `_name`."""
    if isinstance(element, Node):
        return element
    text = element.strip(" \t")
    if len(text) > _LONGEST_NODE or not text.isascii():
        return _invalid(text)
    if text.startswith("_") and _OBFUSCATED.fullmatch(text):
        return Node(None, "obfuscated", text)
    if _UNKNOWN.fullmatch(text):
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


def _from_left(line: str) -> list[Element] | None:
    """The elements of a field line by the grammar of RFC 7239 section 4; None where the line breaks it."""
    elements: list[Element] = []
    position = 0
    while True:
        element, position = _element(line, position)
        if element is None:
            return None
        elements.append(element)
        if position == len(line):
            return elements
        position += 1


def _from_right(line: str) -> list[Element]:
    """The elements of a line that breaks the grammar, each as short as it can be; what is none is invalid."""
    elements: list[Element] = []
    end = len(line)
    while end >= 0:
        element, end = _last_element(line, end)
        elements.append(element)
    return elements[::-1]


def _last_element(line: str, end: int) -> tuple[Element, int]:
    """The last element before `end`, and the place of the comma in front of it, or -1."""
    comma = end
    for _ in range(_MOST_QUOTED_COMMAS + 1):
        comma = line.rfind(",", 0, comma)
        element, stop = _element(line[comma + 1 : end], 0)
        if element is not None and stop == end - comma - 1:
            return element, comma
        if comma < 0:
            break
    comma = line.rfind(",", 0, end)
    return _invalid(line[comma + 1 : end]), comma


def _element(line: str, position: int) -> tuple[Element | None, int]:
    """The element at a position, or None where it breaks the grammar, and where it ends."""
    parameters: list[tuple[str, str]] = []
    position = _skip_blank(line, position)
    while True:
        if pair := _PAIR.match(line, position):
            parameters.append((pair[1].lower(), pair[2]))
            position = pair.end()
        if position == len(line) or line[position] != ";":
            break
        position += 1
    position = _skip_blank(line, position)
    if position < len(line) and line[position] != ",":
        return None, position
    return _for_value(parameters), position


def _skip_blank(line: str, position: int) -> int:
    while position < len(line) and line[position] in " \t":
        position += 1
    return position


def _for_value(parameters: list[tuple[str, str]]) -> Element:
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
