"""The addresses of the demo's visitors: drawn at random from the embedded database, by network type."""

from collections import Counter
from collections.abc import Callable, Mapping
from functools import partial
from ipaddress import IPv4Address, IPv6Network
from random import Random

from frontdesk.enrich.organisation import ORGANISATION_TYPES
from frontdesk.geodb import Database

Pool = Mapping[str, list[str]]
"""Addresses by network type."""

# More draws would only be needed for a kind that hardly exists; then the demo does with fewer of it.
_MOST_DRAWS = 200_000
# The largest holders would else fill the pool alone.
_MOST_PER_ORGANISATION = 3

_FIRST_V4, _LAST_V4 = 0x01000000, 0xDFFFFFFF
# Allocated blocks (IANA's IPv6 unicast registry), where networks lie dense enough to be met by chance.
_V6_BLOCKS = [
    IPv6Network(block)
    for block in (
        "2001:200::/23",
        "2001:400::/23",
        "2001:600::/23",
        "2001:800::/22",
        "2001:c00::/23",
        "2001:e00::/23",
        "2001:1200::/23",
        "2001:1400::/22",
        "2001:1800::/23",
        "2001:1a00::/23",
        "2001:4200::/23",
        "2400::/12",
        "2600::/12",
        "2804::/16",
        "2a00::/12",
    )
]


def draw(database: Database, random: Random, wanted_v4: Mapping[str, int], wanted_v6: Mapping[str, int]) -> Pool:
    """So many addresses of each network type, fewer where chance does not bring them."""
    pool: dict[str, list[str]] = {kind: [] for kind in (*wanted_v4, *wanted_v6)}
    for guess, wanted in ((_v4, wanted_v4), (_v6, wanted_v6)):
        _fill(pool, database, partial(guess, random), dict(wanted))
    return pool


def _fill(pool: dict[str, list[str]], database: Database, guess: Callable[[], str], missing: dict[str, int]) -> None:
    """Look random addresses up until none is missing."""
    holders: Counter[str | None] = Counter()
    for _ in range(_MOST_DRAWS):
        if not any(missing.values()):
            return
        address = guess()
        record = database.lookup(address)
        if record.as_number is None or not missing.get(record.type):
            continue
        holders[record.as_name] += 1
        if record.type in ORGANISATION_TYPES and holders[record.as_name] > _MOST_PER_ORGANISATION:
            continue
        missing[record.type] -= 1
        pool[record.type].append(address)


def _v4(random: Random) -> str:
    """Never one that ends in 0, which would read like the network that a record may name."""
    return str(IPv4Address(random.randint(_FIRST_V4, _LAST_V4) & ~0xFF | random.randint(1, 254)))


def _v6(random: Random) -> str:
    block = random.choice(_V6_BLOCKS)
    return str(block[random.getrandbits(128 - block.prefixlen) | 1])
