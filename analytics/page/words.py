"""Figures, dates and reasons as a person reads them."""

from collections.abc import Mapping
from datetime import UTC, date, datetime

from frontdesk.analytics.page.country_names import COUNTRY_NAMES

CONFIDENCE: Mapping[str, str] = {
    "high": "Somebody who knows says both who this is and what kind of organisation it is.",
    "medium": "The holder of the network is registered; what kind of organisation that is, a rule told by its name.",
    "low": "The holder of the network is registered; what kind of organisation it is, a list of others says.",
}
"""How far a name can be believed, in words."""

_THIN = "\u202f"  # a narrow space that does not break
_WHOLE = "\u00a0"  # one as wide as others


def number(value: float | None) -> str:
    """A whole number with its thousands apart: `12 345`; a dash where there is none."""
    return "–" if value is None else f"{value:,.0f}".replace(",", _THIN)


def share(part: float | None, whole: float | None) -> str:
    """A part of a whole: `12 %`, `under 1 %`; a dash where there is no whole."""
    if part is None or not whole:
        return "–"
    value = 100 * part / whole
    if 0 < value < 1:
        return f"under 1{_THIN}%"
    return f"{value:.0f}{_THIN}%"


def change(now: float | None, before: float | None) -> str:
    """How a number differs from the one before: `+12 %`, `new`, `the same`; a dash where one is not known."""
    if now is None or before is None:
        return "–"
    if not before:
        return "new" if now else "–"
    value = round(100 * (now - before) / before)
    return "the same" if value == 0 else f"{'+' if value > 0 else '−'}{abs(value)}{_THIN}%"


def country(code: str | None) -> str:
    """A country's name; its code where nobody has given it one."""
    return COUNTRY_NAMES.get(code or "", code or "not known")


def day(value: date | datetime | str | None) -> str:
    """A day: `24 Nov 2026`."""
    if value is None:
        return "–"
    found = date.fromisoformat(value[:10]) if isinstance(value, str) else value
    return f"{found.day} {found:%b} {found:%Y}".replace(" ", _WHOLE)


def moment(value: datetime) -> str:
    """A moment of UTC: `24 Nov 2026, 14:05 UTC`."""
    return f"{day(value)}, {value.astimezone(UTC):%H:%M} UTC"


def plural(count: float, one: str, many: str) -> str:
    """So many of something: `1 visit`, `2 visits`."""
    return f"{number(count)} {one if count == 1 else many}"


def title(name: str) -> str:
    """A name of the policy as words: `marketing_analytics` as `Marketing analytics`."""
    return name.replace("_", " ").replace("-", " ").capitalize()


def seen(value: str | None) -> str:
    """When somebody was seen: a day, or only its month where a day would tell of too few."""
    if value is None:
        return "withheld"
    if len(value) == len("2026-11"):
        return f"{date.fromisoformat(f'{value}-01'):%b %Y}".replace(" ", _WHOLE)
    return day(value)


NETWORKS: Mapping[str, str] = {
    "business": "Companies",
    "education": "Universities and schools",
    "government": "Authorities",
    "isp": "Access networks, at home",
    "mobile": "Mobile networks",
    "hosting": "Hosting",
    "cdn": "Content delivery",
    "vpn": "VPN",
    "tor": "Tor",
    "proxy": "Proxies",
    "relay": "Privacy relays",
    "satellite": "Satellite",
    "reserved": "Reserved addresses",
    "unknown": "Not known",
}


def network(kind: str) -> str:
    """A kind of network in words."""
    return NETWORKS.get(kind, kind)
