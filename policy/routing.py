"""Routing between the sites of the group, as the policy has it: what may be suggested, and when a visitor is led on."""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from frontdesk.policy.port import PORT

# Regulation (EU) 2018/302 holds in the Union and, by the EEA Agreement, in Iceland, Liechtenstein and Norway.
EEA = (
    *("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IS", "IT", "LI"),
    *("LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK"),
)

# CNIL: a tracker that remembers a choice lives 13 months at most, and is not silently renewed.
LONGEST_COOKIE_DAYS = 395

Origin = Annotated[str, Meta(pattern=r"^https://[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?(:" + PORT + r")?\Z")]
"""An origin (RFC 6454) that is reached by https."""

Language = Annotated[str, Meta(pattern=r"^[a-z]{2,3}(-[A-Z]{2})?\Z")]
"""A language, with a country where it matters (RFC 5646): `de`, `en-GB`."""

PagePath = Annotated[str, Meta(pattern=r"^/(?:(?:[A-Za-z0-9._~-]+|\{[a-z_]+\})(?:/(?=.))?)*/?\Z", max_length=200)]
"""A path of a page, such as `/products/{product}`; a name in braces stands for one part of it."""

ExemptPath = Annotated[str, Meta(pattern=r"^/[A-Za-z0-9._~/-]*\*?\Z", max_length=200)]
"""A path, or with a star at its end every path that begins so."""

Sentence = Annotated[str, Meta(min_length=1, max_length=300)]


class Mode(StrEnum):
    """What is done for a visitor whose place another company serves, from least to most."""

    OFF = "off"
    SUGGEST = "suggest"
    REDIRECT_WITH_CONSENT = "redirect_with_consent"
    REDIRECT = "redirect"


class On(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where a page lies on the site of one entity."""

    entity: str
    path: PagePath


class Page(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A page that several sites have: at `path` on each, but for those that `on` names. Other pages are not shared."""

    path: PagePath | None = None
    on: tuple[On, ...] = ()


class Words(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The banner's text in one language. `{here}` and `{there}` stand for the legal names of the two companies."""

    language: Language
    suggestion: Sentence
    go: Sentence
    stay: Sentence


ENGLISH = Words(
    language="en",
    suggestion="This is the site of {here}; {there} serves your region.",
    go="Go to {there}",
    stay="Stay with {here}",
)


class Routing(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How visitors learn of the company that serves their place. It is a suggestion, which they always overrule."""

    mode: Mode = Mode.SUGGEST
    parameter: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_-]{0,31}\Z")] = "region"
    cookie: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{1,64}\Z")] = "__Host-frontdesk-choice"
    cookie_days: Annotated[int, Meta(ge=1, le=LONGEST_COOKIE_DAYS)] = 180
    consent_countries: tuple[str, ...] = EEA
    entry_paths: tuple[PagePath, ...] = ("/",)
    exempt_paths: tuple[ExemptPath, ...] = ()
    pages: tuple[Page, ...] = ()
    text: tuple[Words, ...] = (ENGLISH,)
