"""The suggestion of another company's site: as data, as a header, and as a banner that needs no script."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import NamedTuple

from frontdesk.policy import Entity
from frontdesk.policy.routing import ENGLISH, Words

_LONGEST_HEADER = 256
_MOST_RANGES = 16


class Html(str):
    """Text that is HTML already, so that a template engine does not escape it once more."""

    __slots__ = ()

    def __html__(self) -> str:
        return str(self)


class Suggestion(NamedTuple):
    """A company that the visitor may want to go to instead of the one that is here.

    `address` is the page on its site. `reason` is `country` (it serves the place of the visitor's network), `account`
    (the visitor's account has its contract with it), `choice` or `remembered` (the visitor chose it).
    """

    entity: Entity
    here: Entity
    reason: str
    address: str

    @property
    def language(self) -> str | None:
        """The first language of the suggested site."""
        return self.entity.languages[0] if self.entity.languages else None

    def link(self) -> tuple[bytes, bytes]:
        """The suggestion as a header (RFC 8288)."""
        hreflang = f'; hreflang="{self.language}"' if self.language else ""
        return b"link", f'<{self.address}>; rel="alternate"{hreflang}'.encode()


class Site(NamedTuple):
    """The site of a company of the group: a link to `address` chooses it. `here` says whether this is the one."""

    entity: Entity
    address: str
    here: bool


class Banners:
    """Writes the banner in the policy's languages."""

    def __init__(self, text: Sequence[Words], parameter: str) -> None:
        self._text: Mapping[str, Words] = {words.language.lower(): words for words in text} or {"en": ENGLISH}
        self._first = next(iter(self._text.values()))
        self._parameter = parameter

    def banner(self, suggestion: Suggestion, accept_language: bytes = b"") -> Html:
        """The banner as a part of a page: a landmark with two links, which carry the choice, and no style of its own.

        The links hold nothing but the entity's id, so they stand on whichever page shows them.
        """
        words = self._words(accept_language)
        names = {"here": suggestion.here.legal_name, "there": suggestion.entity.legal_name}
        hreflang = f' hreflang="{suggestion.language}"' if suggestion.language else ""

        def told(sentence: str) -> str:
            return escape(sentence.format_map(names))

        def link(entity: Entity, sentence: str, more: str) -> str:
            return f'<a href="?{self._parameter}={entity.id}" rel="nofollow"{more}>{told(sentence)}</a>'

        return Html(
            f'<section class="frontdesk-suggestion" lang="{words.language}" aria-label="{told(words.go)}">'
            f"<p>{told(words.suggestion)}</p>"
            f"<p>{link(suggestion.entity, words.go, hreflang)} {link(suggestion.here, words.stay, '')}</p>"
            "</section>"
        )

    def _words(self, accept_language: bytes) -> Words:
        """The text in the language that the visitor prefers among those there are (RFC 4647, lookup)."""
        for wanted in _preferred(accept_language):
            words = self._text.get(wanted) or self._text.get(wanted.partition("-")[0])
            if words:
                return words
        return self._first


def _preferred(header: bytes) -> list[str]:
    """The language ranges of an `Accept-Language` header, the most wanted first; what is odd is left out."""
    ranges: list[tuple[float, str]] = []
    for part in header[:_LONGEST_HEADER].decode("latin-1").lower().split(",")[:_MOST_RANGES]:
        language, _, parameters = part.partition(";")
        weight = parameters.strip().removeprefix("q=") if parameters else "1"
        try:
            quality = float(weight)
        except ValueError:
            continue
        if 0 < quality <= 1:
            ranges.append((-quality, language.strip()))
    return [language for _, language in sorted(ranges, key=lambda item: item[0])]
