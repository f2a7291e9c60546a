"""IPinfo's databases, MMDB or CSV with a header: Lite, Core, Plus, company, ASN, location, privacy, carrier, and the
older free ones.

All have flat keys, and the same key may differ in meaning: `country` is a name beside a `country_code`, and a code
beside a `country_name` or alone. Beside the `name` of a company, an AS or a carrier it tells where that one is seated,
not where the network is, and is not taken.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from frontdesk.geodb.sources.rows import first_row, ranges_of
from frontdesk.geodb.sources.source import Facts, Source, described, vendor_holder
from frontdesk.geodb.sources.terms import IPINFO, IPINFO_LITE, Terms
from frontdesk.geodb.sources.values import as_number, bounds, country, flag, name, network

# The first flag that is set decides. The older databases have the words alone.
FLAGS = {
    "is_tor": "tor",
    "tor": "tor",
    "is_vpn": "vpn",
    "vpn": "vpn",
    "is_relay": "relay",
    "relay": "relay",
    "is_proxy": "proxy",
    "proxy": "proxy",
    "is_hosting": "hosting",
    "hosting": "hosting",
    "is_anonymous": "proxy",
    "is_satellite": "satellite",
    "is_mobile": "mobile",
}
TYPES = {
    "business": "business",
    "education": "education",
    "government": "government",
    "hosting": "hosting",
    "isp": "isp",
}
_CARRIER = ("carrier_name", "carrier", "mcc")
# One of these stands in every layout.
_TELLING = frozenset({"asn", "as_name", "continent", "region", "type", "hosting", "is_hosting", "mcc"})
_LITE = frozenset({"as_domain", "as_name", "asn", "continent", "country"})
_LITE_ONLY = _LITE | {
    "network",
    "start_ip",
    "end_ip",
    "country_code",
    "country_name",
    "continent_code",
    "continent_name",
}


def read(file: Path, head: bytes) -> Source | None:
    """The source, if the file is CSV with such a header."""
    header = first_row(head)
    keys = frozenset(header)
    if not (keys & _TELLING and ("network" in keys or {"start_ip", "end_ip"} <= keys)):
        return None

    def parse(row: list[str]) -> tuple[int, int, Facts]:
        stored = dict(zip(header, row, strict=True))
        ends = network(stored["network"]) if "network" in stored else bounds(stored["start_ip"], stored["end_ip"])
        return *ends, facts(stored)

    lite = _LITE <= keys <= _LITE_ONLY
    return described(
        file, lambda: ranges_of(file, parse, len(header), header=True), terms=IPINFO_LITE if lite else IPINFO
    )


def knows(kind: str, _keys: frozenset[str]) -> bool:
    """Whether an MMDB is of this vendor."""
    return kind.startswith("ipinfo")


def terms(kind: str) -> Terms:
    """The terms of an MMDB by its type, such as `ipinfo bundle_location_lite`."""
    return IPINFO_LITE if "lite" in kind or "free" in kind else IPINFO


def facts(stored: Mapping[str, Any]) -> Facts:
    """What a record says."""
    named = "name" in stored
    carried = named and ("mcc" in stored or "mnc" in stored)
    company = named and not carried and ("as_name" in stored or "asn" not in stored)
    system = _text(stored, "asn").removeprefix("AS")
    place = "" if named or carried else _text(stored, "country_code" if "country_code" in stored else "country")
    return Facts(
        country(place),
        name(_text(stored, "region_code")),
        (as_number(system) or None) if system else None,
        name(_text(stored, "as_name" if "as_name" in stored else "name")) if system else None,
        network_type(stored),
        vendor_holder(name(_text(stored, "name")), name(_text(stored, "domain"))) if company else None,
    )


def network_type(stored: Mapping[str, Any]) -> str | None:
    """The network type: what hides the visitor, then how the line is made, then what the holder is."""
    for key, found in FLAGS.items():
        if flag(stored.get(key)):
            return found
    if any(_text(stored, key) for key in _CARRIER):
        return "mobile"
    return TYPES.get(_text(stored, "type" if "type" in stored else "as_type"))


def _text(stored: Mapping[str, Any], key: str) -> str:
    value = stored.get(key)
    if not isinstance(value, str | int | None):
        raise ValueError(f"{key} is {str(value)[:80]!r}")  # noqa: TRY004 - a damaged file, not a wrong call
    return str(value) if value else ""
