"""IPv6 addresses as they are usually written, read all at once: groups of hexadecimal digits, noughts left out."""

from string import hexdigits
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from frontdesk.geodb.leaves import U8, U64, Mask

I64 = npt.NDArray[np.int64]

_GROUPS, _DIGITS = 8, 4
_NONE = 16
_COLON = ord(":")


class _Parts(NamedTuple):
    """What stands between the colons of texts, one after another: where it begins and ends, and in which text."""

    start: I64
    end: I64
    text: I64
    place: I64  # in its text, from 0


def usual_v6(texts: pl.Series) -> tuple[npt.NDArray[np.intp], U64, U64]:
    """Which of the texts are IPv6 addresses in the usual form, and the halves of those.

    None of those that are left out need be wrong: one that begins with colons, or has an IPv4 address at its end.
    """
    offset, byte = characters(texts)
    digit = _HEXADECIMAL[byte]
    colon = np.flatnonzero(byte == _COLON)
    before = np.searchsorted(colon, offset)
    colons = np.diff(before)
    alien = np.searchsorted(np.flatnonzero((digit == _NONE) & (byte != _COLON)), offset)
    candidates = np.flatnonzero((np.diff(alien) == 0) & (colons >= 2) & (colons <= _GROUPS))  # noqa: PLR2004
    parts = _parts(offset, colon, before, candidates)
    size = parts.end - parts.start
    good, gap = _shapes(size, parts, colons[candidates])
    place = parts.place + np.where(parts.place > gap[parts.text], _GROUPS - 1 - colons[candidates][parts.text], 0)
    there = (size > 0) & good[parts.text]
    groups = np.zeros((len(candidates), _GROUPS), ">u2")
    groups[parts.text[there], place[there]] = _values(digit, parts.end[there], size[there])
    halves = groups[good].view(">u8").astype(np.uint64)
    # Where the first half says nothing, the second may be an IPv4 address in disguise.
    plain = halves[:, 0] != 0
    return candidates[good][plain], halves[plain, 0], halves[plain, 1]


def characters(texts: pl.Series) -> tuple[I64, U8]:
    """Where each text begins in the bytes of all of them, and last where they end; and the bytes."""
    array: Any = texts.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest())
    _, offsets, data = array.buffers()
    offset = np.frombuffer(offsets, np.int64)[array.offset : array.offset + len(texts) + 1]
    return offset, np.frombuffer(data or b"", np.uint8)


def _parts(offset: I64, colon: I64, before: I64, texts: npt.NDArray[np.intp]) -> _Parts:
    sizes = np.diff(before)[texts] + 1
    text = np.repeat(np.arange(len(texts)), sizes)
    place = np.arange(len(text)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    mark = before[texts][text] + place  # the colon behind each part
    is_first, is_last = place == 0, place == sizes[text] - 1
    sentinel = np.append(colon, 0)
    start = np.where(is_first, offset[texts][text], sentinel[mark - 1] + 1)
    end = np.where(is_last, offset[texts + 1][text], sentinel[mark])
    return _Parts(start, end, text, place)


def _shapes(size: I64, parts: _Parts, colons: I64) -> tuple[Mask, I64]:
    """Which texts have the shape of an address, and behind which part of each the noughts are that were left out."""
    texts = len(colons)
    long = np.bincount(parts.text[size > _DIGITS], minlength=texts)
    empty = np.flatnonzero(size == 0)
    empties = np.bincount(parts.text[empty], minlength=texts)
    gap = np.full(texts, _GROUPS, np.int64)
    gap[parts.text[empty][::-1]] = parts.place[empty][::-1]  # the first one
    whole = (empties == 0) & (colons == _GROUPS - 1)
    inside = (empties == 1) & (gap > 0) & (gap < colons) & (colons < _GROUPS)
    last = np.zeros(texts, np.int64)
    last[parts.text[empty]] = parts.place[empty]
    at_end = (empties == 2) & (gap == colons - 1) & (last == colons) & (gap > 0)  # noqa: PLR2004
    return (long == 0) & (whole | inside | at_end), gap


def _values(digit: U8, end: I64, size: I64) -> npt.NDArray[np.uint16]:
    value = np.zeros(len(end), np.uint16)
    for place in range(_DIGITS):
        there = digit[np.maximum(end - 1 - place, 0)].astype(np.uint16)
        value |= np.where(size > place, there << np.uint16(4 * place), np.uint16(0))
    return value


def _digits() -> U8:
    table = np.full(256, _NONE, np.uint8)
    for letter in hexdigits:
        table[ord(letter)] = int(letter, 16)
    return table


_HEXADECIMAL = _digits()
