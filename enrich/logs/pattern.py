"""Format strings of nginx (`log_format`) and Apache (`LogFormat`): which field stands where in a line."""

import re
from collections.abc import Callable
from itertools import pairwise
from typing import NamedTuple

import polars as pl

from frontdesk.enrich.logs import columns as c
from frontdesk.enrich.logs import times
from frontdesk.policy.errors import FrontdeskError

TimeReader = Callable[[pl.Expr], pl.Expr]


class Field(NamedTuple):
    """A field of a line. `name` is a column, or None where nothing of it is wanted.

    `width` is how many characters it always has; `time` reads one that is a time.
    """

    name: str | None
    width: int | None = None
    time: TimeReader | None = None


Token = str | Field
"""A text that stands in each line, or a field."""

REQUEST = "request"
"""Method, target and protocol in one."""
CONNECTION = "connection"
"""The socket's other end, where another module of the server has put another address in the peer's place."""

CLIENT_AND_PORT = "client:port"
"""The socket's other end with its port, in a log that has whole addresses in its requests."""

_TIME_LOCAL = Field(c.TIME, len("17/May/2015:10:05:03 +0000"), times.local)
_NGINX = {
    "remote_addr": Field(c.PEER),
    "client_and_port": Field(CLIENT_AND_PORT),
    "realip_remote_addr": Field(CONNECTION),
    "time_local": _TIME_LOCAL,
    "time_iso8601": Field(c.TIME, None, times.iso),
    "msec": Field(c.TIME, None, times.seconds),
    "request": Field(REQUEST),
    "request_method": Field(c.METHOD),
    "request_uri": Field(c.TARGET),
    "status": Field(c.STATUS),
    "host": Field(c.HOST),
    "server_name": Field(c.HOST),
    "scheme": Field(c.SCHEME),
}
_APACHE = {
    "h": Field(c.PEER),
    "a": Field(c.PEER),
    "r": Field(REQUEST),
    "m": Field(c.METHOD),
    "U": Field(c.TARGET),
    "s": Field(c.STATUS),
    "v": Field(c.HOST),
    "V": Field(c.HOST),
}
_APACHE_TIMES = {"sec": times.seconds, "%s": times.seconds, "msec": times.milliseconds, "usec": times.microseconds}
_FRACTIONS = frozenset({"msec_frac", "usec_frac"})
_WHOLE = frozenset({times.local, times.iso, *_APACHE_TIMES.values()})
"""What reads a time that is told to the second, with its offset from UTC: of several ones any will do."""
_AS_ONE = "give it as one field, such as %{%d/%b/%Y:%H:%M:%S.%f %z}t, in which %f is a fraction"
_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
_DIRECTIVE = re.compile(r"%[!\d,<>]*(?:\{([^}]*)\})?[<>]?(\^t[io]|[a-zA-Z%])")


def tokens(text: str) -> list[Token]:
    """A format string as texts and fields. Raises `FrontdeskError` where it cannot be one."""
    if "$" in text:
        found = _split(text, _VARIABLE, _variable)
    elif "%" in text:
        try:
            found = _split(text.replace('\\"', '"').replace("\\t", "\t"), _DIRECTIVE, _directive)
        except ValueError as error:
            raise FrontdeskError(
                f"--format {text!r}: %{{{error}}}t is no time with its day and hour: {_AS_ONE}"
            ) from None
    else:
        raise FrontdeskError(
            f"--format {text!r}: is no known format, and no format string: it has no $variable and no %directive"
        )
    return _checked(text, found)


def _split(text: str, pattern: re.Pattern[str], field: Callable[[re.Match[str]], list[Token]]) -> list[Token]:
    found: list[Token] = []
    position = 0
    for match in pattern.finditer(text):
        found += [text[position : match.start()], *field(match)]
        position = match.end()
    found.append(text[position:])
    joined: list[Token] = []
    for token in found:
        if isinstance(token, str) and joined and isinstance(joined[-1], str):
            joined[-1] += token
        elif token != "":
            joined.append(token)
    return joined


def _variable(match: re.Match[str]) -> list[Token]:
    name = (match[1] or match[2]).lower()  # as nginx reads it
    if name.startswith("http_"):
        return [Field(c.header(name.removeprefix("http_").replace("_", "-")))]
    return [_NGINX.get(name, Field(None))]


def _directive(match: re.Match[str]) -> list[Token]:
    told, letter = match[1], match[2]
    if letter == "%":
        return ["%"]
    if letter == "i" and told is not None:
        return [Field(c.header(told))]
    if letter == "t":
        if not told:
            return ["[", _TIME_LOCAL, "]"]
        return [_time(told.removeprefix("begin:").removeprefix("end:"))]
    if told is not None:
        return [Field(CONNECTION if (letter, told) == ("a", "c") else None)]
    return [_APACHE.get(letter, Field(None))]


def _time(told: str) -> Field:
    """A time of Apache's. Raises `ValueError` where none can be read."""
    if told in _FRACTIONS:
        return Field(None)
    return Field(c.TIME, None, _APACHE_TIMES.get(told) or times.written(told))


def _checked(text: str, found: list[Token]) -> list[Token]:
    names = [token.name for token in found if isinstance(token, Field)]
    for name, told in ((c.PEER, "$remote_addr or %h"), (c.TIME, "$time_local or %t")):
        if name not in names and not (name == c.PEER and {CONNECTION, CLIENT_AND_PORT} & set(names)):
            raise FrontdeskError(f"--format {text!r}: has no {told}, without which no line is a visit")
    readers = [token.time for token in found if isinstance(token, Field) and token.name == c.TIME]
    if len(readers) > 1 and not _WHOLE.issuperset(readers):
        raise FrontdeskError(f"--format {text!r}: has the time in several fields: {_AS_ONE}")
    for one, other in pairwise(found):
        if isinstance(one, Field) and isinstance(other, Field):
            raise FrontdeskError(f"--format {text!r}: two fields stand side by side, and nothing tells where one ends")
    return found
