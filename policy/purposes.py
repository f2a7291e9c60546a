"""Data classes, purposes, and which purpose may use which class.

The classes and purposes of the privacy policy. A purpose gives its reason (the legal ground), the classes that it may
touch, and what reports for it may tell; a record may be tagged only with purposes that may use its class.
"""

from collections.abc import Iterable
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple


class DataClass(StrEnum):
    """A kind of data that the privacy policy tells apart."""

    ACCOUNT_INFORMATION = "account_information"
    CONTENT = "content"
    SYSTEM_DATA = "system_data"
    THREAT_PROTECTION_DATA = "threat_protection_data"
    IP_ADDRESS = "ip_address"


class Facet(StrEnum):
    """A part of what reports tell; a purpose may ask only for those that it needs."""

    TRAFFIC = "traffic"  # countries, companies of the group, kinds of network, days
    OPERATION = "operation"  # hours, browsers, why nobody is named
    PAGES = "pages"  # and the sites that led to them
    ORGANISATIONS = "organisations"
    ACCOUNTS = "accounts"  # organisations that the group knows as its accounts
    ROUTING = "routing"  # what was suggested to visitors, and what they chose


class Purpose(NamedTuple):
    """A named use of data: why it is allowed, which classes it may use, and what reports for it may tell.

    What is made for an `anonymous` purpose may be shown to anybody.
    """

    reason: str
    classes: frozenset[DataClass]
    reports: frozenset[Facet] = frozenset()
    anonymous: bool = False


_ACCOUNT, _CONTENT, _SYSTEM, _THREAT, _ADDRESS = DataClass
_TRAFFIC, _OPERATION, _PAGES, _ORGANISATIONS, _ACCOUNTS, _ROUTING = Facet

PURPOSES = MappingProxyType(
    {
        "relationship_management": Purpose(
            "contract", frozenset({_ACCOUNT, _SYSTEM}), frozenset({_TRAFFIC, _PAGES, _ORGANISATIONS, _ACCOUNTS})
        ),
        # Reports and profiles for marketing never see an address: it is matched, and then it is gone.
        "marketing_analytics": Purpose("legitimate interest", frozenset({_ACCOUNT, _SYSTEM}), frozenset(Facet)),
        "right_website": Purpose(
            "legitimate interest", frozenset({_SYSTEM, _ADDRESS}), frozenset({_TRAFFIC, _ROUTING})
        ),
        "service_delivery": Purpose(
            "contract", frozenset({_ACCOUNT, _CONTENT, _SYSTEM, _ADDRESS}), frozenset({_TRAFFIC, _OPERATION, _PAGES})
        ),
        "platform_operation": Purpose(
            "legitimate interest", frozenset({_SYSTEM, _ADDRESS}), frozenset({_TRAFFIC, _OPERATION, _PAGES})
        ),
        # Alerts, and what is done against crime, rest on single records: no statistics are made for them.
        "alerts": Purpose("contract", frozenset({_ACCOUNT, _SYSTEM, _THREAT})),
        "legal_audit": Purpose("legal duty", frozenset({_ACCOUNT, _SYSTEM, _ADDRESS}), frozenset({_TRAFFIC})),
        "crime_prevention": Purpose("legitimate interest", frozenset({_ACCOUNT, _SYSTEM, _THREAT, _ADDRESS})),
        "development": Purpose(
            "legitimate interest", frozenset({_SYSTEM}), frozenset({_TRAFFIC, _OPERATION, _PAGES, _ROUTING})
        ),
        # Public: no organisation, page or site stands in them, let alone a person.
        "anonymous_statistics": Purpose(
            "legitimate interest", frozenset({_SYSTEM}), frozenset({_TRAFFIC}), anonymous=True
        ),
    }
)
"""Every purpose by its name."""


_WORDS = {
    _ACCOUNT: "Account Information",
    _CONTENT: "Content",
    _SYSTEM: "System Data",
    _THREAT: "Threat Protection Data",
    _ADDRESS: "IP addresses",
}


def purposes_for(*classes: DataClass) -> list[str]:
    """The names of the purposes that may use every one of some classes of data."""
    return [name for name, purpose in PURPOSES.items() if purpose.classes.issuperset(classes)]


def in_words(classes: Iterable[DataClass]) -> str:
    """Classes of data as a person writes them: `System Data and IP addresses`."""
    *most, last = [_WORDS[data_class] for data_class in sorted(classes, key=list(DataClass).index)]
    return f"{', '.join(most)} and {last}" if most else last
