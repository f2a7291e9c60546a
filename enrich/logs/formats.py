"""The formats that logs are known by, and which of them a log is of."""

from collections.abc import Callable, Sequence
from typing import Protocol

from frontdesk.enrich.addresses import read
from frontdesk.enrich.logs import columns as c
from frontdesk.enrich.logs.batch import Batch
from frontdesk.enrich.logs.columns import UNIX
from frontdesk.enrich.logs.json_log import JsonFormat, caddy, nginx, traefik
from frontdesk.enrich.logs.pattern import tokens
from frontdesk.enrich.logs.text import SIGNALS, TextFormat
from frontdesk.enrich.logs.w3c import W3cFormat
from frontdesk.policy.errors import FrontdeskError
from frontdesk.policy.networks import pack


class Format(Protocol):
    """Reads lines. It may be asked by several threads at once."""

    name: str

    state: str
    """What of the lines before is needed to read those that follow: a line that names the fields, mostly nothing."""

    def read(self, block: bytes) -> Batch:
        """Read a block of whole lines."""
        ...

    def following(self, block: bytes | bytearray) -> "Format":
        """The format of what comes after a block."""
        ...

    def resumed(self, state: str) -> "Format":
        """The format where a log was left, by the state that it had there."""
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

_FORWARDED = c.header("x-forwarded-for")

_ALB = (
    "$type $time_iso8601 $elb $client_and_port $target $request_time $target_time $response_time $status $target_status"
    ' $received $sent "$request" "$http_user_agent" '
)


def _alb() -> Format:
    return TextFormat("alb", tokens(_ALB), more=True)


def _main() -> Format:
    return TextFormat("main", tokens(STRINGS["main"]), chain=_FORWARDED)


_OTHERS: dict[str, Callable[[], Format]] = {
    "nginx-json": lambda: JsonFormat("nginx-json", nginx),
    "caddy": lambda: JsonFormat("caddy", caddy),
    "traefik": lambda: JsonFormat("traefik", traefik),
    "cloudfront": lambda: W3cFormat("cloudfront", "\t"),
    "iis": lambda: W3cFormat("iis", " "),
    "alb": _alb,
}

NAMES = (*STRINGS, *_OTHERS)
"""Every format that has a name."""

_SAMPLE_LINES = 50
_ENOUGH = 0.5


def named(text: str) -> Format:
    """The format of a name, or of a format string. Raises `FrontdeskError`."""
    if text == "main":
        return _main()
    if text in STRINGS:
        return TextFormat(text, tokens(STRINGS[text]))
    if text in _OTHERS:
        return _OTHERS[text]()
    return TextFormat("the format that is given", tokens(text))


def resumed(text: str, state: str) -> Format:
    """The format of a name, or of a format string, where a log was left in a state. Raises `FrontdeskError`."""
    return named(text).resumed(state) if state else named(text)


def detect(name: str, head: bytes) -> Format:
    """The format that most lines at a log's beginning are of. Raises `FrontdeskError` where they are of none."""
    lines = head.split(b"\n")
    # The last line may be cut off.
    whole = lines[: max(1, len(lines) - 1)]
    sample = b"\n".join(whole[:_SAMPLE_LINES])
    best, most = None, 0.0
    for text in NAMES:
        if text in STRINGS and _may_be_a_signal(text, whole):
            continue
        found = named(text)
        batch = found.read(sample)
        # Of two formats that both fit, only one has the address where the log has it.
        peers = batch.columns[c.PEER]
        known = (read(peers).family != 0) | (peers == UNIX).fill_null(value=False).to_numpy()
        share = int(known.sum()) / max(1, batch.lines - batch.comments)
        if share > most:
            best, most = found, share
    if best is None or most < _ENOUGH:
        raise FrontdeskError(
            f"{name}: is in no format that is known: give it as --format, {', '.join(NAMES)}, or the log_format"
            " (nginx) or LogFormat (Apache) string that it was written with"
        )
    return best


def _may_be_a_signal(text: str, lines: Sequence[bytes]) -> bool:
    """Whether lines have what a format of text has no name for, and may be an objection: nobody is to guess that."""
    if text == "main" and not _are_forwarded(lines):
        return True
    if "$http_user_agent" in STRINGS[text] and _are_signals(text, lines):
        return True
    quotes, fields = STRINGS[text].count('"'), len(STRINGS[text].rpartition('"')[2].split())
    tails = [line.rpartition(b'"')[2].split()[fields:] for line in lines if line.count(b'"') == quotes]
    return any(word in {b"0", b"1"} for tail in tails for word in tail)


def _are_signals(text: str, lines: Sequence[bytes]) -> bool:
    """Whether signals stand where a format has the browser and what led to the page, as behind the fields of `common`:
    mostly, for clients may send anything."""
    columns = TextFormat(text, tokens(STRINGS[text])).read(b"\n".join(lines)).columns
    told = [each for name in (c.USER_AGENT, c.REFERRER) for each in columns[name].drop_nulls().to_list()]
    return sum(each[:2] in SIGNALS for each in told) >= max(1, _ENOUGH * len(told))


def _are_forwarded(lines: Sequence[bytes]) -> bool:
    """Whether what stands where `main` has its forwarding header are addresses, mostly: clients may send anything."""
    batch = TextFormat("main", tokens(STRINGS["main"])).read(b"\n".join(lines))
    told = batch.columns[_FORWARDED].drop_nulls().to_list()
    return sum(map(_is_chain, told)) >= _ENOUGH * len(told)


def _is_chain(told: str) -> bool:
    """Whether a forwarding header may have this value: addresses, some with their ports."""
    return all(map(_is_address, told.split(",")))


def _is_address(element: str) -> bool:
    element = element.strip()
    return element == "unknown" or any(pack(text.strip("[]")) for text in (element, element.rpartition(":")[0]))
