"""Which address is the client's: the walk back through trusted proxies.

The rules are few and strict: one header, named by the policy; believed only from a trusted peer; read from the right,
which is the end that our own proxies wrote; and at the first element that is no address the client is unknown, for
whatever stands further left may be anybody's invention.
"""

from collections.abc import Iterator, Sequence
from ipaddress import ip_address
from itertools import chain, islice
from typing import NamedTuple

from frontdesk.middleware.forwarded import UNREADABLE, Element, Node, elements, is_client, node
from frontdesk.policy.model import Proxies
from frontdesk.policy.networks import pack, unpack

# More proxies than these stand in no visitor's way.
_MOST_PASSED = 16


class ClientAddress(NamedTuple):
    """The answer: a packed address or None, and where it came from.

    `source` is `peer` (no proxy involved, or an untrusted peer), `header` or `hop` (told by a trusted proxy),
    `all_trusted` (every element is a trusted proxy: the furthest), `header_missing` (a trusted peer that sent no
    header: the peer). Without an address it is `no_peer`, `invalid`, `unknown`, `obfuscated`, `absent` (an element
    with no `for`) or `short` (fewer elements than hops). `ignored` says whether more was brought that is not
    believed: elements to the left of the answer, or the header of an untrusted peer; `forged` whether it is what no
    proxy of a visitor's own writes (see `_is_forged`).
    """

    address: bytes | None
    source: str
    ignored: bool = False
    forged: bool = False

    @property
    def text(self) -> str | None:
        """The address as text. It must not leave the process except to the person who asked for it."""
        return None if self.address is None else unpack(self.address)


class Step(NamedTuple):
    """One step of a walk, told to a person by `frontdesk explain`."""

    element: str
    verdict: str


def peer_address(peer: str | None) -> bytes | None:
    """The packed address of the socket's other end; None for a Unix socket or text that is no address.

    Servers with proxy handling of their own have been seen to put whatever a header said into the peer.
    """
    address = None if peer is None else pack(peer)
    return address if address is not None and is_client(address) else None


def is_believed(proxies: Proxies, peer: str | None) -> bool:
    """Whether this peer may say who the client is."""
    return _is_believed(proxies, peer, peer_address(peer))


def _is_believed(proxies: Proxies, peer: str | None, address: bytes | None) -> bool:
    if peer is None:
        return proxies.trust_unix
    if address is None:
        return False
    # Hops without networks is only allowed where the policy says that nobody can come round the proxies.
    return address in proxies.trusted if proxies.trusted else proxies.hops is not None


def find_client(proxies: Proxies, peer: str | None, lines: list[str], steps: list[Step] | None = None) -> ClientAddress:
    """Find the client.

    Args:
        proxies: whom to believe.
        peer: the socket's other end, or None for a Unix socket.
        lines: every field line of the one header that the policy names, in order.
        steps: where given, each step of the walk is appended to it.
    """
    address = peer_address(peer)
    if not _is_believed(proxies, peer, address):
        _note(steps, peer or "Unix socket", "not a trusted proxy: no header is believed")
        brought = list(islice(elements(proxies.header, lines), _MOST_PASSED)) if lines else []
        source = "no_peer" if address is None else "peer"
        return ClientAddress(address, source, bool(lines), _is_forged(proxies, brought))
    _note(steps, peer or "Unix socket", "trusted proxy")
    if not lines:
        _note(steps, f"no {proxies.header}", "the peer itself is the client")
        return ClientAddress(address, "header_missing")
    found = elements(proxies.header, lines)
    client = _walk(proxies, found, steps) if proxies.hops is None else _at_hop(found, proxies.hops, steps)
    rest = list(islice(found, _MOST_PASSED))
    if not rest:
        return client
    if steps is not None:
        told = "not believed: anybody can have written it"
        steps += [Step(node(ignored).text, told) for ignored in chain(rest, found)]
    return client._replace(ignored=True, forged=_is_forged(proxies, rest))


def _is_forged(proxies: Proxies, brought: Sequence[Element]) -> bool:
    """Whether elements that nobody trusted wrote are more than a company's gateway, or a carrier's, adds by itself.

    That names the address of a visitor in its own network, or says that it does not. Whoever names another address, one
    of our proxies' or this very machine's, writes what cannot be read, or more than any chain of proxies, claims to be
    somebody else.
    """
    return len(brought) == _MOST_PASSED or any(_is_claim(proxies, node(element)) for element in brought)


def _is_claim(proxies: Proxies, brought: Node) -> bool:
    if brought.address is None:
        return brought.reason == "invalid"
    told = ip_address(brought.address)
    return brought.address in proxies.trusted or told.is_global or told.is_loopback


def _walk(proxies: Proxies, found: Iterator[Element], steps: list[Step] | None) -> ClientAddress:
    """From the right, past trusted proxies, to the first address that is not one."""
    address = None
    for element in found:
        address, reason, text = node(element)
        if address is None:
            _note(steps, text, f"{reason}: the client is unknown")
            return ClientAddress(None, reason)
        if address not in proxies.trusted:
            _note(steps, text, "the client")
            return ClientAddress(address, "header")
        _note(steps, text, "trusted proxy")
    _note(steps, "no more elements", "the furthest of only trusted proxies is the client")
    return ClientAddress(address, "all_trusted")


def _at_hop(found: Iterator[Element], hops: int, steps: list[Step] | None) -> ClientAddress:
    """The element at a fixed distance from the right, valid or not."""
    for position, element in enumerate(found, start=1):
        if position == hops or element is UNREADABLE:
            address, reason, text = node(element)
            if address is None:
                _note(steps, text, f"{reason}: the client is unknown")
                return ClientAddress(None, reason)
            _note(steps, text, f"the client, {hops} from the right")
            return ClientAddress(address, "hop")
    _note(steps, "no more elements", f"fewer than {hops}: the client is unknown")
    return ClientAddress(None, "short")


def _note(steps: list[Step] | None, element: str, verdict: str) -> None:
    if steps is not None:
        steps.append(Step(element, verdict))
