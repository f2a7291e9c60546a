"""Naming the organisation that a network belongs to, or saying why none is named.

The expensive mistake is to show an access network's holder as a visitor: behind it are people. So an organisation is
named only where the network type says that its own staff or members use the network, and never where it is unknown.
"""

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from frontdesk.enrich.name import name_of
from frontdesk.enrich.person import is_person
from frontdesk.geodb import Holder, NetworkRecord
from frontdesk.geodb.record import HOLDER, LENGTH, TYPE, Told

ORGANISATION_TYPES = frozenset({"business", "education", "government"})

# Longer prefixes than these hold a household or a single machine.
_SMALLEST_V4 = 29
_SMALLEST_V6 = 60

ANY_LENGTH = 1
"""Stands for every length of a prefix by which the same is found. No network is told of that is so large."""

_IDENTIFYING = frozenset({"person", "too_small"})

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

KINDS = (*sorted(ORGANISATION_TYPES), *_REASONS, "unknown")
"""The kinds of networks."""

REASON_WORDS: Mapping[str, str] = {
    "access_network": "an access network: whoever holds it, its users are other people",
    "hosting": "a hosting network: a machine, or anybody who rents one",
    "anonymiser": "an anonymising service: made not to be known",
    "reserved": "reserved or private address space: nobody's network",
    "unknown": "no rule tells what kind of network this is, so its holder may be an access provider",
    "excluded": "this network is not to be looked at, by an objection or a vendor's list",
    "person": "the holder is a person, as far as a name can tell, and no organisation",
    "too_small": "a network so small that it points at a household or a person",
    "database_expired": "what the database says of this network is older than its licence allows, and is not used",
    "not_listed": "the database says nothing of this address",
    "no_address": "the client's address is not known",
    "objected": "the visitor asked not to be tracked",
}
"""Why no organisation is named, in words, for each reason."""


AS_NAME = "as_name"

METHOD_WORDS: Mapping[str, str] = {
    "own_list": "the group's own list has it for this",
    "vendor": "the vendor has it for this",
    "registered": "the registry has it as the holder of this",
    AS_NAME: "holder of the AS that announces this",
}
"""How a source knows an organisation, in words, for each method; the prefix length follows."""


class Evidence(NamedTuple):
    """What an organisation's name rests on.

    `method` is how the source knows it: `own_list`, `vendor`, `registered` (for this very network), or `as_name` (the
    registered holder of the autonomous system). `rule` is how the network type was found. `raw_name` is the name as
    the source has it.
    """

    source: str
    build_date: date | None
    prefix_length: int
    method: str
    rule: str
    raw_name: str


class Organisation(NamedTuple):
    """The holder of the visitor's network.

    `name` is the one to show, without the legal form; `key` is the same for every spelling of it, so that networks of
    one organisation come together. `kind` is the network type; `confidence` is `high`, `medium` or `low`. `domain` is
    set where the source has one, and `account`, the group's own name for the organisation, where its own list has one.
    """

    name: str
    kind: str
    confidence: str
    evidence: Evidence
    key: str
    domain: str | None = None
    account: str | None = None


def organisation_of(record: NetworkRecord, dates: Mapping[str, date | None], *, v6: bool = False) -> Organisation | str:
    """The organisation of a network record, or the reason (a key of `REASON_WORDS`) why none is named.

    `dates` gives the date of each source by name; `v6` says that the address is of IPv6.
    """
    if record.excluded:
        return "excluded"
    holder = record.holder or _as_holder(record)
    if holder is not None and holder.method != "own_list":
        if _is_small(record, v6):
            return "too_small"
        if _is_persons(record, holder):
            return "person"
    if record.type not in ORGANISATION_TYPES or holder is None:
        return _why_nobody(record)
    source = record.provenance.get("organisation" if record.holder else "as", "")
    evidence = Evidence(source, dates.get(source), holder.prefix_length, holder.method, record.type_reason, holder.name)
    name = name_of(holder.name)
    confidence = _confidence(record, holder)
    return Organisation(name.display, record.type, confidence, evidence, name.key, holder.domain, holder.account)


def in_network(organisation: Organisation, prefix_length: int) -> Organisation:
    """The organisation of the same record in a network of another length, neither of which is `of_household`.

    It is the very same, unless it is the holder of the AS: that one is known for as much as the database's network.
    """
    evidence = organisation.evidence
    if evidence.method != AS_NAME or evidence.prefix_length == prefix_length:
        return organisation
    return organisation._replace(evidence=evidence._replace(prefix_length=prefix_length))


def _why_nobody(record: NetworkRecord) -> str:
    """Why nobody is named for a network that is no organisation's, or whose holder is not known."""
    if record.type in _REASONS:
        return _REASONS[record.type]
    if record.expired:
        return "database_expired"
    if record.prefix_length == 0 and record.as_number is None and record.country is None:
        return "not_listed"
    return "unknown"


def may_identify(reason: str | None) -> bool:
    """Whether a network is so small, or held by a person, that it may identify somebody: by why nobody is named."""
    return reason in _IDENTIFYING


def of_household(prefix_length: int, *, v6: bool) -> bool:
    """Whether a network of a length is so small that it is a household's, or a single machine's."""
    return prefix_length > (_SMALLEST_V6 if v6 else _SMALLEST_V4)


def length_to_judge_by(told: Told, *, v6: bool) -> int:
    """The prefix length of what a database tells of a network, or `ANY_LENGTH` where another would not change what is
    found: only the holder of an AS is known for as much as the database's network.
    """
    length: int = told[LENGTH]
    if length <= ANY_LENGTH or of_household(length, v6=v6):
        return length
    return length if told[TYPE] in ORGANISATION_TYPES and not told[HOLDER] else ANY_LENGTH


def _is_small(record: NetworkRecord, v6: bool) -> bool:
    """Whether the holder's own network, or the one that the database has, is a household's."""
    longest = max(record.prefix_length, record.holder.prefix_length if record.holder else 0)
    return of_household(longest, v6=v6)


def _is_persons(record: NetworkRecord, holder: Holder) -> bool:
    """Whether the holder is a person. Where a word or a vendor tells what kind of network it is, proof is asked for."""
    if record.holder is None and record.type not in ORGANISATION_TYPES | {"unknown"}:
        return False  # the users of an access network or a host are other people than its holder
    told = record.type in ORGANISATION_TYPES and not record.type_reason.startswith("list")
    return is_person(holder.name, sure=told)


def _as_holder(record: NetworkRecord) -> Holder | None:
    """The holder of the AS, where no source knows who uses the network itself."""
    return Holder(record.as_name, AS_NAME, record.prefix_length) if record.as_name else None


def _confidence(record: NetworkRecord, holder: Holder) -> str:
    """High where somebody says both who it is and what kind; a name that only rules have judged is never certain."""
    judged = record.type_reason.startswith(("word", "read", "list"))
    if holder.method in {"own_list", "vendor"} and not judged:
        return "high"
    return "low" if record.type_reason.startswith("list") else "medium"
