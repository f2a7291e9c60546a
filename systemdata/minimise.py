"""Keeping less: what of an address, a browser and a method may stand in a record."""

from functools import lru_cache
from typing import Any, Final

from frontdesk.policy.networks import pack, unpack
from frontdesk.systemdata import crawlers

# Prefix lengths that are kept: whole bytes.
_V4_KEEP = 24
_V6_KEEP = 48
# Of a network that may identify somebody. A 6to4 /32 holds no more than the IPv4 /16.
_V4_KEEP_LESS = 16
_V6_KEEP_LESS = 32
# A 6to4 prefix holds a whole IPv4 address in its first 48 bits; 40 of them are its /24.
_6TO4, _6TO4_KEEP = b"\x20\x02", 40

SCHEMES: Final = frozenset({"http", "https", "ws", "wss"})
METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "QUERY"})

# In this order: most browsers also claim to be the ones below them.
_BROWSERS = (
    (b"edg", "Edge"),
    (b"opr/", "Opera"),
    (b"opera", "Opera"),
    (b"samsungbrowser", "Samsung Internet"),
    (b"fxios", "Firefox"),
    (b"firefox", "Firefox"),
    (b"crios", "Chrome"),
    (b"chrome", "Chrome"),
    (b"msie", "Internet Explorer"),
    (b"trident", "Internet Explorer"),
    (b"safari", "Safari"),
)
LONGEST_AGENT = 512
"""Bytes of a user agent that are looked at."""

MACHINES = frozenset({"bot", "script"})
"""The families that are no browser of a person."""


def network_of(address: bytes) -> str:
    """The network that stands for a packed address: its /24, or its /48, which is the least that is no household."""
    if len(address) == 4:  # noqa: PLR2004
        keep = _V4_KEEP
    else:
        keep = _6TO4_KEEP if address.startswith(_6TO4) else _V6_KEEP
    network = address[: keep // 8].ljust(len(address), b"\0")
    return f"{unpack(network)}/{keep}"


def coarser(network: str) -> str:
    """The /16 or /32 around a network that `network_of` gave: for one that may identify somebody."""
    address, _, _ = network.partition("/")
    packed = pack(address)
    if packed is None:
        raise ValueError("not a network that `network_of` gave")
    keep = _V4_KEEP_LESS if len(packed) == 4 else _V6_KEEP_LESS  # noqa: PLR2004
    return f"{unpack(packed[: keep // 8].ljust(len(packed), bytes(1)))}/{keep}"


def agent_family(user_agent: bytes | None) -> str:
    """The family of a browser and nothing more: `Firefox`, `bot`, `script`, `other`, or `none` if it names none.

    What it costs to compare one with the list of crawlers is spent once for each that comes, not on each request.
    """
    if not user_agent:
        return "none"
    return _family(user_agent[:LONGEST_AGENT])


@lru_cache(maxsize=2048)
def _family(user_agent: bytes) -> str:
    machine = crawlers.machine(user_agent.decode("latin-1"))
    if machine:
        return machine
    text = user_agent.lower()
    return next((family for token, family in _BROWSERS if token in text), "other")


def known_method(method: Any) -> str:
    """The request method; any that HTTP does not define is `_OTHER`, as OpenTelemetry has it."""
    return method if method in METHODS else "_OTHER"


def known_scheme(scheme: Any) -> str:
    """The scheme of the request; any other text, which a server may have from a header, is `_OTHER`."""
    return scheme if scheme in SCHEMES else "_OTHER"
