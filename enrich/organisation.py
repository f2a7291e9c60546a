"""Naming the organisation that a network belongs to, or saying why none is named.

The expensive mistake is to show an access network's holder as a visitor: behind it are people. So an organisation is
named only where the network type says that its own staff or members use the network, and never where it is unknown.
"""

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from frontdesk.geodb import NetworkRecord

ORGANISATION_TYPES = frozenset({"business", "education", "government"})

_REASONS = {
    "isp": "access_network",
    "mobile": "access_network",
    "satellite": "access_network",
    "hosting": "hosting",
    "cdn": "hosting",
    "vpn": "anonymiser",
    "tor": "anonymiser",
    "proxy": "anonymiser",
    "relay": "anonymiser",
    "reserved": "reserved",
}

REASON_WORDS: Mapping[str, str] = {
    "access_network": "an access network: whoever holds it, its users are other people",
    "hosting": "a hosting network: a machine, or anybody who rents one",
    "anonymiser": "an anonymising service: made not to be known",
    "reserved": "reserved or private address space: nobody's network",
    "unknown": "no rule tells what kind of network this is, so its holder may be an access provider",
    "not_listed": "the database says nothing of this address",
    "no_address": "the client's address is not known",
    "objected": "the visitor asked not to be tracked",
}
"""Why no organisation is named, in words, for each reason."""


class Evidence(NamedTuple):
    """What an organisation's name rests on.

    `method` is how the source knows it (`as_name`: the registered holder of the autonomous system), `rule` how the
    network type was found.
    """

    source: str
    build_date: date | None
    prefix_length: int
    method: str
    rule: str


class Organisation(NamedTuple):
    """The holder of the visitor's network. `kind` is the network type; `confidence` is `high`, `medium` or `low`."""

    name: str
    kind: str
    confidence: str
    evidence: Evidence


def organisation_of(record: NetworkRecord, dates: Mapping[str, date | None]) -> Organisation | str:
    """The organisation of a network record, or the reason (a key of `REASON_WORDS`) why none is named.

    `dates` gives the date of each source by name.
    """
    if record.type not in ORGANISATION_TYPES or not record.as_name:
        if record.prefix_length == 0 and record.as_number is None and record.country is None:
            return "not_listed"
        return _REASONS.get(record.type, "unknown")
    source = record.provenance.get("as", "")
    evidence = Evidence(source, dates.get(source), record.prefix_length, "as_name", record.type_reason)
    return Organisation(record.as_name, record.type, _confidence(record), evidence)


def _confidence(record: NetworkRecord) -> str:
    """An AS name read by rules is never certain; a whole AS announced as one block least of all a person's."""
    return "medium" if record.type_reason.startswith("word") else "low"
