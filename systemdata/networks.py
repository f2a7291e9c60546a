"""The networks that stand for many addresses: what `network_of` and `coarser` say of each, put together from parts."""

from functools import cache

import numpy as np
import numpy.typing as npt
import polars as pl

from frontdesk.enrich.addresses import V4, V6, Addresses
from frontdesk.systemdata.minimise import coarser, network_of

_BYTE, _GROUP = 256, 1 << 16
_6TO4 = 0x2002
# Of an IPv6 address `network_of` looks no further than 48 bits.
_FAR = np.uint64(16)


def networks_of(addresses: Addresses, identifying: npt.NDArray[np.bool_]) -> pl.Series:
    """The network of each address, null where there is none; the coarser one where it may identify somebody."""
    size = len(addresses.family)
    v4 = addresses.family == V4
    if v4.all():
        return _v4(addresses.v4, identifying)
    places = np.flatnonzero(v4)
    parts = [_at(places, _v4(addresses.v4[places], identifying[places]))]
    for mask, coarse in ((~identifying, False), (identifying, True)):
        places = np.flatnonzero((addresses.family == V6) & mask)
        parts.append(_at(places, _v6(addresses.high[places] >> _FAR, coarse=coarse)))
    told = pl.concat(parts)
    order = np.full(size, -1, np.int64)
    order[told["place"].to_numpy()] = np.arange(len(told))
    places_or_null = pl.Series(order).cast(pl.UInt32, strict=False)
    return told["network"].gather(places_or_null)


def _at(places: np.ndarray, networks: pl.Series) -> pl.DataFrame:
    return pl.DataFrame({"place": pl.Series(places, dtype=pl.Int64), "network": networks})


def _v4(numbers: np.ndarray, coarse: npt.NDArray[np.bool_]) -> pl.Series:
    front, rest = _v4_parts()
    third = np.where(coarse, np.uint32(_BYTE), (numbers >> np.uint32(8)) & np.uint32(_BYTE - 1))
    place = pl.DataFrame({"front": pl.Series(numbers >> np.uint32(16)), "rest": pl.Series(third)})
    told = place.select(pl.concat_str(pl.lit(front).gather(pl.col("front")), pl.lit(rest).gather(pl.col("rest"))))
    return told.to_series()


def _v6(fronts: np.ndarray, *, coarse: bool) -> pl.Series:
    """Written as usual, where the whole /48 is kept and its first group is no nought; the rest one by one."""
    first = fronts >> np.uint64(32)
    usual = (first != 0) & (first != _6TO4) & (not coarse)
    if not usual.all():
        told = _v6_each(fronts[~usual], coarse=coarse)
        both = pl.concat([told, _v6_usual(fronts[usual])])
        order = np.argsort(np.concatenate([np.flatnonzero(~usual), np.flatnonzero(usual)]))
        return both.gather(pl.Series(order, dtype=pl.UInt32))
    return _v6_usual(fronts)


def _v6_usual(fronts: np.ndarray) -> pl.Series:
    """Three groups in hexadecimal; noughts at the end are left out with those behind them."""
    groups, end = _v6_parts()
    frame = pl.DataFrame({"front": pl.Series(fronts, dtype=pl.UInt64)})
    one, two, three = (pl.col("front") // _GROUP**place % _GROUP for place in (2, 1, 0))
    text = [pl.lit(groups).gather(group) for group in (one, two, three)]
    colon = pl.lit(":")
    told = (
        pl.when(three != 0)
        .then(pl.concat_str(text[0], colon, text[1], colon, text[2], pl.lit(end)))
        .when(two != 0)
        .then(pl.concat_str(text[0], colon, text[1], pl.lit(end)))
        .otherwise(pl.concat_str(text[0], pl.lit(end)))
    )
    return frame.select(told.alias("network")).to_series()


def _v6_each(fronts: np.ndarray, *, coarse: bool) -> pl.Series:
    """One by one for each /48."""
    distinct, place = np.unique(fronts, return_inverse=True)
    texts = [network_of(int(front).to_bytes(6) + bytes(10)) for front in distinct]
    if coarse:
        texts = [coarser(text) for text in texts]
    return pl.Series(texts, dtype=pl.String).gather(pl.Series(place, dtype=pl.UInt32))


@cache
def _v6_parts() -> tuple[pl.Series, str]:
    """Each group of 16 bits in hexadecimal, and how a network ends."""
    end = network_of((_GROUP - 1).to_bytes(2) * 3 + bytes(10)).removeprefix("ffff:ffff:ffff")
    return pl.Series([f"{group:x}" for group in range(_GROUP)]), end


@cache
def _v4_parts() -> tuple[pl.Series, pl.Series]:
    """How the network begins for each first two bytes of an address, and goes on for each third; last, how the coarser
    one goes on."""
    front = [f"{first}.{second}." for first in range(_BYTE) for second in range(_BYTE)]
    rest = [network_of(bytes([0, 0, third, 0])).removeprefix("0.0.") for third in range(_BYTE)]
    least = coarser(network_of(bytes(4))).removeprefix("0.0.")
    return pl.Series(front), pl.Series([*rest, least])
