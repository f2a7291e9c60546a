"""The ids of the day of many visitors, where the policy wants visitors told apart within one day.

The keys of days gone by are gone with them. So a run has keys of its own, in memory, and one visitor has another id in
each run and another than in the records that the middleware wrote; within a run and a day it is one. They come of one
secret, so that the machines of a cluster that share a run have the same.
"""

import hmac
import secrets

import numpy as np
import numpy.typing as npt
import polars as pl

from frontdesk.enrich.addresses import Addresses, Packed
from frontdesk.geodb.leaves import Mask
from frontdesk.middleware.bulk.distinct import Numbers, distinct, mixed
from frontdesk.systemdata.daily_id import DayKey
from frontdesk.systemdata.ipcrypt import KEY_BYTES

_DAY = 86_400_000


class Ids:
    """Gives ids by keys that live as long as this object, and as the secret that they come of."""

    def __init__(self, secret: bytes | None = None) -> None:
        self._secret = secret or secrets.token_bytes(KEY_BYTES)

    def of(self, addresses: Addresses, at: Numbers, entity: Numbers, entities: list[str], wanted: Mask) -> pl.Series:
        """A column of ids, null where none is wanted or there is no address; each distinct visitor is asked once."""
        found = np.full(len(at), None, object)
        lines = np.flatnonzero(wanted & (addresses.family != 0))
        if len(lines):
            days = at[lines] // _DAY
            first = int(days.min())
            key = mixed((days - first, int(days.max()) - first + 1), (entity[lines], len(entities)))
            codes, places = distinct(key)
            packed = addresses.take(lines).all_packed()
            for code, place in enumerate(places):
                members = np.flatnonzero(codes == code)
                ids = self._of_one_day(packed[members], int(days[place]), entities[int(entity[lines[place]])])
                found[lines[members]] = ids
        return pl.Series(found.tolist(), dtype=pl.String)

    def _of_one_day(self, addresses: Packed, day: int, entity: str) -> npt.NDArray[np.object_]:
        """The ids of addresses on one day, for one entity."""
        key = DayKey(self._key(day))
        known = {address: key.id(entity, address) for address in dict.fromkeys(addresses.tolist())}
        return np.array(list(map(known.__getitem__, addresses.tolist())), object)

    def _key(self, day: int) -> bytes:
        """The key of a day, counted from 1970."""
        return hmac.digest(self._secret, str(day).encode(), "sha256")
