"""Fixed random rounding, as statistical offices round: no figure is exact, and asking again tells nothing more.

A count goes up or down to a multiple of 5, by a chance that keeps it right on average. The chance is drawn from a key
and from *who* is counted, so that the same visitors always give the same figure, however the question is put, and the
difference of two figures does not tell of the few who are in one and not in the other.
"""

import hashlib
from collections.abc import Iterable

BASE = 5


def rounded(count: int, crowd: int, key: bytes) -> int:
    """A count as it may be shown. A smaller count of the same crowd is never shown as the larger.

    Args:
        count: what was counted.
        crowd: a number that stands for those who are counted, the same in whatever order they come; of 64 bits.
        key: the book's key.
    """
    low, rest = count - count % BASE, count % BASE
    drawn = hashlib.blake2b(crowd.to_bytes(8), digest_size=8, key=key).digest()
    return low + (BASE if rest and int.from_bytes(drawn) % BASE < rest else 0)


def crowd_of(texts: Iterable[str]) -> int:
    """A number that stands for those who are counted, where nothing but their place is known of them."""
    return int.from_bytes(hashlib.blake2b("\0".join(texts).encode(), digest_size=8).digest())
