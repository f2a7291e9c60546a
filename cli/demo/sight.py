"""What the front desk sees of a visitor, in words that the visitor understands."""

from collections.abc import Iterable, Iterator

from frontdesk.enrich.organisation import REASON_WORDS, Organisation
from frontdesk.middleware import Visit
from frontdesk.policy import Policy, Treatment

_SOURCES = {
    "peer": "the other end of the connection; no proxy that this site trusts stands between",
    "header": "a trusted proxy named it",
    "hop": "a trusted proxy named it",
    "all_trusted": "every address on the way is a trusted proxy's: the furthest was taken",
    "header_missing": "the connection comes from a trusted proxy's own machine, which named nobody else",
}
_ENTITY_WORDS = {
    "choice": "you chose it",
    "remembered": "you chose it before",
    "account": "your account has its contract with it",
    "host": "its site was asked for",
    "country": "it serves the country that you seem to be in",
    "default": "the group's default, as nothing points to another one",
}
_DNT_WORDS = {
    "1": "DNT: do not track me",
    "0": "DNT: tracking is fine",
    "invalid": "DNT, with a value that means nothing",
}
_TREATMENT_WORDS = {
    Treatment.FULL: "full: the visit is noted, never your address",
    Treatment.ANONYMOUS: "anonymous: noted without network, organisation or browser, and to the hour only",
    Treatment.COUNT: "count: nothing is written, one counter goes up",
}
_NOT_NOTED = "not noted, as you asked not to be tracked"


def sight(visit: Visit, policy: Policy, cookies: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The rows of what is seen: names and values, as plain text."""
    yield "Your address", _SOURCES.get(visit.address_source, f"not known ({visit.address_source})")
    yield "Country", visit.country or "not known"
    yield "Network", _NOT_NOTED if visit.objected else visit.network_type
    yield from _organisation(visit)
    yield "Your wishes", _signals(visit)
    yield "Treatment", _TREATMENT_WORDS[visit.treatment]
    yield "Your company", f"{visit.entity.legal_name}: {_ENTITY_WORDS[visit.entity_reason]}"
    held = [name for name in cookies if visit.objected and name not in policy.cookies.essential]
    yield "Cookies held back", ", ".join(held) or "none"
    yield "Kept", _kept(visit, policy)


def _organisation(visit: Visit) -> Iterator[tuple[str, str]]:
    organisation = visit.organisation
    if organisation is None:
        reason = visit.organisation_reason or "unknown"
        yield "Organisation", f"nobody is named: {REASON_WORDS.get(reason, reason)}"
        return
    yield "Organisation", f"{organisation.name} ({organisation.kind})"
    yield "Evidence", _evidence(organisation)


def _evidence(organisation: Organisation) -> str:
    source, day, prefix_length, method, rule, _ = organisation.evidence
    dated = f" of {day}" if day else ""
    return (
        f"{source}{dated}, method {method}; network of length /{prefix_length}; kind by {rule};"
        f" confidence {organisation.confidence}"
    )


def _signals(visit: Visit) -> str:
    said = [_DNT_WORDS[visit.signals.dnt]] if visit.signals.dnt in _DNT_WORDS else []
    if visit.signals.gpc:
        said.append("GPC: do not sell or share my data")
    return "; ".join(said) or "your browser says nothing of them"


def _kept(visit: Visit, policy: Policy) -> str:
    if visit.treatment is Treatment.COUNT:
        return "nothing"
    retention = policy.retention.visit
    return f"one line for {retention.days} days, for {', '.join(retention.purposes).replace('_', ' ')}"
