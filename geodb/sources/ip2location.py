"""What IP2Location's and IP2Proxy's columns are, and what their values mean."""

from collections.abc import Mapping

from frontdesk.geodb.sources.source import Facts, vendor_holder
from frontdesk.geodb.sources.values import as_number, country, name

_PLACE = "region city"
_POINT = f"{_PLACE} latitude longitude"
_ZONE = f"{_POINT} zip_code time_zone"
_ISP = "isp domain"
_PHONE = "idd_code area_code"
_WEATHER = "weather_code weather_name"
_MOBILE = "mcc mnc mobile_brand"
_DB18 = f"{_ZONE} {_ISP} net_speed {_PHONE} {_WEATHER}"
_DB24 = f"{_DB18} {_MOBILE} elevation usage_type"
_DB25 = f"{_DB24} address_type category"

DB = {
    number: tuple(columns.split())
    for number, columns in enumerate(
        (
            "",
            "isp",
            _PLACE,
            f"{_PLACE} isp",
            _POINT,
            f"{_POINT} isp",
            f"{_PLACE} {_ISP}",
            f"{_POINT} {_ISP}",
            f"{_POINT} zip_code",
            f"{_POINT} zip_code {_ISP}",
            _ZONE,
            f"{_ZONE} {_ISP}",
            f"{_POINT} time_zone net_speed",
            f"{_ZONE} {_ISP} net_speed",
            f"{_ZONE} {_PHONE}",
            f"{_ZONE} {_ISP} net_speed {_PHONE}",
            f"{_POINT} time_zone net_speed {_WEATHER}",
            _DB18,
            f"{_POINT} {_ISP} {_MOBILE}",
            f"{_DB18} {_MOBILE}",
            f"{_ZONE} {_PHONE} elevation",
            f"{_DB18} {_MOBILE} elevation",
            f"{_POINT} {_ISP} {_MOBILE} usage_type",
            _DB24,
            _DB25,
            f"{_DB25} district asn as as_domain as_usage_type as_cidr",
        ),
        start=1,
    )
}
"""The columns of DB1 to DB26 after those of the range and the country."""

LITE = (1, 3, 5, 9, 11)
"""Which of them there are as LITE."""

_PX = (
    "proxy_type country_code country_name region city isp domain usage_type asn as last_seen threat provider"
    " fraud_score"
)
PX = {
    number: tuple(_PX.split()[:columns])
    for number, columns in enumerate((3, 5, 6, 7, 8, 10, 11, 12, 12, 13, 14), start=2)
}
"""The columns of PX2 to PX12 after those of the range. PX1 is as DB1."""

USAGE_TYPES = {
    "CDN": "cdn",
    "COM": "business",
    "DCH": "hosting",
    "EDU": "education",
    "GOV": "government",
    "ISP": "isp",
    "LIB": "education",
    "MIL": "government",
    "MOB": "mobile",
    "ORG": "business",
    "RSV": None,
    "SES": "hosting",
}
"""Two may stand together, as in `ISP/MOB`: the first decides."""

PROXY_TYPES = {
    "CPN": "relay",
    "DCH": "hosting",
    "EPN": "proxy",
    "PUB": "proxy",
    "RES": "proxy",
    "SES": "hosting",
    "TOR": "tor",
    "VPN": "vpn",
    "WEB": "proxy",
}


def facts(stored: Mapping[str, str]) -> Facts:
    """What a record says, by the names of its columns; `-` is nothing."""
    told = {column: "" if value.strip() == "-" else value.strip() for column, value in stored.items()}
    system = told.get("asn", "")
    return Facts(
        country=country(told.get("country_code", "")),
        as_number=(as_number(system) or None) if system else None,
        as_name=name(told.get("as", "")) if system else None,
        type=_type(PROXY_TYPES, told.get("proxy_type", "")) or _type(USAGE_TYPES, told.get("usage_type", "")),
        holder=vendor_holder(name(told.get("isp", "")), name(told.get("domain", ""))),
    )


def _type(types: Mapping[str, str | None], text: str) -> str | None:
    return types.get(text.partition("/")[0].upper())
