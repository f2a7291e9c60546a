"""The columns that every log format is read into. One that a log does not have is not there; a value may be missing.

Texts are as the request had them, a character for each byte; what the log had escaped is plain again.
"""

from typing import get_args

from frontdesk.policy.model import ForwardingHeader

TIME = "time"
"""When it happened, in milliseconds since 1970."""
PEER = "peer"
"""The socket's other end, as the server saw it; `UNIX` for a Unix socket."""
UNIX = "unix:"
METHOD = "method"
TARGET = "target"
"""The path and the query that were asked for."""
STATUS = "status"
HOST = "host"
SCHEME = "scheme"
USER_AGENT = "user-agent"
REFERRER = "referer"
DNT = "dnt"
GPC = "sec-gpc"

HEADER = "header:"
"""And a name in lower case: a header field of the request that is none of the above."""

LINE = "line"
"""The number of the line, from 1, in the block that was read."""


def header(name: str) -> str:
    """The column of a header field."""
    name = name.lower()
    return name if name in {HOST, USER_AGENT, REFERRER, DNT, GPC} else HEADER + name


FORWARDING = frozenset(map(header, get_args(ForwardingHeader)))
"""Of the header fields that may tell the client."""
HEADERS = {
    **{name: name for name in (HOST, USER_AGENT, REFERRER, DNT, GPC)},
    **{name: header(name) for name in get_args(ForwardingHeader)},
}
"""The column of each header field that is wanted, by its name in lower case."""
LISTS = FORWARDING | {DNT, GPC}
"""Where a request has one of these several times, all its lines count."""
BETWEEN_LINES = ", "
"""What stands between the lines of such a field where a log has them as one."""
