"""Logs of one JSON object a line: those of Caddy and Traefik, and what nginx writes with `escape=json`."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import numpy as np
import orjson
import polars as pl

from frontdesk.enrich.logs import columns as c
from frontdesk.enrich.logs.batch import NO_STATUS, NO_TIME, NOT_OF_THE_FORMAT, Batch
from frontdesk.enrich.logs.times import milliseconds_of

Row = dict[str, Any]
Read = Callable[[Mapping[str, Any]], Row]
"""Reads the fields of one object. What it lacks may raise `KeyError`, and what is of another kind `TypeError`."""

_NUMBERS = frozenset({c.TIME, c.STATUS})
_HEADERS = ("x-forwarded-for", "forwarded", "x-real-ip", "cf-connecting-ip", "true-client-ip", "fastly-client-ip")


_TIMES = ("time_iso8601", "time_local", "msec", "time", "timestamp", "@timestamp")


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
        rows: list[Row] = []
        line: list[int] = []
        rejects: list[tuple[int, str]] = []
        for number, text in enumerate(lines, start=1):
            found = self._row(text)
            if isinstance(found, str):
                rejects.append((number, found))
            else:
                rows.append(found)
                line.append(number)
        return Batch(_frame(rows), np.array(line, np.int64), rejects, len(lines))

    def following(self, block: bytes) -> "JsonFormat":  # noqa: ARG002
        """The format of what comes after a block."""
        return self

    def resumed(self, state: str) -> "JsonFormat":  # noqa: ARG002
        """The format where a log was left."""
        return self

    def _row(self, text: bytes) -> Row | str:
        """The columns of one line, or why it is rejected."""
        try:
            told = orjson.loads(text)
            row = self._read(told)
        except (ValueError, KeyError, TypeError, AttributeError, IndexError):
            return NOT_OF_THE_FORMAT
        at = moment(row[c.TIME])
        if at is None:
            return NO_TIME
        status = row.get(c.STATUS)
        if status is not None and not str(status).isdigit():
            return NO_STATUS
        row[c.TIME] = at
        row[c.STATUS] = None if status is None else int(status)
        return row


def moment(told: Any) -> int | None:
    """A time in milliseconds since 1970: seconds since then, ISO 8601, or as Apache and nginx write it."""
    try:
        if isinstance(told, int | float) and not isinstance(told, bool):
            return round(told * 1000)
        if told[:1].isdigit() and told.replace(".", "", 1).isdigit():
            return round(float(told) * 1000)
        if "/" in told:
            return milliseconds_of(datetime.strptime(told, "%d/%b/%Y:%H:%M:%S %z"))
        return milliseconds_of(datetime.fromisoformat(told))
    except (ValueError, TypeError, OverflowError, AttributeError):
        return None


def nginx(told: Mapping[str, Any]) -> Row:
    """Keys are the names of nginx's variables, as people call them."""
    time = next((told[name] for name in _TIMES if name in told), None)
    method, target = told.get("request_method"), told.get("request_uri", told.get("uri"))
    if method is None:
        method, _, rest = told["request"].partition(" ")
        target = rest.partition(" ")[0]
    row: Row = {
        c.TIME: time,
        c.PEER: _text(told.get("realip_remote_addr") or told["remote_addr"]),
        c.METHOD: _text(method),
        c.TARGET: _text(target),
        c.STATUS: told.get("status"),
        c.HOST: _text(told.get("http_host") or told.get("host")),
        c.SCHEME: _text(told.get("scheme")),
        c.USER_AGENT: _text(told.get("http_user_agent") or told.get("user_agent")),
        c.REFERRER: _text(told.get("http_referer") or told.get("http_referrer") or told.get("referer")),
        c.DNT: _text(told.get("http_dnt")),
        c.GPC: _text(told.get("http_sec_gpc")),
    }
    return row | {c.header(name): _text(told.get(f"http_{name.replace('-', '_')}")) for name in _HEADERS}


def caddy(told: Mapping[str, Any]) -> Row:
    """Caddy's access log."""
    request = told["request"]
    headers = {name.lower(): values[-1] for name, values in request.get("headers", {}).items() if values}
    row: Row = {
        c.TIME: told["ts"],
        c.PEER: request["remote_ip"],
        c.METHOD: request["method"],
        c.TARGET: request["uri"],
        c.STATUS: told.get("status"),
        c.HOST: request.get("host"),
        c.SCHEME: "https" if "tls" in request else "http",
    }
    row |= {name: headers.get(name) for name in (c.USER_AGENT, c.REFERRER, c.DNT, c.GPC)}
    joined = {
        name.lower(): ", ".join(values)
        for name, values in request.get("headers", {}).items()
        if name.lower() in _HEADERS
    }
    return row | {c.header(name): joined.get(name) for name in _HEADERS}


def traefik(told: Mapping[str, Any]) -> Row:
    """Traefik's access log in JSON, with whatever header fields it was told to keep."""
    headers = {name.lower(): value for name, value in told.items() if name.startswith("request_")}
    row: Row = {
        c.TIME: told.get("StartUTC") or told["time"],
        c.PEER: _without_port(told["ClientAddr"]),
        c.METHOD: told["RequestMethod"],
        c.TARGET: told["RequestPath"],
        c.STATUS: told.get("DownstreamStatus"),
        c.HOST: told.get("RequestHost"),
        c.SCHEME: told.get("RequestScheme"),
    }
    row |= {name: headers.get(f"request_{name}") for name in (c.USER_AGENT, c.REFERRER, c.DNT, c.GPC)}
    return row | {c.header(name): headers.get(f"request_{name}") for name in _HEADERS}


def _without_port(address: str) -> str:
    host, _, _ = address.rpartition(":")
    return host.removeprefix("[").removesuffix("]")


def _text(told: Any) -> str | None:
    """A value of nginx's, which writes `-` or nothing where there is none."""
    return None if told is None or told in {"", "-"} else str(told)


def _frame(rows: list[Row]) -> pl.DataFrame:
    names = dict.fromkeys([c.TIME, c.PEER, c.STATUS, *(name for row in rows[:1] for name in row)])
    schema = {name: pl.Int64 if name in _NUMBERS else pl.String for name in names}
    return pl.DataFrame({name: [row.get(name) for row in rows] for name in names}, schema=schema)
