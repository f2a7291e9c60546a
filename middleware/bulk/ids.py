"""The ids of the day of many visitors, where the policy wants visitors told apart within one day.

The keys of days gone by are gone with them. So a run has keys of its own, in memory, and one visitor has another id in
each run and another than in the records that the middleware wrote; within a run and a day it is one. They come of one
secret, so that the machines of a cluster that share a run have the same.
"""

import hmac
import secrets

import numpy as np
import polars as pl

from frontdesk.enrich.addresses import Addresses
from frontdesk.geodb.leaves import Mask
from frontdesk.middleware.bulk.distinct import Numbers
from frontdesk.systemdata.daily_id import daily_id
from frontdesk.systemdata.ipcrypt import KEY_BYTES

_DAY = 86_400_000


class Ids:
    """Gives ids by keys that live as long as this object, and as the secret that they come of."""

    def __init__(self, secret: bytes | None = None) -> None:
        self._secret = secret or secrets.token_bytes(KEY_BYTES)

    def of(self, addresses: Addresses, at: Numbers, entity: Numbers, entities: list[str], wanted: Mask) -> pl.Series:
        """A column of ids, null where none is wanted or there is no address; each distinct visitor is asked once."""
        found: list[str | None] = [None] * len(at)
        known: dict[tuple[bytes, int, int], str] = {}
        days = (at // _DAY).tolist()
        for line in np.flatnonzero(wanted & (addresses.family != 0)).tolist():
            address = addresses.packed(line) or b""
            visitor = (address, days[line], int(entity[line]))
            told = known.get(visitor)
            if told is None:
                told = known[visitor] = daily_id(self._key(days[line]), entities[visitor[2]], address)
            found[line] = told
        return pl.Series(found, dtype=pl.String)

    def _key(self, day: int) -> bytes:
        """The key of a day, counted from 1970."""
        return hmac.digest(self._secret, str(day).encode(), "sha256")
