"""One answer of the web service, and what becomes of a finding under it.

The answer tells who uses a network and what kind it is; the country stays the database's. It goes through the rules
that hold for every source: where they name nobody, it names nobody.
"""

from collections.abc import Mapping
from datetime import date
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any, NamedTuple, TypeAlias

import msgspec

from frontdesk.enrich.finding import Enricher, Finding
from frontdesk.enrich.organisation import ORGANISATION_TYPES
from frontdesk.geodb.extent import Extent
from frontdesk.geodb.network_type import NetworkTypes, Verdict
from frontdesk.geodb.record import NetworkRecord
from frontdesk.geodb.sources import maxmind
from frontdesk.geodb.sources.source import Facts
from frontdesk.geodb.sources.values import name
from frontdesk.policy.networks import unpack

Network: TypeAlias = IPv4Network | IPv6Network

_ASKED_OF_V6 = 8
_V4 = 4
_WIDEST = 8


class Answer(NamedTuple):
    """What the service said of a network, on which day. Of an address that it does not know the facts are empty."""

    facts: Facts
    verdict: Verdict | None
    source: str
    day: date


def asked_of(address: bytes) -> bytes:
    """What is sent of a packed address: of IPv6 the first half, for nothing smaller is told apart there."""
    return address if len(address) == _V4 else address[:_ASKED_OF_V6].ljust(len(address), b"\0")


def own_network(asked: bytes) -> Network:
    """The network that an answer is for where it names no other: the one address, or the /64."""
    return ip_network(f"{unpack(asked)}/{32 if len(asked) == _V4 else _ASKED_OF_V6 * 8}")


def nothing(source: str, day: date) -> Answer:
    """The answer where the service knows nothing of an address."""
    return Answer(Facts(), None, source, day)


def read(
    stored: Mapping[str, Any], asked: bytes, source: str, day: date, types: NetworkTypes
) -> tuple[Network, Answer]:
    """The answer, and the network that it is for. Raises `ValueError` where it is not what MaxMind documents."""
    traits = dict(stored.get("traits") or {})
    told = traits.get("network")
    # MaxMind moves the flags of anonymisers from one object to another; either may have them.
    flags = {key: value for key, value in (stored.get("anonymizer") or {}).items() if key in maxmind.FLAGS}
    facts = maxmind.facts({**stored, "traits": traits | flags})
    facts = msgspec.convert(tuple(facts), Facts)  # the vendor's client takes values of any kind
    network = _network(told, asked)
    if facts.holder is not None:
        holder = facts.holder._replace(name=name(facts.holder.name) or "", prefix_length=network.prefixlen)
        facts = facts._replace(holder=holder)
    return network, Answer(facts, _verdict(facts, source, types), source, day)


def _network(told: Any, asked: bytes) -> Network:
    """The network that an answer names, if what was asked of lies in it."""
    own = own_network(asked)
    network = own if told is None else ip_network(str(told), strict=False)
    # Of IPv6 nobody asked for anything smaller; a network elsewhere is no answer to the question; and what is as wide
    # as a registry is no organisation's.
    fits = network.version == own.version and network.prefixlen >= _WIDEST
    return network if fits and own.subnet_of(network) else own  # type: ignore[arg-type]


def _verdict(facts: Facts, source: str, types: NetworkTypes) -> Verdict | None:
    """The kind of network. A name that the rules take for a provider's outweighs a vendor's word for a business:

    vendors call the lines that a provider sells to firms after the provider.
    """
    judged = None
    if facts.holder is not None:
        judged = types.of(0, facts.holder.name, Extent(country=facts.country))
    known = judged is not None and judged.type != "unknown"
    if facts.type is None:
        return judged if known else None
    if known and judged is not None and facts.type in ORGANISATION_TYPES and judged.type not in ORGANISATION_TYPES:
        return judged
    return Verdict(facts.type, f"source: {source}")


def laid_over(finding: Finding, answer: Answer, enricher: Enricher, *, v6: bool) -> Finding:
    """The finding with an answer above it: as a source above public ones, and below the group's own lists."""
    record = _merged(finding.record, answer, enricher.own)
    if record is finding.record:
        return finding
    return enricher.judge(record, v6=v6, dates={answer.source: answer.day})


def _merged(record: NetworkRecord, answer: Answer, own: frozenset[str]) -> NetworkRecord:
    facts, said = answer.facts, dict(record.provenance)
    if facts.holder is not None and said.get("organisation") not in own:
        record = record._replace(holder=facts.holder)
        said["organisation"] = answer.source
    if facts.as_number is not None and said.get("as") not in own:
        record = record._replace(as_number=facts.as_number, as_name=facts.as_name)
        said["as"] = answer.source
    if answer.verdict is not None and said.get("type") not in own:
        record = record._replace(type=answer.verdict.type, type_reason=answer.verdict.reason)
        said["type"] = answer.source
    return record._replace(provenance=said) if said != record.provenance else record
