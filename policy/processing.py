"""The record of processing activities (Article 30 GDPR), drawn from the policy and from nothing else.

Where Article 30 asks for something that the policy does not tell, the record says so: a person has to fill it in.
"""

from collections.abc import Iterator
from typing import Any

from frontdesk.policy.model import Policy, Treatment, WebService
from frontdesk.policy.purposes import PURPOSES, in_words
from frontdesk.policy.retention import TOUCHES, RetentionClass

UNTOLD = "the policy does not tell"

_CONTENT = {
    RetentionClass.VISIT: "the visitor's network (/24 or /48), its country, holder and kind, the page's route, privacy"
    " signals, browser family, whether it is likely a machine's, the host of the site that led here, the company that"
    " was suggested and whether the visitor took it; where the book is compacted, counts of these by day for reports,"
    " which go with the first visit of their day",
    RetentionClass.SECURITY: "what was identified as malicious: its kind, the client address encrypted under a key of"
    " its day, the network's kind, the page's route, an account's opaque id where the app reports one",
    RetentionClass.AGGREGATE: "counts of visits, objections and machines by company and hour, without any person",
    RetentionClass.AUDIT: "what the front desk itself did, without any person; which company was named for a contract"
    " and why, the country, an account's opaque id where the app gives one",
}
_ASKED = (
    "MaxMind, Inc., US, is sent the address (of IPv6 the first half) of visitors whose network's holder the database"
    " does not know, to tell which organisation it is; never of one whose browser sends DNT or Sec-GPC"
)
_DAILY_ID = ", and an id of the visitor for one company and one day"
_PERSONS = {
    RetentionClass.VISIT: "visitors of the group's sites",
    RetentionClass.SECURITY: "visitors of the group's sites whose requests were identified as malicious",
    RetentionClass.AGGREGATE: "none",
    RetentionClass.AUDIT: "visitors who were told with which company to contract",
}
_TREATED = {
    Treatment.FULL: "is noted, and changes nothing",
    Treatment.ANONYMOUS: "leaves a record without address, network, organisation, browser and the site that led here,"
    " its time cut to the hour",
    Treatment.COUNT: "leaves no record, but a count",
}


def record_of_processing(policy: Policy) -> dict[str, Any]:
    """The whole record as plain data."""
    return {
        "policy_version": policy.version,
        "controllers": [
            {
                "id": entity.id,
                "legal_name": entity.legal_name,
                "contact": entity.contact or UNTOLD,
                "residency": entity.residency or UNTOLD,
                "hosts": list(entity.hosts),
            }
            for entity in policy.entities
        ],
        "representative_and_data_protection_officer": UNTOLD,
        "activities": [_activity(policy, retention_class) for retention_class in RetentionClass],
        "recipients": [
            {
                "legal_name": recipient.legal_name,
                "country": recipient.country,
                "records_of": list(recipient.entities),
                "classes": [retention_class.value for retention_class in recipient.classes],
                "purposes": list(recipient.purposes),
                "safeguard": recipient.safeguard or UNTOLD,
            }
            for recipient in policy.recipients
        ],
        "archives": list(dict.fromkeys(url for url in map(policy.archive_of, policy.directories()) if url)),
        "addresses_sent": [_ASKED] if isinstance(policy.web_service, WebService) else [],
        "safeguards": list(_safeguards(policy)),
    }


def _activity(policy: Policy, retention_class: RetentionClass) -> dict[str, Any]:
    kept = policy.retention.of(retention_class)
    told_apart = retention_class is RetentionClass.VISIT and policy.visitors.daily_id
    return {
        "class": retention_class.value,
        "data": _CONTENT[retention_class] + (_DAILY_ID if told_apart else ""),
        "data_classes": in_words(TOUCHES[retention_class]),
        "persons": _PERSONS[retention_class],
        "purposes": [{"name": name, "legal_ground": PURPOSES[name].reason} for name in kept.purposes],
        "retention_days": kept.days,
    }


def _safeguards(policy: Policy) -> Iterator[str]:
    yield "no whole address is written, but for encrypted ones in security records"
    yield "the key of a day's security records is destroyed when the last of them has expired"
    for name, treatment in (("Do Not Track", policy.signals.dnt), ("Global Privacy Control", policy.signals.gpc)):
        yield f"a visitor who sends {name} {_TREATED[treatment]}"
    yield "records of a visitor who sends Global Privacy Control are handed to no recipient"
    for _, stream in policy.streams().values():
        topics = ", ".join(map(stream.topic, stream.classes))
        yield f"copies of records lie in the group's own Kafka topics {topics}, until these let go of them"
    if policy.visitors.daily_id:
        yield "visitors are told apart within one day only, by a keyed hash whose key is destroyed the next day"
    else:
        yield "visitors are not told apart: no record has an id of its visitor"


def as_markdown(record: dict[str, Any]) -> str:
    """The record for people: what `record_of_processing` gave, as one Markdown page."""
    return "\n".join(_page(record))


def _page(record: dict[str, Any]) -> Iterator[str]:
    yield f"# Record of processing activities\n\nArticle 30 GDPR, from policy version {record['policy_version']}.\n"
    yield "## Controllers\n"
    yield from _table(
        ["company", "contact", "residency", "sites"], record["controllers"], "legal_name contact residency hosts"
    )
    told = record["representative_and_data_protection_officer"]
    yield f"\nRepresentative and data protection officer: {told}.\n"
    yield "## Processing\n"
    for activity in record["activities"]:
        yield f"### {activity['class'].capitalize()} records\n"
        grounds = ", ".join(f"{purpose['name']} ({purpose['legal_ground']})" for purpose in activity["purposes"])
        yield f"- Data: {activity['data']} ({activity['data_classes']})"
        yield f"- Persons: {activity['persons']}"
        yield f"- Purposes and legal grounds: {grounds or 'none'}"
        yield f"- Erased after: {activity['retention_days']} days\n"
    yield "## Recipients and transfers\n"
    if record["recipients"]:
        heads = ["recipient", "country", "records of", "classes", "purposes", "safeguard"]
        yield from _table(heads, record["recipients"], "legal_name country records_of classes purposes safeguard")
    else:
        yield "The policy names no recipient: records are handed to nobody."
    yield from (f"\nRecords of days that are over lie in a store at {place}." for place in record["archives"])
    yield from (f"\n{told}." for told in record["addresses_sent"])
    yield "\n## Safeguards\n"
    yield from (f"- {safeguard}" for safeguard in record["safeguards"])
    yield ""


def _table(heads: list[str], rows: list[dict[str, Any]], keys: str) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield f"|{' --- |' * len(heads)}"
    for row in rows:
        cells = (row[key] for key in keys.split())
        yield f"| {' | '.join(_cell(cell) for cell in cells)} |"


def _cell(value: Any) -> str:
    """A value in a table: a name may hold what Markdown reads as a border."""
    text = ", ".join(value) if isinstance(value, list) else str(value)
    return " ".join(text.replace("\\", "\\\\").replace("|", "\\|").split()) or "none"
