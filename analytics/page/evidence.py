"""Evidence in words: why an organisation is named, and how far that can be believed."""

from typing import NamedTuple

from frontdesk.analytics.answer import Organisation
from frontdesk.analytics.page.words import CONFIDENCE
from frontdesk.enrich.organisation import METHOD_WORDS


class Evidence(NamedTuple):
    """Why an organisation is named: who it is, what kind, and how sure that is, a sentence each."""

    name: str
    kind: str
    confidence: str
    networks: str


def evidence_of(organisation: Organisation) -> Evidence:
    """What the name of an organisation rests on."""
    method = METHOD_WORDS.get(organisation.method, organisation.method)
    return Evidence(
        f"{organisation.source}: {method}",
        _rule(organisation.rule),
        CONFIDENCE.get(organisation.confidence, organisation.confidence),
        _networks(*organisation.prefix_lengths),
    )


def _rule(rule: str) -> str:
    """The rule that told the kind, such as `word: universit*`."""
    if rule == "own list":
        return "the group’s own list says so"
    kind, colon, what = rule.partition(": ")
    if kind == "word" and colon:
        return f"by the words “{what}” in its name"
    if kind == "read" and colon:
        return f"read by a person in a list of holders, as “{what}”"
    if kind.startswith("list") and colon:
        return f"by a list of others: {what}"
    return rule


def _networks(shortest: int, longest: int) -> str:
    if not longest:
        return "not known"
    size = f"/{shortest}" if shortest == longest else f"/{shortest} to /{longest}"
    return f"{size}, by the length of their prefix; the networks themselves are not shown, and no address is kept"
