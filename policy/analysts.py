"""Who may open the analyst's page, for which purposes, and how it knows them."""

from collections.abc import Iterator
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from frontdesk.policy.networks import Networks
from frontdesk.policy.problem import Problem
from frontdesk.policy.purposes import PURPOSES
from frontdesk.policy.secret import Secret

_Name = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,62}\Z")]
_User = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_.@+-]{1,64}\Z")]
_Header = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]{0,62}\Z")]
_Host = Annotated[str, Meta(pattern=r"^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?\Z")]

# Headers that browsers send by themselves, or that say something else: whoever can open a page can write them.
_NO_USER = frozenset({"authorization", "cookie", "host", "origin", "referer", "user-agent", "x-forwarded-for"})


class Analyst(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A role of people who read reports: what for, and how one of them is known, by a token or by name.

    The first purpose is the one that questions are asked for, unless a person of the role chooses another of them.
    """

    name: _Name
    purposes: Annotated[tuple[str, ...], Meta(min_length=1)]
    token: Secret | UnsetType = UNSET
    users: tuple[_User, ...] = ()


class AnalystsPage(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How the page is reached: by which names, and which proxies say in which header who somebody is."""

    hosts: tuple[_Host, ...] = ()
    user_header: _Header | UnsetType = UNSET
    trusted: Networks = Networks()
    idle_minutes: Annotated[int, Meta(ge=1, le=720)] = 30
    session_hours: Annotated[int, Meta(ge=1, le=24)] = 8


def analyst_problems(analysts: tuple[Analyst, ...], page: AnalystsPage, kept_for: tuple[str, ...]) -> Iterator[Problem]:
    """What cannot be followed in the tables of the page and its analysts, where visits are kept for some purposes."""
    yield from _page_problems(page)
    names: set[str] = set()
    users: set[str] = set()
    for number, analyst in enumerate(analysts):
        key = f"analysts[{number}]"
        if analyst.name in names:
            yield Problem(f"{key}.name", f"{analyst.name!r} is taken already")
        names.add(analyst.name)
        yield from _purpose_problems(key, analyst, kept_for)
        if analyst.token is UNSET and not analyst.users:
            yield Problem(key, "nobody can be known as this: give it a token, or the names of its users")
        if analyst.users and page.user_header is UNSET:
            yield Problem(f"{key}.users", "needs page.user_header, the header in which your proxy names a user")
        for user in analyst.users:
            if user in users:
                yield Problem(f"{key}.users", f"{user!r} has a role already")
            users.add(user)


def _page_problems(page: AnalystsPage) -> Iterator[Problem]:
    if page.user_header is not UNSET and not page.trusted:
        yield Problem("page.user_header", "needs page.trusted, the networks of the proxies that are believed")
    if page.user_header in _NO_USER:
        yield Problem("page.user_header", "is a header that anybody can send; name the one that your proxy sets")
    for index, text in enumerate(page.trusted.texts):
        if Networks([text]).holds_everything():
            yield Problem(f"page.trusted[{index}]", "this trusts everybody: name the networks of your proxies")


def _purpose_problems(key: str, analyst: Analyst, kept_for: tuple[str, ...]) -> Iterator[Problem]:
    with_reports = [name for name, purpose in PURPOSES.items() if purpose.reports]
    for index, purpose in enumerate(analyst.purposes):
        where = f"{key}.purposes[{index}]"
        if purpose not in PURPOSES:
            yield Problem(where, f"no such purpose; known are {', '.join(PURPOSES)}")
        elif purpose not in with_reports:
            yield Problem(where, f"no reports are made for this purpose; they are for {', '.join(with_reports)}")
        elif purpose not in kept_for:
            told = f"visits are not kept for this purpose, but for {', '.join(kept_for) or 'none'}"
            yield Problem(where, f"{told} (retention.visit.purposes)")
