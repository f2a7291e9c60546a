"""A column of addresses as numbers: what most of them are is read at once, the rest one by one."""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from frontdesk.enrich.groups import characters, usual_v6
from frontdesk.geodb.leaves import U8, U32, U64, Mask
from frontdesk.policy.networks import pack

Places = Mask | npt.NDArray[np.signedinteger[Any]]
"""Some of a column: a mask, or places."""

V4, V6 = 4, 6
_V4_BYTES = 4
_MAPPED = np.uint64(0xFFFF << 32)
_TEN, _HIGHEST, _DOTS = 10, 255, 3


class Addresses(NamedTuple):
    """Addresses in order. `family` is 4, 6, or 0 where there is none; `v4` and the halves of IPv6 are 0 elsewhere."""

    family: U8
    v4: U32
    high: U64
    low: U64

    @classmethod
    def none(cls, size: int) -> "Addresses":
        """No address, so many times."""
        return cls(
            np.zeros(size, np.uint8), np.zeros(size, np.uint32), np.zeros(size, np.uint64), np.zeros(size, np.uint64)
        )

    def packed(self, place: int) -> bytes | None:
        """One of them as packed bytes."""
        match self.family[place]:
            case 4:
                return int(self.v4[place]).to_bytes(4)
            case 6:
                return int(self.high[place]).to_bytes(8) + int(self.low[place]).to_bytes(8)
            case _:
                return None

    def long_forms(self) -> U8:
        """All of them in rows of 16 bytes, an IPv4 address in its IPv6-mapped form; none may be missing."""
        low = np.where(self.family == V4, _MAPPED | self.v4, self.low)
        return np.column_stack([self.high, low]).astype(">u8").view(np.uint8)

    def put(self, places: Places, other: "Addresses") -> None:
        """Set some of them."""
        self.family[places], self.v4[places] = other.family, other.v4
        self.high[places], self.low[places] = other.high, other.low

    def take(self, places: Places) -> "Addresses":
        """Some of them."""
        return Addresses(self.family[places], self.v4[places], self.high[places], self.low[places])


def read(texts: pl.Series) -> Addresses:
    """The addresses in a column of texts: exactly those that `pack` finds in each."""
    found = Addresses.none(len(texts))
    if not len(texts):
        return found
    places, numbers = _usual(texts)
    found.v4[places], found.family[places] = numbers, V4
    others = np.flatnonzero((found.family == 0) & texts.is_not_null().to_numpy())
    if len(others):
        found.put(others, _others(texts.gather(others)))
    return found


def _others(texts: pl.Series) -> Addresses:
    """Addresses that are not of IPv4, as a rule."""
    found = Addresses.none(len(texts))
    places, high, low = usual_v6(texts)
    found.family[places], found.high[places], found.low[places] = V6, high, low
    odd = np.flatnonzero(found.family == 0)
    if len(odd):
        found.put(odd, _each(texts.gather(odd).to_list()))
    return found


def _usual(texts: pl.Series) -> tuple[npt.NDArray[np.intp], U32]:
    """Where IPv4 addresses stand that are written as usual, and the addresses: four numbers, no more, no blank."""
    offset, byte = characters(texts)
    digit = byte - np.uint8(ord("0"))
    dot = np.flatnonzero(byte == ord("."))
    dots = np.searchsorted(dot, offset)
    alien = np.searchsorted(np.flatnonzero((digit >= _TEN) & (byte != ord("."))), offset)
    places = np.flatnonzero((np.diff(dots) == _DOTS) & (np.diff(alien) == 0))
    ends = [dot[dots[places] + part] for part in range(_DOTS)] + [offset[places + 1]]
    starts = [offset[places], *(end + 1 for end in ends[:-1])]
    number = np.zeros(len(places), np.uint32)
    good = np.ones(len(places), np.bool_)
    for start, end in zip(starts, ends, strict=True):
        value, is_one = _byte(digit, start, end)
        number = (number << np.uint32(8)) | value
        good &= is_one
    return places[good], number[good]


def _byte(digit: U8, start: npt.NDArray[np.int64], end: npt.NDArray[np.int64]) -> tuple[U32, Mask]:
    """A number between two places, and whether it is one from 0 to 255 without a nought in front."""
    size = end - start
    good = (size > 0) & (size <= len("255"))
    value = np.zeros(len(start), np.uint32)
    for place, weight in enumerate((1, 10, 100)):
        there = size > place
        value += np.where(there, digit[np.maximum(end - 1 - place, 0)], 0).astype(np.uint32) * np.uint32(weight)
    good &= (value <= _HIGHEST) & ((size == 1) | (digit[np.minimum(start, len(digit) - 1)] != 0))
    return value, good


def _each(texts: list[str]) -> Addresses:
    """Addresses one by one, by the rule for one."""
    packed = [pack(text) for text in texts]
    long = np.frombuffer(b"".join([(each or b"").rjust(16, b"\0") for each in packed]), ">u8").reshape(-1, 2)
    sizes = np.array([len(each or b"") for each in packed], np.uint8)
    family = np.where(sizes == 0, 0, np.where(sizes == _V4_BYTES, V4, V6)).astype(np.uint8)
    is_v4 = family == V4
    low = long[:, 1].astype(np.uint64)
    return Addresses(
        family, np.where(is_v4, low, 0).astype(np.uint32), long[:, 0].astype(np.uint64), np.where(is_v4, 0, low)
    )
