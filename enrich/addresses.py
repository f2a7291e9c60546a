"""A column of addresses as numbers: what most of them are is read at once, the rest one by one."""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from frontdesk.geodb.leaves import U8, U32, U64, Mask
from frontdesk.policy.networks import pack

Places = Mask | npt.NDArray[np.signedinteger[Any]]
"""Some of a column: a mask, or places."""

V4, V6 = 4, 6
_V4_BYTES = 4
_BYTE, _TWO_DIGITS, _THREE_DIGITS = 256, 10, 100


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

    def put(self, places: Places, other: "Addresses") -> None:
        """Set some of them."""
        self.family[places], self.v4[places] = other.family, other.v4
        self.high[places], self.low[places] = other.high, other.low

    def take(self, places: Places) -> "Addresses":
        """Some of them."""
        return Addresses(self.family[places], self.v4[places], self.high[places], self.low[places])


def read(texts: pl.Series) -> Addresses:
    """The addresses in a column of texts: exactly those that `pack` finds in each."""
    frame = pl.DataFrame({"text": texts})
    parts = frame.select(pl.col("text").str.split_exact(".", 3).alias("part")).unnest("part")
    numbers = parts.select(pl.all().cast(pl.UInt32, strict=False))
    # Written as usual, four numbers are as long as their digits and three dots: no sign, no nought in front, no blank.
    digits = [
        1 + (pl.col(name) >= _TWO_DIGITS).cast(pl.UInt8) + (pl.col(name) >= _THREE_DIGITS).cast(pl.UInt8)
        for name in numbers.columns
    ]
    number = pl.lit(0, pl.UInt32)
    for name in numbers.columns:
        number = number * _BYTE + pl.col(name)
    told = numbers.select(
        number.alias("number"),
        (pl.max_horizontal(pl.all()) < _BYTE).alias("fits"),
        pl.sum_horizontal(*digits).cast(pl.UInt32).alias("digits"),
    ).with_columns(frame["text"].str.len_bytes().alias("length"))
    # Where any part is no number all of this is null.
    plain = told.select((pl.col("fits") & (pl.col("length") == pl.col("digits") + 3)).fill_null(value=False))
    is_plain = plain.to_series().to_numpy()
    any_null = numbers.select(pl.any_horizontal(pl.all().is_null())).to_series().to_numpy()
    is_plain = is_plain & ~any_null
    found = Addresses.none(len(texts))
    found.v4[:] = np.where(is_plain, told["number"].fill_null(0).to_numpy(), 0)
    found.family[:] = np.where(is_plain, V4, 0)
    others = np.flatnonzero(~is_plain & texts.is_not_null().to_numpy())
    if len(others):
        found.put(others, _each(texts.gather(others).to_list()))
    return found


def _each(texts: list[str]) -> Addresses:
    """Addresses one by one, by the rule for one."""
    known = {text: pack(text) for text in set(texts)}
    packed = [known[text] for text in texts]
    long = np.frombuffer(b"".join((each or b"").rjust(16, b"\0") for each in packed), ">u8").reshape(-1, 2)
    sizes = np.fromiter((len(each or b"") for each in packed), np.uint8, len(packed))
    family = np.where(sizes == 0, 0, np.where(sizes == _V4_BYTES, V4, V6)).astype(np.uint8)
    is_v4 = family == V4
    low = long[:, 1].astype(np.uint64)
    return Addresses(
        family, np.where(is_v4, low, 0).astype(np.uint32), long[:, 0].astype(np.uint64), np.where(is_v4, 0, low)
    )
