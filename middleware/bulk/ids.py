"""The ids of the day of many visitors, where the policy wants visitors told apart within one day.

The keys of days gone by are gone with them. So a run has keys of its own, in memory, and one visitor has another id in
each run and another than in the records that the middleware wrote; within a run and a day it is one. They come of one
secret, so that the machines of a cluster that share a run have the same.

As nobody else makes these ids, nothing has to hash them one by one as in `systemdata.daily_id`: an id is the address
in 16 bytes, encrypted by AES-256 under the key of its day and entity, and cannot be undone once the run is over.
"""

import binascii
import hmac
import secrets
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa  # type: ignore[import-untyped]
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from frontdesk.enrich.addresses import Addresses
from frontdesk.geodb.leaves import Mask
from frontdesk.middleware.bulk.distinct import Numbers, distinct, mixed
from frontdesk.systemdata.ipcrypt import KEY_BYTES

_DAY = 86_400_000
_BLOCK = 16
_TEXT = 2 * _BLOCK

Bytes = npt.NDArray[np.uint8]
"""Rows of bytes, one for each line."""


class Ids:
    """Gives ids by keys that live as long as this object, and as the secret that they come of."""

    def __init__(self, secret: bytes | None = None) -> None:
        self._secret = secret or secrets.token_bytes(KEY_BYTES)

    def of(self, addresses: Addresses, at: Numbers, entity: Numbers, entities: list[str], wanted: Mask) -> pl.Series:
        """A column of ids in hex, null where none is wanted or there is no address."""
        lines = np.flatnonzero(wanted & (addresses.family != 0))
        days = at[lines] // _DAY
        first = int(days.min(initial=0))
        key = mixed((days - first, int(days.max(initial=0)) - first + 1), (entity[lines], len(entities)))
        codes, places = distinct(key)
        blocks = addresses.take(lines).long_forms()
        ids = np.empty((len(lines), _TEXT), np.uint8)
        for code, place in enumerate(places):
            members = slice(None) if len(places) == 1 else np.flatnonzero(codes == code)
            ids[members] = self._of_one_day(blocks[members], int(days[place]), entities[int(entity[lines[place]])])
        return _column(ids, lines, len(at))

    def _of_one_day(self, blocks: Bytes, day: int, entity: str) -> Bytes:
        """The ids of addresses on one day, for one entity."""
        encryptor = Cipher(algorithms.AES(self._key(day, entity)), modes.ECB()).encryptor()  # noqa: S305 - one block is all there is to encrypt
        encrypted = encryptor.update(np.ascontiguousarray(blocks).data) + encryptor.finalize()
        return np.frombuffer(binascii.hexlify(encrypted), np.uint8).reshape(-1, _TEXT)

    def _key(self, day: int, entity: str) -> bytes:
        """The key of a day, counted from 1970, and an entity: nobody is followed from one to another."""
        return hmac.digest(self._secret, f"{day} {entity}".encode(), "sha256")


def _column(ids: Bytes, lines: Numbers, size: int) -> pl.Series:
    """Texts of some lines as a column of all of them: Arrow's views into the bytes."""
    views = np.zeros((size, 4), "<u4")
    views[lines, 0] = _TEXT
    views[lines, 1] = ids[:, :4].copy().view("<u4")[:, 0]
    views[lines, 3] = np.arange(len(lines), dtype=np.uint32) * _TEXT
    there = np.zeros(size, np.bool_)
    there[lines] = True
    buffers = [pa.py_buffer(data) for data in (np.packbits(there, bitorder="little"), views, ids)]
    array: Any = pa.Array.from_buffers(pa.string_view(), size, buffers)
    return pl.Series(pl.from_arrow(array))
