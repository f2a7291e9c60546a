"""How fast the merged database answers, beside a vendor's database read by its own library, in one run.

`make bench-lookup` runs it. The last line is one JSON object: the ratio of `Database.lookup` to maxminddb's `get` on
each vendor's shape of file, for each kind of addresses.
"""

import json
import sys
import tempfile
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from random import Random

import maxminddb

from frontdesk.enrich import Enricher
from frontdesk.geodb import EMBEDDED, Database
from frontdesk.geodb.ranges import V4_END, Range

from . import vendors
from .rounds import Ask, Speed, machine, measure, ratio, speed

LOOKUP = "Database.lookup, merged"
_ADDRESSES = 20_000
_HOT = 500
_ROUNDS = 15
_SEED = 7


def routed(networks: list[Range], *, v6: bool, random: Random, count: int) -> list[str]:
    """Addresses of networks that an AS announces, IPv4's by how many addresses there are, IPv6's by networks."""
    ours = [
        item
        for item in networks
        if (item.first >= V4_END) == v6 and item.value.as_number is not None  # type: ignore[attr-defined]
    ]
    weights = None if v6 else [item.last - item.first for item in ours]
    kind = IPv6Address if v6 else IPv4Address
    return [str(kind(random.randint(item.first, item.last))) for item in random.choices(ours, weights, k=count)]


def addresses(database: Database) -> dict[str, list[str]]:
    """The three kinds of addresses: random ones of each family, and a few that come again and again."""
    random = Random(_SEED)
    networks = list(database.networks())
    v4 = routed(networks, v6=False, random=random, count=_ADDRESSES)
    return {
        "IPv4 random": v4,
        "IPv4 hot": random.choices(v4[:_HOT], k=_ADDRESSES),
        "IPv6 random": routed(networks, v6=True, random=random, count=_ADDRESSES),
    }


def subjects(database: Database, files: dict[str, Path]) -> dict[str, Ask]:
    """What is measured, by its name in the table."""
    merged = maxminddb.open_database(EMBEDDED)
    readers = {name: maxminddb.open_database(file) for name, file in files.items()}
    return {
        LOOKUP: database.lookup,
        "Enricher.find, merged": Enricher(database).find,
        "maxminddb get, merged": merged.get,
        **{f"maxminddb get, {name}": reader.get for name, reader in readers.items()},
        "maxminddb get_with_prefix_len, City": readers["City"].get_with_prefix_len,
    }


def main() -> None:
    """Measure, and print a table and the ratios."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else _ROUNDS
    database = Database()
    ratios: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        files = vendors.write(database, Path(folder))
        sizes = ", ".join(f"{name} {file.stat().st_size / 1e6:.1f} MB" for name, file in files.items())
        print(f"{machine()}\nmerged {EMBEDDED.stat().st_size / 1e6:.1f} MB; of the same networks: {sizes}")
        print(f"thousand look-ups a second, {rounds} rounds: median, and the middle half of the rounds\n")
        asked = subjects(database, files)
        for kind, sample in addresses(database).items():
            found = measure(asked, sample, rounds=rounds)
            print(f"{kind:38} {'median':>7} {'from':>7} {'to':>7}  Database.lookup is so many times as fast")
            for name, rates in found.items():
                against = ratio(found[LOOKUP], rates)
                times = f"{against.median:5.2f} ({against.low:.2f} to {against.high:.2f})"
                print(f"{name:38} {_thousands(speed(rates))}  {times}")
            print()
            ratios[kind] = {
                name: round(ratio(found[LOOKUP], found[f"maxminddb get, {name}"]).median, 3) for name in files
            }
    print(json.dumps({"lookup_to_vendor": ratios}))


def _thousands(found: Speed) -> str:
    return " ".join(f"{rate / 1e3:7,.0f}" for rate in found)


if __name__ == "__main__":
    main()
