"""Logs of one JSON object a line: those of Caddy and Traefik, and what nginx writes with `escape=json`."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

import orjson
import polars as pl

from frontdesk.enrich.logs import columns as c
from frontdesk.enrich.logs.batch import NOTHING, Batch, sifted
from frontdesk.enrich.logs.times import milliseconds_of

Row = dict[str, Any]
Read = Callable[[Mapping[str, Any]], Row]
"""Reads the fields of one object: texts, but for the time and the status, which are as the object has them.

What it lacks may raise `KeyError`, and what is of another kind `TypeError`.
"""

_TIMES = ("time_iso8601", "time_local", "msec", "time", "timestamp", "@timestamp")

_MALFORMED, _TIME, _STATUS = "malformed", "time as told", "status as told"
_TEXTS = (c.PEER, c.METHOD, c.TARGET, c.SCHEME, *c.HEADERS.values())
_SCHEMA = {_MALFORMED: pl.Boolean(), _TIME: pl.Float64(), _STATUS: pl.String(), **dict.fromkeys(_TEXTS, pl.String())}
_FOUND = {c.TIME: pl.col(_TIME).round(), c.STATUS: pl.col(_STATUS), **{name: pl.col(name) for name in _TEXTS}}


class JsonFormat:
    """A format of objects."""

    state = ""

    def __init__(self, name: str, read: Read) -> None:
        self.name = name
        self._read = read

    def read(self, block: bytes) -> Batch:
        """Read a block of whole lines."""
        lines = block.splitlines() if b"\r" not in block else [line.rstrip(b"\r") for line in block.split(b"\n")]
        if block.endswith(b"\n") and lines and not lines[-1] and b"\r" in block:
            lines.pop()
        rows = [self._row(line) for line in lines]
        frame = pl.DataFrame({name: [row.get(name) for row in rows] for name in _SCHEMA}, schema=_SCHEMA)
        return sifted(frame.lazy(), [pl.col(_MALFORMED)], _FOUND)

    def following(self, block: bytes | bytearray) -> "JsonFormat":  # noqa: ARG002
        """The format of what comes after a block."""
        return self

    def resumed(self, state: str) -> "JsonFormat":  # noqa: ARG002
        """The format where a log was left."""
        return self

    def _row(self, line: bytes) -> Row:
        """What one line tells. Whatever is wrong with it, no exception that names a part of it goes further."""
        try:
            row = self._read(orjson.loads(line))
        except (ValueError, KeyError, TypeError, AttributeError):
            return {_MALFORMED: True}
        return row | {_MALFORMED: False, _TIME: moment(row[c.TIME]), _STATUS: _status(row[c.STATUS])}


def moment(told: Any) -> float | None:
    """A time in milliseconds since 1970: seconds since then, ISO 8601, or as Apache and nginx write it."""
    if isinstance(told, int | float) and not isinstance(told, bool):
        return told * 1000.0
    if not isinstance(told, str):
        return None
    try:
        if told[:1].isdigit() and told.replace(".", "", 1).isdigit():
            return float(told) * 1000
        if "/" in told:
            return milliseconds_of(datetime.strptime(told, "%d/%b/%Y:%H:%M:%S %z"))
        return milliseconds_of(datetime.fromisoformat(told))
    except (ValueError, OverflowError):
        return None


def nginx(told: Mapping[str, Any]) -> Row:
    """Keys are the names of nginx's variables, as people call them."""
    told = {name.lower().replace("-", "_"): value for name, value in told.items()}
    method, target = told.get("request_method"), told.get("request_uri", told.get("uri"))
    if method is None:
        method, _, rest = told["request"].partition(" ")
        target = rest.partition(" ")[0]
    row: Row = {
        c.TIME: next((told[name] for name in _TIMES if name in told), None),
        c.PEER: _first(told, "realip_remote_addr") or _text(told["remote_addr"]),
        c.METHOD: _text(method),
        c.TARGET: _text(target),
        c.STATUS: told.get("status"),
        c.HOST: _first(told, "http_host", "host"),
        c.SCHEME: _first(told, "scheme"),
        c.USER_AGENT: _first(told, "http_user_agent", "user_agent"),
        c.REFERRER: _first(told, "http_referer", "http_referrer", "referer"),
        c.DNT: _every(told, "http_dnt", "dnt"),
        c.GPC: _every(told, "http_sec_gpc", "sec_gpc"),
    }
    return row | {column: _first(told, variable) for variable, column in _FORWARDING}


def caddy(told: Mapping[str, Any]) -> Row:
    """Caddy's access log."""
    request = told["request"]
    headers = request.get("headers")
    return _headers(() if headers is None else headers.items()) | {
        c.TIME: told["ts"],
        c.PEER: _text(request["remote_ip"]),
        c.METHOD: _text(request["method"]),
        c.TARGET: _text(request["uri"]),
        c.STATUS: told.get("status"),
        c.HOST: _text(request.get("host")),
        c.SCHEME: "https" if "tls" in request else "http",
    }


def traefik(told: Mapping[str, Any]) -> Row:
    """Traefik's access log in JSON, with whatever header fields it was told to keep."""
    prefix = "request_"
    return _headers((name.removeprefix(prefix), told[name]) for name in told if name.startswith(prefix)) | {
        c.TIME: told.get("StartUTC") or told["time"],
        c.PEER: _without_port(told["ClientAddr"]),
        c.METHOD: _text(told["RequestMethod"]),
        c.TARGET: _text(told["RequestPath"]),
        c.STATUS: told.get("DownstreamStatus"),
        c.HOST: _text(told.get("RequestHost")),
        c.SCHEME: _text(told.get("RequestScheme")),
    }


_FORWARDING = [
    (f"http_{name.replace('-', '_')}", column) for name, column in c.HEADERS.items() if column in c.FORWARDING
]


def _headers(fields: Iterable[tuple[str, Any]]) -> Row:
    """The header fields that are wanted, whatever case their names are in: each as one line, or as a list of them.

    Several lines are one with commas between, as in RFC 9110 5.3; of a field that is no list the last counts.
    """
    lines: dict[str, list[str]] = {}
    for name, value in fields:
        column = c.HEADERS.get(name.lower())
        if column is not None:
            texts = map(_text, value if isinstance(value, list) else [value])
            lines.setdefault(column, []).extend(text for text in texts if text is not None)
    return {
        column: c.BETWEEN_LINES.join(told) if column in c.LISTS else told[-1] for column, told in lines.items() if told
    }


def _first(told: Mapping[str, Any], *names: str) -> str | None:
    """The first of nginx's variables that is there; it writes `-` or nothing where one is not."""
    texts = (_text(told.get(name)) for name in names)
    return next((text for text in texts if text and text != NOTHING), None)


def _every(told: Mapping[str, Any], *names: str) -> str | None:
    """A signal under whatever name; it may be a number, where somebody left out the quotation marks."""
    texts = (str(value) if type(value) is int else _text(value) for value in map(told.get, names))
    return c.BETWEEN_LINES.join(text for text in texts if text and text != NOTHING) or None


def _without_port(address: str) -> str:
    host, _, _ = address.rpartition(":")
    return host.removeprefix("[").removesuffix("]")


def _text(told: Any) -> str | None:
    """A text that may be missing. Raises `TypeError` where it is something else."""
    if told is None or isinstance(told, str):
        return told
    raise TypeError


def _status(told: Any) -> str:
    """A status as a log of text would have it: what is neither text nor a whole number is none."""
    if told is None:
        return NOTHING
    return str(told) if isinstance(told, str | int) and not isinstance(told, bool) else ""
