"""A column of addresses as numbers: what most of them are is read at once, the rest one by one."""

from itertools import accumulate, product
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
_TEN, _HIGHEST = 10, 255
_PARTS, _DIGITS = 4, 3
_ROOM = len("255.255.255.255") + 1
_NOUGHT = _ROOM - 1
"""Where, behind the longest address, a nought is put for the digits that a number does not have."""


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
    room = np.concatenate([byte, np.zeros(_ROOM, np.uint8)])
    anywhere = np.ndarray(shape=(len(byte) + 1,), dtype=f"V{_ROOM}", buffer=room, strides=(1,))
    rows = anywhere[offset[:-1]].view(np.uint8).reshape(-1, _ROOM)
    rows[:, _NOUGHT] = ord("0")
    # Where the dots are, and the end, as bits: of an address in the usual form they tell where each digit is.
    size = np.diff(offset)
    end = np.uint16(1) << np.where(size < _ROOM, size, 0).astype(np.uint16)  # no address is without a digit
    dots = np.packbits(rows == ord("."), axis=1, bitorder="little").view("<u2")[:, 0]
    shape = _SHAPES.of[dots & (end - np.uint16(1)) | end]
    places = np.flatnonzero(shape)
    shape, start = shape[places], places * _ROOM
    number = np.zeros(len(places), np.uint32)
    good = np.ones(len(places), np.bool_)
    for digits, least in zip(_SHAPES.digits, _SHAPES.least, strict=True):
        value = np.zeros(len(places), np.uint16)
        for digit in digits:
            told = rows.reshape(-1)[start + digit[shape]] - np.uint8(ord("0"))
            good &= told < _TEN
            value = value * np.uint16(_TEN) + told
        good &= (value <= _HIGHEST) & (value >= least[shape])  # without a nought in front
        number = (number << np.uint32(8)) | value
    return places[good], number[good]


class _Shapes(NamedTuple):
    """How IPv4 addresses can be written, by how long their numbers are.

    `of` gives the shape for a bit at each dot and at the end, 0 where there is none. For shapes, `digits` are the
    places of each number's digits, and `least` is what a number of that length is at least.
    """

    of: U8
    digits: npt.NDArray[np.intp]
    least: npt.NDArray[np.uint16]

    @classmethod
    def all(cls) -> "_Shapes":
        """Each of them."""
        sizes = list(product(range(1, _DIGITS + 1), repeat=_PARTS))
        of = np.zeros(1 << _ROOM, np.uint8)
        digits = np.full((_PARTS, _DIGITS, len(sizes) + 1), _NOUGHT, np.intp)
        least = np.zeros((_PARTS, len(sizes) + 1), np.uint16)
        for shape, each in enumerate(sizes, 1):
            ends = [end - 1 for end in accumulate(size + 1 for size in each)]
            of[sum(1 << end for end in ends)] = shape
            for part, (size, end) in enumerate(zip(each, ends, strict=True)):
                digits[part, _DIGITS - size :, shape] = range(end - size, end)
                least[part, shape] = 0 if size == 1 else _TEN ** (size - 1)
        return cls(of, digits, least)


_SHAPES = _Shapes.all()


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
