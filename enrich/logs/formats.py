"""The formats that logs are known by, and which of them a log is of."""

from collections.abc import Callable
from typing import Protocol

from frontdesk.enrich.logs.batch import Batch
from frontdesk.enrich.logs.pattern import tokens
from frontdesk.enrich.logs.text import TextFormat
from frontdesk.policy.errors import FrontdeskError


class Format(Protocol):
    """Reads lines. It may be asked by several threads at once."""

    name: str

    def read(self, block: bytes) -> Batch:
        """Read a block of whole lines."""
        ...


_COMMON = '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent'
_COMBINED = f'{_COMMON} "$http_referer" "$http_user_agent"'

STRINGS = {
    "common": _COMMON,
    "combined": _COMBINED,
    # What nginx's packages have as `main`.
    "main": f'{_COMBINED} "$http_x_forwarded_for"',
    "vhost_combined": f"$host:$server_port {_COMBINED}",
}
"""The formats of text that have a name."""

_SAMPLE_LINES = 50
_ENOUGH = 0.5


def named(text: str) -> Format:
    """The format of a name, or of a format string. Raises `FrontdeskError`."""
    if text in STRINGS:
        return TextFormat(text, tokens(STRINGS[text]))
    return TextFormat("the format that is given", tokens(text))


def detect(name: str, head: bytes) -> Format:
    """The format that most lines at a log's beginning are of. Raises `FrontdeskError` where they are of none."""
    lines = head.split(b"\n")
    # The last line may be cut off.
    sample = b"\n".join(lines[: min(_SAMPLE_LINES, max(1, len(lines) - 1))])
    best, most = None, 0.0
    for text in STRINGS:
        found = named(text)
        batch = found.read(sample)
        share = len(batch.columns) / max(1, batch.lines - batch.comments)
        if share > most:
            best, most = found, share
    if best is None or most < _ENOUGH:
        raise FrontdeskError(
            f"{name}: is in no format that is known: give it as --format, {', '.join(STRINGS)}, or the log_format"
            " (nginx) or LogFormat (Apache) string that it was written with"
        )
    return best


Detect = Callable[[str, bytes], Format]
