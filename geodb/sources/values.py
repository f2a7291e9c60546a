"""The values that columns and keys hold, checked. What is wrong raises `ValueError` with the value in it."""

import re
from ipaddress import ip_address
from typing import Any

from frontdesk.geodb.ranges import V4_END, V6_END, number

_COUNTRY = re.compile(r"[A-Z]{2}")
_LONGEST_NAME = 200
_V4_BITS, _V6_BITS = 32, 128
_TRUE, _FALSE = frozenset({"true", "1"}), frozenset({"", "false", "0"})


def country(text: str) -> str | None:
    """A country by its two letters; None where there is none."""
    if text and not _COUNTRY.fullmatch(text):
        raise ValueError(f"{text!r} is not a country code")
    return text or None


def as_number(text: str) -> int:
    """The number of an autonomous system; 0 is how vendors say that nobody routes a network."""
    if not text.isdecimal() or not 0 <= int(text) < 1 << 32:
        raise ValueError(f"{text!r} is not an AS number")
    return int(text)


def name(text: str) -> str | None:
    """A name, cut to a length that no true name has; None where there is none."""
    if not text.isascii() and any("\ud800" <= letter <= "\udfff" for letter in text):
        raise ValueError(f"{text!r} is not UTF-8")
    return text.strip()[:_LONGEST_NAME] or None


def flag(value: Any) -> bool:
    """A flag, as a boolean or as text. One that is absent is false."""
    text = str(value or "").strip().lower()
    if text not in _TRUE | _FALSE:
        raise ValueError(f"{str(value)[:80]!r} is neither true nor false")
    return text in _TRUE


def bounds(first: str, last: str) -> tuple[int, int]:
    """The places of the two ends of a range, which are addresses or whole numbers."""
    start, end = _place(first), _place(last)
    if start > end:
        raise ValueError(f"the range {first} to {last} ends before it starts")
    if start < V4_END <= end:
        raise ValueError(f"the range {first} to {last} starts in IPv4 and ends in IPv6")
    return start, end


def network(text: str) -> tuple[int, int]:
    """The places of the two ends of a network in CIDR form, of a range `a - b`, or of one address."""
    if "-" in text:
        first, _, last = text.partition("-")
        return bounds(first.strip(), last.strip())
    address, slash, length = text.partition("/")
    start = number(address)
    if not slash:
        return start, start
    bits = _V6_BITS if ":" in address else _V4_BITS
    if not length.isdecimal() or int(length) > bits:
        raise ValueError(f"{text!r} is not a network")
    size = 1 << (bits - int(length))
    if start % size or start + size > (V4_END if start < V4_END else V6_END):
        raise ValueError(f"{text!r} is not a network: it has bits set beyond its prefix")
    return start, start + size - 1


def prefix_length(first: int, last: int) -> int:
    """That of the largest network which a range has room for."""
    return (_V4_BITS if last < V4_END else _V6_BITS) + 1 - (last - first + 1).bit_length()


def _place(text: str) -> int:
    return number(str(ip_address(int(text))) if text.isdecimal() else text)
