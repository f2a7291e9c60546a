"""Which other site led a visitor here: its host, and nothing of the address that was left."""

import re
from functools import lru_cache

from frontdesk.policy import Policy

_LONGEST_HOST = 253  # RFC 1035 2.3.4
# A scheme of the web, then a host and no port or user, then the end of the origin.
_ORIGIN = re.compile(rb"https?://([a-z0-9.-]{1,%d})(?:[/?#]|\Z)" % _LONGEST_HOST, re.IGNORECASE)
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
# A name ends in letters; what ends in a number is an address, in whichever spelling (WHATWG URL, 3.5).
_NAME = re.compile(rf"(?:{_LABEL}\.)+(?:[a-z]{{2,63}}|xn--[a-z0-9-]{{0,58}}[a-z0-9])")
# Names of connections spell their address, such as 203-0-113-7.dyn.example, 2001-db8--7.example or cb007107.example.
# A word may stand before or after: node203-0-113-7.
_NUMBER = r"0*(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])"
_QUAD = rf"[0-9](?:[.-]{{1,2}}{_NUMBER}){{2}}[.-]{{1,2}}[0-9]"
_PARTS = r"(?<![0-9a-f])(?:[0-9a-f]{1,4}[.-]{1,2}){3}[0-9a-f]{1,4}(?![0-9a-f])"
_SHORT = r"(?:(?<![0-9a-f])[0-9a-f]{1,4}|[23][0-9a-f]{3})--"  # 2000::/3 is all that the internet routes
_GROUPS = re.compile(f"{_QUAD}|{_PARTS}|{_SHORT}")
_DIGIT = re.compile(r"[0-9]")  # every address has one; a.b.c.de has none
_WHOLE = re.compile(r"[0-9a-f]{8}")
_NOWHERE = (".arpa", ".local", ".localhost", ".internal", ".onion", ".invalid", ".test")
_CACHED_HOSTS = 4096


class Referrers:
    """Reads the sites that lead to those of one group."""

    def __init__(self, policy: Policy) -> None:
        own = frozenset(_bare(host) for entity in policy.entities for host in entity.hosts)
        self._site = lru_cache(_CACHED_HOSTS)(lambda host: _site(host, own))

    def site(self, header: bytes | None) -> str | None:
        """The host of another site, in lower case and without `www.`, from a `Referer` header.

        None where there is none, and for the group's own hosts, addresses, names that may spell an address, names
        without a dot, and whatever is no plain host: with a port, a user, other letters than ASCII's.
        """
        found = _ORIGIN.match(header) if header else None
        return self._site(found[1]) if found else None


def _site(host: bytes, own: frozenset[str]) -> str | None:
    name = _bare(host.decode("ascii").lower())
    if name in own or name.endswith(_NOWHERE) or not _NAME.fullmatch(name) or _may_spell_address(name):
        return None
    return name


def _may_spell_address(name: str) -> bool:
    in_groups = _DIGIT.search(name) and _GROUPS.search(name)
    return bool(in_groups or _WHOLE.search(name))


def _bare(host: str) -> str:
    return host.removeprefix("www.")
