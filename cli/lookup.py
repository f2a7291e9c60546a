"""`frontdesk lookup`: what the database says of an address."""

import sys
from datetime import date
from pathlib import Path
from typing import Any

import orjson

from frontdesk.cli.plain import plain
from frontdesk.enrich import Enricher, Finding
from frontdesk.enrich.organisation import METHOD_WORDS, REASON_WORDS
from frontdesk.geodb import Database, Manifest
from frontdesk.geodb.record import sources_in
from frontdesk.policy.networks import pack, unpack


def run(addresses: list[str], file: Path, *, as_json: bool) -> bool:
    """Print what is known of each address; False if any of them was not an address."""
    database = Database(file)
    enricher = Enricher(database)
    manifest = database.manifest
    fine = True
    for text in addresses:
        packed = pack(text)
        if packed is None:
            fine = False
            print(f"frontdesk: {text!r} is not an IPv4 or IPv6 address", file=sys.stderr)
            continue
        address = unpack(packed)
        finding = enricher.find(address)
        print(
            orjson.dumps(_as_data(address, finding, manifest)).decode()
            if as_json
            else _in_words(address, finding, manifest)
        )
    if not as_json:
        print(f"\nDatabase {manifest.name}, {manifest.build_date}, networks cut to {manifest.cut}.")
        print("\n".join(manifest.attributions))
    return fine


def _as_data(address: str, finding: Finding, manifest: Manifest) -> dict[str, Any]:
    record = finding.record
    return {
        "address": address,
        "country": record.country,
        "subdivision": record.subdivision,
        "as_number": record.as_number,
        "as_name": record.as_name,
        "network_type": record.type,
        "network_type_reason": record.type_reason,
        "prefix_length": record.prefix_length,
        "organisation": organisation_data(finding),
        "organisation_reason": finding.reason,
        "provenance": record.provenance,
        "database": manifest.name,
        "build_date": manifest.build_date,
        "attributions": manifest.attributions,
    }


def organisation_data(finding: Finding) -> dict[str, Any] | None:
    """The organisation of a finding as plain data, or None."""
    organisation = finding.organisation
    if organisation is None:
        return None
    return organisation._asdict() | {"evidence": organisation.evidence._asdict()}


def organisation_in_words(finding: Finding) -> str:
    """The organisation with its evidence, or why none is named."""
    organisation = finding.organisation
    if organisation is None:
        return f"none: {REASON_WORDS[finding.reason or 'unknown']}"
    evidence = organisation.evidence
    known_as = [organisation.name, *(text for text in (organisation.domain, organisation.account) if text)]
    return plain(
        f"{', '.join(known_as)} ({organisation.kind}, confidence {organisation.confidence}:"
        f" {METHOD_WORDS[evidence.method]} /{evidence.prefix_length},"
        f" by {_dated(evidence.source, evidence.build_date)}; {evidence.rule})"
    )


def _dated(source: str, day: date | None) -> str:
    return f"{source} of {day}" if day else source


def _in_words(address: str, finding: Finding, manifest: Manifest) -> str:
    record = finding.record
    dates = {source.name: source.date for source in manifest.sources}
    system = f"AS{record.as_number} {record.as_name or ''}".strip() if record.as_number is not None else None

    def told(value: str | None, field: str) -> str:
        by = [_dated(name, dates.get(name)) for name in sources_in(record.provenance.get(field, ""))]
        return f"{value}  (by {' and '.join(by)})" if value and field in record.provenance else value or "not known"

    place = f"{record.country}-{record.subdivision}" if record.subdivision else record.country
    return "\n".join(
        [
            address,
            f"  country       {plain(told(place, 'country'))}",
            f"  network       {plain(told(system, 'as'))}",
            f"  network type  {record.type}  ({plain(record.type_reason)})",
            f"  organisation  {organisation_in_words(finding)}",
        ]
    )
