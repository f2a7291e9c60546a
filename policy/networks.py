"""Addresses and networks in the one form in which they may be compared.

An address is its packed bytes: 4 for IPv4, 16 for IPv6, never an IPv4 address in IPv6 clothes. Comparing text,
or `ipaddress` objects of which one is IPv4-mapped, is how proxies come to be trusted by mistake.
"""

from collections.abc import Iterable
from ipaddress import IPv6Network, ip_network
from socket import AF_INET, AF_INET6, inet_ntop, inet_pton

_MAPPED = bytes(10) + b"\xff\xff"
_MAPPED_BITS = 96


def pack(text: str) -> bytes | None:
    """The packed form of an IP address in text, or None where the text is not exactly one address.

    A zone id (`%eth0`) is dropped and an IPv4-mapped IPv6 address is its IPv4 address. Leading zeros, ports
    and brackets are not part of an address.
    """
    family = AF_INET
    if ":" in text:
        family = AF_INET6
        text = text.partition("%")[0]
    try:
        packed = inet_pton(family, text)
    except (OSError, ValueError):
        return None
    return packed[12:] if packed.startswith(_MAPPED) else packed


def unpack(packed: bytes) -> str:
    """The text of a packed address, in the usual short form."""
    return inet_ntop(AF_INET if len(packed) == 4 else AF_INET6, packed)  # noqa: PLR2004


class Networks:
    """A frozen set of networks; `packed_address in networks` asks whether any of them holds the address."""

    __slots__ = ("_tests", "texts")

    def __init__(self, texts: Iterable[str] = ()) -> None:
        """Read networks from CIDR text; `ValueError` names the first one that is not a network."""
        self.texts = tuple(texts)
        tests: dict[int, list[tuple[int, int]]] = {4: [], 16: []}
        for text in self.texts:
            length, mask, value = _read(text)
            tests[length].append((mask, value))
        self._tests = {length: tuple(pairs) for length, pairs in tests.items()}

    def __contains__(self, packed: bytes) -> bool:
        number = int.from_bytes(packed)
        for mask, value in self._tests[len(packed)]:  # noqa: SIM110 - `any` takes three times as long here
            if number & mask == value:
                return True
        return False

    def tests(self, length: int) -> tuple[tuple[int, int], ...]:
        """The networks of packed addresses of a length, 4 or 16, as masks and values to compare numbers with."""
        return self._tests[length]

    def holds_everything(self) -> bool:
        """Whether any of the networks is all of IPv4 or all of IPv6."""
        return any(mask == 0 for tests in self._tests.values() for mask, _ in tests)

    def __bool__(self) -> bool:
        return bool(self.texts)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Networks) and self._tests == other._tests

    def __hash__(self) -> int:
        return hash(tuple(self._tests.items()))

    def __repr__(self) -> str:
        return f"Networks({list(self.texts)})"


def _read(text: str) -> tuple[int, int, int]:
    """(length in bytes, mask, network number) of a CIDR text."""
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        raise ValueError(f"{text!r} is not a network; write one like 10.0.0.0/8 or 2001:db8::/32") from None
    if "/" in text and str(network.network_address) != _host_part(text):
        raise ValueError(f"{text!r} has host bits set; write {network} for the network")
    packed, bits = network.network_address.packed, network.prefixlen
    if isinstance(network, IPv6Network) and packed.startswith(_MAPPED) and bits >= _MAPPED_BITS:
        packed, bits = packed[12:], bits - _MAPPED_BITS
    size = len(packed) * 8
    mask = ((1 << bits) - 1) << (size - bits)
    return len(packed), mask, int.from_bytes(packed)


def _host_part(text: str) -> str:
    """The address in a CIDR text, in the usual short form."""
    return str(ip_network(text.partition("/")[0]).network_address)
