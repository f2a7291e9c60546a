"""Lines on their way to the book: cut into shelves, each a table of records."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from frontdesk.enrich.addresses import Addresses
from frontdesk.geodb.leaves import I32, Mask
from frontdesk.middleware.bulk.distinct import Numbers, distinct, mixed
from frontdesk.middleware.bulk.tables import Chosen, Encoded, Fields, width
from frontdesk.policy import RetentionClass
from frontdesk.systemdata import fields as f
from frontdesk.systemdata.columns import COLUMNS
from frontdesk.systemdata.daily_id import day_of
from frontdesk.systemdata.networks import networks_of
from frontdesk.systemdata.seal import Seal
from frontdesk.systemdata.shelf import Shelf
from frontdesk.systemdata.table import arrow, schema
from frontdesk.systemdata.weight import Weight

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
    seal: Seal  # but for the digest


class Rows(NamedTuple):
    """Lines, with all that their records say. `at` and `expires` are in milliseconds since 1970."""

    at: Numbers
    expires: Numbers
    addresses: Addresses
    daily_ids: pl.Series | None
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
            (days - first, int(days.max()) - first + 1),
            (self.entity[lines], len(self.entities)),
            (self.anonymous[lines] * 1, 2),
        )
        codes, places = distinct(key)
        order = np.argsort(codes, kind="stable") if len(places) > 1 else np.arange(len(lines))
        ends = np.cumsum(np.bincount(codes))
        for place, members in zip(places, np.split(lines[order], ends[:-1]), strict=True):
            line = int(lines[place])
            entity, anonymous = self.entities[int(self.entity[line])], bool(self.anonymous[line])
            shelf = Shelf(RetentionClass.VISIT.value, day_of(int(self.at[line]) / 1000), entity)
            table, seal = self._anonymous(members) if anonymous else self._full(members)
            yield Shelved(shelf, anonymous, int(self.at[members].min()), table, seal)

    def _full(self, lines: Numbers) -> tuple[Any, Seal]:
        """Records in the order of their lines."""
        weight = Weight(len(lines))
        columns = self._columns(lines, weight)
        arrays = {column.name: column.array(len(lines)) for column in columns}
        identifying = pl.Series(arrays[f.MAY_IDENTIFY]).fill_null(value=False).to_numpy()
        networks = networks_of(self.addresses.take(lines), identifying)
        arrays[f.CLIENT_NETWORK] = _plain(f.CLIENT_NETWORK, networks, weight)
        if self.daily_ids is not None:
            arrays[f.DAILY_ID] = _plain(f.DAILY_ID, self.daily_ids.gather(lines), weight)
        return self._table(arrays, lines, weight)

    def _anonymous(self, lines: Numbers) -> tuple[Any, Seal]:
        """Records in an order that tells nothing of the lines': that of what they say."""
        weight = Weight(len(lines))
        columns = self._columns(lines, weight, self.kept)
        codes = [column.codes for column in columns if column.codes is not None]
        order = np.lexsort(np.vstack([self.at[lines], *codes]))
        arrays = {
            column.name: column._replace(codes=None if column.codes is None else column.codes[order]).array(len(lines))
            for column in columns
        }
        return self._table(arrays, lines[order], weight)

    def _columns(self, lines: Numbers, weight: Weight, kept: frozenset[str] | None = None) -> list[Encoded]:
        """The columns that the parts tell, or those of them that are kept."""
        columns = []
        for told in self.parts:
            chosen = Chosen(told.fields, told.numbers[lines])
            for column in told.fields.columns.values():
                if kept is None or column.name in kept:
                    columns.append(chosen.encoded(column))
                    weight.add(columns[-1].there, columns[-1].size)
        return columns

    def _table(self, arrays: dict[str, Any], lines: Numbers, weight: Weight) -> tuple[Any, Seal]:
        pa = arrow()
        moment = pa.timestamp("ms", tz="UTC")
        at, expires = self.at[lines], self.expires[lines]
        for name, values in ((f.TIMESTAMP, at), (f.EXPIRES_AT, expires)):
            arrays[name] = pl.Series(values).to_arrow().view(moment)
        types = schema()
        columns = [arrays[name] if name in arrays else pa.nulls(len(lines), types.field(name).type) for name in COLUMNS]
        seal = weight.seal(*(int(end) for end in (at.min(), at.max(), expires.min(), expires.max())))
        return pa.table(columns, names=list(COLUMNS)), seal


def _plain(name: str, texts: pl.Series, weight: Weight) -> Any:
    """A column that differs from line to line, of texts that JSON does not escape."""
    there = len(texts) - texts.null_count()
    weight.add(there, there * width(name, "") + int(texts.str.len_bytes().sum()))
    return texts.to_arrow(compat_level=pl.CompatLevel.newest())
