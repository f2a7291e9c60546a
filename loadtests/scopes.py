"""Requests as a server hands them to an app: browsers behind one proxy, some of whose users object."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network
from random import Random
from typing import Any, NamedTuple

from frontdesk.geodb import Database, NetworkRecord

from .site import PATH

PROXY = ("127.0.0.1", 40_000)
"""The socket's other end: the proxy that the example policy trusts."""

HOSTS = (b"www.aurora.example", b"de.aurora.example", b"jp.aurora.example")
AGENTS = (
    b"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/144.0.0.0 Safari/537.36",
    b"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1 (KHTML, like Gecko) Version/19.0 Safari/605.1",
    b"Mozilla/5.0 (X11; Linux x86_64; rv:146.0) Gecko/20100101 Firefox/146.0",
    b"Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
)
_OBJECT_BY_GPC, _OBJECT_BY_DNT = 0.08, 0.04
_HOT = 50
_SEED = 11

Scope = dict[str, Any]


class Traffic(NamedTuple):
    """Client addresses, and what else differs from request to request."""

    name: str
    addresses: list[str]

    def scopes(self, start: int, count: int) -> list[Scope]:
        """So many requests from a place in the traffic on, each with a scope of its own."""
        total = len(self.addresses)
        return [scope(self.addresses[(start + number) % total]) for number in range(count)]


def traffic(database: Database, count: int) -> list[Traffic]:
    """Hot addresses, which are few and come again and again, and cold ones: distinct, any that an AS announces."""
    random = Random(_SEED)
    cold: dict[str, None] = {}
    while len(cold) < count:
        address = str(IPv4Address(random.getrandbits(32)))
        if database.lookup(address).as_number is not None:
            cold[address] = None
    addresses = list(cold)
    return [Traffic("hot", random.choices(addresses[:_HOT], k=count)), Traffic("cold", addresses)]


def networks_of(addresses: Iterable[str], database: Database) -> list[tuple[int, int, NetworkRecord]]:
    """The networks that addresses are in, in order, with what the database says of them."""
    found = {}
    for address in addresses:
        record = database.lookup(address)
        network = IPv4Network((address, record.prefix_length), strict=False)
        found[int(network.network_address)] = (int(network.broadcast_address), record)
    return [(first, *rest) for first, rest in sorted(found.items(), key=lambda item: item[0])]


def scope(address: str, path: str = PATH) -> Scope:
    """One request of a browser, twelve header fields and more, such as nginx passes on.

    Who comes from an address always comes with the same browser, to the same host, and objects or does not.
    """
    random = Random(address)
    headers = [
        (b"host", random.choice(HOSTS)),
        (b"x-forwarded-for", address.encode()),
        (b"x-forwarded-proto", b"https"),
        (b"user-agent", random.choice(AGENTS)),
        (b"accept", b"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
        (b"accept-language", b"de,en-US;q=0.7,en;q=0.3"),
        (b"accept-encoding", b"gzip, deflate, br, zstd"),
        (b"upgrade-insecure-requests", b"1"),
        (b"sec-fetch-dest", b"document"),
        (b"sec-fetch-mode", b"navigate"),
        (b"sec-fetch-site", b"none"),
        (b"priority", b"u=0, i"),
    ]
    chance = random.random()
    if chance < _OBJECT_BY_GPC:
        headers.append((b"sec-gpc", b"1"))
    elif chance < _OBJECT_BY_GPC + _OBJECT_BY_DNT:
        headers.append((b"dnt", b"1"))
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "server": ("127.0.0.1", 8000),
        "client": PROXY,
        "scheme": "http",
        "method": "GET",
        "root_path": "",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": headers,
        "state": {},
    }
