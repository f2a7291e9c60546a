"""Lines on their way to the book: cut into shelves, each a table of records."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from frontdesk.enrich.addresses import Addresses
from frontdesk.geodb.leaves import I32, Mask
from frontdesk.middleware.bulk.distinct import Numbers, distinct, mixed
from frontdesk.middleware.bulk.tables import Fields, encoded
from frontdesk.policy import RetentionClass
from frontdesk.systemdata import fields as f
from frontdesk.systemdata.columns import COLUMNS
from frontdesk.systemdata.daily_id import day_of
from frontdesk.systemdata.networks import networks_of
from frontdesk.systemdata.shelf import Shelf
from frontdesk.systemdata.table import arrow, schema

_DAY = 86_400_000


class Told(NamedTuple):
    """A part of the records, and the number of each line's fields in it."""

    fields: Fields
    numbers: I32


class Shelved(NamedTuple):
    """Records of one shelf, as a table; anonymous ones stand in a file of their own."""

    shelf: Shelf
    anonymous: bool
    first: int  # milliseconds since 1970
    table: Any


class Rows(NamedTuple):
    """Lines, with all that their records say. `at` and `expires` are in milliseconds since 1970."""

    at: Numbers
    expires: Numbers
    addresses: Addresses
    daily_ids: Any  # a column of Arrow, or None
    anonymous: Mask
    entity: Numbers  # the place in `entities`
    entities: Sequence[str]
    parts: Sequence[Told]
    kept: frozenset[str]  # the fields that an anonymous record has

    def shelve(self, lines: Numbers) -> Iterator[Shelved]:
        """The tables of some of the lines."""
        if not len(lines):
            return
        days = self.at[lines] // _DAY
        first = int(days.min())
        key = mixed(
            (days - first, int(days.max()) - first + 1), (self.entity[lines], len(self.entities)), (self.anonymous[lines] * 1, 2)
        )
        codes, places = distinct(key)
        order = np.argsort(codes, kind="stable") if len(places) > 1 else np.arange(len(lines))
        ends = np.cumsum(np.bincount(codes))
        for place, members in zip(places, np.split(lines[order], ends[:-1]), strict=True):
            line = int(lines[place])
            entity, anonymous = self.entities[int(self.entity[line])], bool(self.anonymous[line])
            shelf = Shelf(RetentionClass.VISIT.value, day_of(int(self.at[line]) / 1000), entity)
            table = self._anonymous(members) if anonymous else self._full(members)
            yield Shelved(shelf, anonymous, int(self.at[members].min()), table)

    def _full(self, lines: Numbers) -> Any:
        """Records in the order of their lines."""
        codes = [(column, column.of(told.numbers[lines])) for told in self.parts for column in told.fields.columns.values()]
        arrays = {column.name: encoded(column, code) for column, code in codes}
        identifying = arrays[f.MAY_IDENTIFY].fill_null(False).to_numpy(zero_copy_only=False)  # noqa: FBT003
        arrays[f.CLIENT_NETWORK] = networks_of(self.addresses.take(lines), identifying).to_arrow().cast(arrow().string())
        if self.daily_ids is not None:
            arrays[f.DAILY_ID] = self.daily_ids.take(arrow().array(lines))
        return self._table(arrays, lines)

    def _anonymous(self, lines: Numbers) -> Any:
        """Records in an order that tells nothing of the lines': that of what they say."""
        codes = [
            (column, column.of(told.numbers[lines]))
            for told in self.parts
            for column in told.fields.columns.values()
             if column.name in self.kept
        ]
        order = np.lexsort([code for _, code in codes] + [self.at[lines]])
        arrays = {column.name: encoded(column, code[order]) for column, code in codes}
        return self._table(arrays, lines[order])

    def _table(self, arrays: dict[str, Any], lines: Numbers) -> Any:
        pa = arrow()
        moment = pa.timestamp("ms", tz="UTC")
        for name, values in ((f.TIMESTAMP, self.at), (f.EXPIRES_AT, self.expires)):
            arrays[name] = pa.array(values[lines].astype("datetime64[ms]")).cast(moment)
        types = schema()
        columns = [
            arrays[name] if name in arrays else pa.nulls(len(lines), types.field(name).type) for name in COLUMNS
        ]
        return pa.table(columns, names=list(COLUMNS))
