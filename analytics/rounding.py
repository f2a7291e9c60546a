"""Fixed random rounding, as statistical offices round: no figure is exact, and asking again tells nothing more.

A count goes up or down to a multiple of 5, by a chance that keeps it right on average. The chance is drawn from a key
and from *who* is counted, so that the same visitors always give the same figure, however the question is put, and the
difference of two figures does not tell of the few who are in one and not in the other.
"""

import hashlib
import struct
from collections.abc import Iterable

BASE = 5

Limits = tuple[int, int | None]
"""The least and the most that a count may be, as far as there is a most."""

_COUNT = struct.Struct("<QQ")


def rounded(count: int, crowd: int, metric: str, key: bytes) -> int:
    """A count as it may be shown.

    Args:
        count: what was counted.
        crowd: a number that stands for those who are counted, the same in whatever order they come; of 64 bits.
        metric: what is counted, such as `visits`.
        key: the book's key.
    """
    low, rest = count - count % BASE, count % BASE
    if not rest:
        return count
    drawn = hashlib.blake2b(_COUNT.pack(count, crowd), digest_size=8, key=key, person=metric.encode()[:16]).digest()
    return low + (BASE if int.from_bytes(drawn) % BASE < rest else 0)


def pair(visits: int, visitors: int, crowd: int, key: bytes, limits: Limits | None = None) -> tuple[int, int]:
    """Visits and visitors as they may be shown: nobody is a visitor without a visit, also when both are rounded.

    `limits` are the least and the most visitors that there may be; no figure goes beyond them, or it would tell that
    there are just so many.
    """
    told = rounded(visitors, crowd, "visitors", key)
    if limits is not None:
        least, most = limits
        lowest = least + -least % BASE
        told = max(lowest, told if most is None else min(told, most - most % BASE))
    return max(told, rounded(visits, crowd, "visits", key)), told


def many(rows: int, k: int) -> int:
    """How many rows are not shown, to the multiple of five below, or 0 for fewer than k.

    Whether there is one or none would tell whether somebody came at all.
    """
    return rows - rows % BASE if rows >= k else 0


def crowd_of(texts: Iterable[str]) -> int:
    """A number that stands for those who are counted, where nothing but their place is known of them."""
    return int.from_bytes(hashlib.blake2b("\0".join(texts).encode(), digest_size=8).digest())
