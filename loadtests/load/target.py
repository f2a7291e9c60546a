"""Whom a load test may be aimed at: this machine, or one host that its owner names."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from frontdesk.policy import FrontdeskError


class TargetError(FrontdeskError):
    """A host that is not to be tested, with what to do about it."""


def permit(url: str, owned: str | None = None) -> None:
    """Let a URL on this machine pass, or one whose host is named as the user's own. Raises `TargetError`.

    A name is this machine's only if it is `localhost`: any other may be led elsewhere.
    """
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError:
        host, parts = None, urlsplit("")
    if parts.scheme not in {"http", "https"} or not host:
        raise TargetError(f"{url!r} is no target: give a URL such as http://127.0.0.1:8000")
    if not is_loopback(host) and host != (owned or "").lower():
        raise TargetError(
            f"{host} is not this machine: a load test of somebody else's host is an attack;"
            f" if it is yours, say so by --i-own-this-host {host}"
        )


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, without asking anybody."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"
