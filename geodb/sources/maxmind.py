"""MaxMind's MMDB keys, which DB-IP uses too: Country, City, ASN, ISP, Domain, Connection-Type, Anonymous-IP,
Anonymous-Plus, Enterprise.

A registered or represented country is not where the network is, and is not taken. Of the two names that the ISP
databases have, `isp` is who provides the access and `organization` who uses it: only the latter is a holder.
"""

from collections.abc import Mapping
from typing import Any

from frontdesk.geodb.sources.source import Facts, vendor_holder
from frontdesk.geodb.sources.terms import DB_IP, DB_IP_LITE, GEOIP, GEOLITE, UNSTATED, Terms
from frontdesk.geodb.sources.values import flag

# The first flag that is set decides. `is_anonymous` sums up the others, so it stands last.
FLAGS = {
    "is_tor_exit_node": "tor",
    "is_anonymous_vpn": "vpn",
    "is_public_proxy": "proxy",
    "is_residential_proxy": "proxy",
    "is_hosting_provider": "hosting",
    "is_anonymous": "proxy",
}
USER_TYPES = {
    "business": "business",
    "cafe": "isp",
    "cellular": "mobile",
    "college": "education",
    "consumer_privacy_network": "relay",
    "content_delivery_network": "cdn",
    "dialup": "isp",
    "government": "government",
    "hosting": "hosting",
    "library": "education",
    "military": "government",
    "residential": "isp",
    "router": "isp",
    "school": "education",
    "search_engine_spider": "hosting",
    "traveler": "isp",
}
CONNECTION_TYPES = {
    "cable/dsl": "isp",
    "cellular": "mobile",
    "corporate": "business",
    "dialup": "isp",
    "satellite": "satellite",
}


def knows(_kind: str, _keys: frozenset[str]) -> bool:
    """Whether a database is of this vendor: these keys are tried on all that no other vendor knows."""
    return True


def terms(kind: str) -> Terms:
    """The terms of a database by its type, such as `GeoLite2-City`."""
    for start, found in (("GeoLite", GEOLITE), ("GeoIP", GEOIP)):
        if kind.startswith(start):
            return found
    if kind.startswith("DBIP-"):
        return DB_IP_LITE if "-Lite" in kind else DB_IP
    return UNSTATED


def facts(stored: dict[str, Any]) -> Facts:
    """What a record says."""
    traits = stored.get("traits") or stored
    subdivisions = stored.get("subdivisions") or [{}]
    return Facts(
        stored.get("country", {}).get("iso_code") or None,
        subdivisions[0].get("iso_code") or None,
        _either(stored, traits, "autonomous_system_number"),
        _either(stored, traits, "autonomous_system_organization") or None,
        network_type(traits),
        vendor_holder(traits.get("organization"), traits.get("domain")),
    )


def network_type(traits: Mapping[str, Any]) -> str | None:
    """The network type: what hides the visitor comes before who the network is for, and that before its line."""
    for key, found in FLAGS.items():
        if flag(traits.get(key)):
            return found
    user, line = str(traits.get("user_type", "")).lower(), str(traits.get("connection_type", "")).lower()
    return USER_TYPES.get(user) or CONNECTION_TYPES.get(line)


def _either(stored: Mapping[str, Any], traits: Mapping[str, Any], key: str) -> Any:
    return stored.get(key, traits.get(key))
