"""What many lines tell of the request and the answer, and which site led there."""

import numpy as np
import polars as pl

from frontdesk.enrich.logs import columns as c
from frontdesk.geodb.leaves import I32
from frontdesk.middleware.bulk.distinct import distinct, mixed, texts_of
from frontdesk.middleware.bulk.routes import Routes
from frontdesk.middleware.bulk.samples import Samples
from frontdesk.middleware.bulk.tables import Fields, Part
from frontdesk.systemdata import Exchange
from frontdesk.systemdata import fields as f

NAMES = (f.METHOD, f.ROUTE, f.STATUS, f.SCHEME, f.OUTCOME)

_STATUSES = 1000
# By these servers note that the client went away before there was an answer: CloudFront, ALB, nginx and Traefik.
_GONE = frozenset({0, 460, 499})
_UNKNOWN = "unknown"
_MOST_ORIGINS = 1 << 18


class Exchanges:
    """Tells requests and answers."""

    def __init__(self, samples: Samples, routes: Routes, scheme: str | None) -> None:
        self._routes = routes
        self._scheme = scheme or _UNKNOWN
        self.part: Part[Exchange] = Part(NAMES, samples.of_exchange)

    def of(self, lines: pl.DataFrame) -> I32:
        """The number of each line's fields."""
        size = len(lines)
        method, scheme = (texts_of(lines.get_column(name, default=None), size) for name in (c.METHOD, c.SCHEME))
        route = self._routes.of(lines.get_column(c.TARGET, default=None), size)
        told = lines.get_column(c.STATUS, default=None)
        status = np.full(size, -1) if told is None else told.cast(pl.Int64).fill_null(-1).to_numpy()
        status = np.where(status < _STATUSES, status, -1)
        key = mixed(
            (method.codes, len(method.values)),
            (scheme.codes, len(scheme.values)),
            (route, len(self._routes.names)),
            (status, _STATUSES),
        )
        codes, rows = distinct(key)
        exchanges = [
            _exchange(
                method.at(row) or "",
                (scheme.at(row) or self._scheme).lower(),
                self._routes.names[route[row]] if route[row] >= 0 else None,
                int(status[row]),
            )
            for row in rows
        ]
        return self.part.numbers(exchanges, codes)


class Referrers:
    """Tells which site led to a page."""

    def __init__(self, samples: Samples) -> None:
        self._samples = samples
        self._part = self._new()

    def _new(self) -> Part[str]:
        return Part([f.REFERRER], self._samples.of_referrer)

    def of(self, lines: pl.DataFrame) -> tuple[Fields, I32]:
        """The field of referrers, and the number of each line's."""
        part = self._part
        if len(part) > _MOST_ORIGINS:  # anybody can invent one
            part = self._part = self._new()
        told = texts_of(lines.get_column(c.REFERRER, default=None), len(lines))
        origins: dict[str, int] = {}
        codes = [origins.setdefault(origin(text), len(origins)) for text in told.values]
        return part.fields, part.numbers(list(origins), np.array([*codes, -1], np.int32)[told.codes])


def _exchange(method: str, scheme: str, route: str | None, status: int) -> Exchange:
    gone = status in _GONE
    return Exchange(
        method, scheme, None, route, None if gone or status < 0 else status, "disconnected" if gone else "complete"
    )


def origin(address: str) -> str:
    """An address up to the third slash: no rule for the site looks further."""
    scheme, slash, rest = address.partition("//")
    host, end, _ = rest.partition("/")
    return scheme + slash + host + end
