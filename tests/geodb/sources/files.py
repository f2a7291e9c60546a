"""Small files that the tests write, and how they are refused.

Public address space is used throughout: the prefixes for documentation are reserved, and of no country.
"""

from collections.abc import Callable
from pathlib import Path
from struct import pack
from typing import Any

import pytest

from frontdesk.geodb import Holder, SourceError
from frontdesk.geodb.mmdb import encode
from frontdesk.geodb.ranges import Range, number
from frontdesk.geodb.sources import Facts, recognise

COUNTRY = Facts(country="FR")
AS = Facts(as_number=64_500, as_name="Example, Inc.")
V4 = (number("5.0.0.0"), number("5.0.0.255"))
V6 = (number("2a00::"), number("2a00::ffff:ffff:ffff:ffff:ffff:ffff"))
V4_LENGTH, V6_LENGTH = 24, 32

FileOf = Callable[[bytes], Path]


def vendor(name: str, domain: str | None = None, prefix_length: int = V4_LENGTH) -> Holder:
    return Holder(name, "vendor", prefix_length, domain)


def mmdb_of(*values: tuple[tuple[int, int], dict[str, Any]], epoch: int = 1_800_000_000, kind: str = "Test") -> bytes:
    ranges = [Range(first, last, index) for index, ((first, last), _) in enumerate(values)]
    metadata = {"database_type": kind, "build_epoch": epoch, "description": {}, "languages": []}
    return encode(ranges, [value for _, value in values], metadata)


def mmdb(stored: dict[str, Any], kind: str = "Test") -> bytes:
    return mmdb_of((V4, stored), (V6, stored), kind=kind)


def text_csv(rest: str) -> bytes:
    return f"5.0.0.0,5.0.0.255,{rest}\n2a00::,2a00::ffff:ffff:ffff:ffff:ffff:ffff,{rest}\n".encode()


def number_csv(rest: str) -> bytes:
    return f"{V4[0]},{V4[1]},{rest}\n{V6[0]},{V6[1]},{rest}\n".encode()


def network_csv(header: str, rest: str) -> bytes:
    return f"network,{header}\n5.0.0.0/24,{rest}\n2a00::/32,{rest}\n".encode()


def bin_of(product: int, columns: list[str], *, day: tuple[int, int, int] = (26, 11, 3), code: int = 1) -> bytes:
    """IP2Location's BIN of the two networks, by its documented layout: one record for them, and one of dashes."""
    texts = bytearray()
    rows = {4: [0, V4[0], V4[1] + 1], 16: [0, V6[0], V6[1] + 1]}
    width = 4 * (len(columns) + 1)
    places = {4: 65, 16: 65 + 3 * width + 4}
    texts_at = places[16] - 1 + 3 * (width + 12) + 16

    def put(value: str) -> int:
        place = texts_at + len(texts)
        texts.extend(bytes([len(value.encode("latin-1"))]) + value.encode("latin-1"))
        return place

    def country(value: str) -> int:
        """The short name, which has room for two letters, and the long one after it."""
        place = put(value)
        texts.extend(bytes(place + 3 - texts_at - len(texts)))
        put("-" if value == "-" else "France")
        return place

    pointers = [[country(row[0]), *map(put, row[1:])] for row in (["-"] * len(columns), columns)]
    size = texts_at + len(texts)
    head = pack("<5B6I2BI", product, len(columns) + 1, *day, 3, places[4], 3, places[16], 0, 0, code, 0, size)
    out = bytearray(head.ljust(64, b"\0"))
    for wide, firsts in rows.items():
        for first, which in zip(firsts, (0, 1, 0), strict=True):
            out += first.to_bytes(wide, "little") + b"".join(pack("<I", place) for place in pointers[which])
        out += b"\xff" * wide
    return bytes(out + texts)


def refusal(path: Path) -> SourceError:
    """How a file is refused: at once, or when its ranges are read."""
    with pytest.raises(SourceError) as caught:
        list(recognise(path).ranges())
    message = str(caught.value)
    assert message.isprintable(), "a message is one line"
    assert message.startswith(str(path))
    return caught.value


def facts_of(path: Path) -> list[Facts]:
    """What the ranges of a file say, one after the other."""
    return [item.value for item in recognise(path).ranges() if isinstance(item.value, Facts)]
