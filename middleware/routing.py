"""Routing between the sites of the group: what a request asks for, what is suggested, and when a visitor is led on.

Nobody is led anywhere by an address alone but under the mode `redirect`, from the entry paths that the policy names,
and never from a country where that needs consent. What a visitor chose always wins.
"""

import re
from collections.abc import Container
from functools import partial
from typing import Any

from frontdesk.enrich import Entities, Finding
from frontdesk.middleware.asked import Asked
from frontdesk.middleware.choice import LED, Choice, Choices
from frontdesk.middleware.pages import Pages
from frontdesk.middleware.seen import Seen
from frontdesk.middleware.suggestion import Banners, Html, Site, Suggestion
from frontdesk.policy import Entity, Policy
from frontdesk.policy.bounded import keep
from frontdesk.policy.routing import Mode

_EXEMPT = re.compile(r"/robots\.txt|/[^/]*sitemap[^/]*\.(?:xml|txt)(?:\.gz)?|/favicon\.ico", re.DOTALL)
# The origin of an address. Ports are not told apart, as hosts are not by them.
_ORIGIN = re.compile(rb"https?://([a-zA-Z0-9.-]{1,253})(?::[0-9]{1,5})?(?:[/?#]|\Z)")
_OPENS = frozenset({"GET", "HEAD"})
# The very same origin, or the address bar. A neighbour, say a host for what users upload, is `same-site` only.
_OURS = frozenset({b"same-origin", b"none"})
# Most paths for machines end like this; all others are no such path.
_MACHINES_PATHS = (".txt", ".xml", ".gz", ".ico")
_CACHED_PAGES = 1024
_LONGEST_CACHED = 256


class Router:
    """Routes visits under one policy."""

    def __init__(self, policy: Policy, entities: Entities) -> None:
        self._routing = policy.routing
        self._off = policy.routing.mode is Mode.OFF
        self._leads = policy.routing.mode is Mode.REDIRECT
        self._essential = policy.routing.cookie in policy.cookies.essential
        self.entities = entities
        self._choices = Choices(policy.routing, entities)
        self._pages = Pages(policy)
        self._banners = Banners(policy.routing.text, policy.routing.parameter)
        self._entries = frozenset(policy.routing.entry_paths)
        self._exact = frozenset(path for path in policy.routing.exempt_paths if not path.endswith("*"))
        self._begun = tuple(path[:-1] for path in policy.routing.exempt_paths if path.endswith("*"))
        self._sites = {entity.id for entity in policy.entities if entity.site}
        others = [entity for entity in policy.entities if not self._off and self._sites - {entity.id}]
        self._plain = partial(_plain, self._exact, self._begun)
        self._pages_asked: dict[tuple[str, str, bytes], Asked] = {}
        self._varying = frozenset(host for entity in others for host in entity.hosts)

    def asked(self, method: Any, path: str, within: str, query: bytes, seen: Seen) -> Asked:
        """Read what a request asks, from its line and its header fields: by the path as its visitor sees it, and within
        the app.
        """
        fields = seen.fields
        languages = fields.get(b"accept-language", b"")
        if query or self._leads or b"cookie" in fields:
            cookies = seen.lines(b"cookie")
            if self._leads or self._choices.concern(query, cookies):
                return self._read(self._plain(path, within, languages), method, query, cookies, seen)
        key = (path, within, languages)
        return self._pages_asked.get(key) or self._asked(key)

    def _asked(self, page: tuple[str, str, bytes]) -> Asked:
        """What nothing is chosen in is asked again and again; a long text would only fill the memory."""
        asked, long = self._plain(*page), max(map(len, page)) >= _LONGEST_CACHED
        return asked if long else keep(self._pages_asked, page, asked, _CACHED_PAGES)

    def _read(self, plain: Asked, method: Any, query: bytes, cookies: tuple[bytes, ...], seen: Seen) -> Asked:
        """What is asked by a request that may carry a choice, or whose visitor may be led."""
        if plain.exempt or self._off:
            return plain
        last = seen.fields.get
        opens = (
            method in _OPENS
            and b"prefetch" not in last(b"sec-purpose", last(b"purpose", b""))
            and last(b"sec-fetch-mode", b"navigate") == b"navigate"
            and last(b"sec-fetch-dest", b"document") == b"document"
        )
        got, told, led_by_us = opens and method == "GET", b"sec-fetch-site" in seen.fields, self._led_by_us(seen)
        # What says nothing at all is believed, as a link in a message: else its visitor could not choose.
        ours = last(b"sec-fetch-site") in _OURS if told else led_by_us is not False
        choice = self._choices.read(query, cookies)
        in_address = choice is not None and choice.reason == "choice"
        return plain._replace(
            choice=choice,
            led=self._choices.is_led(query),
            refused=self._choices.is_refused(query),
            opens=opens,
            clicked=got and ours and (told or b"text/html" in last(b"accept", b"")),
            followed=got and not ours and (last(b"sec-fetch-user") == b"?1" or led_by_us is True),
            kept=in_address and self._choices.is_kept(cookies),
            ours=ours,
            before=self._choices.remembered(cookies) if in_address else None,
        )

    def _led_by_us(self, seen: Seen) -> bool | None:
        """Whether one of the group's own sites led here, which no other page can make a browser say; None if none is
        told. By this Safari vouches for a click, which has no `Sec-Fetch-User`, and whatever has no Fetch Metadata.
        """
        told = seen.fields.get(b"origin") or seen.fields.get(b"referer")
        if not told:
            return None
        found = _ORIGIN.match(told)
        return found is not None and self.entities.at(found[1].decode("ascii").lower()) is not None

    def chosen(self, host: str | None, asked: Asked) -> Choice | None:
        """What the visitor chose. One by a link on another site counts where that was followed, and says to stay."""
        choice = asked.choice
        if choice is None or choice.reason != "choice" or asked.ours:
            return choice
        return choice if asked.followed and self._stays(host, choice) else asked.before

    def _stays(self, host: str | None, choice: Choice) -> bool:
        here = self.entities.at(host)
        return here is not None and here.id == choice.entity.id

    def varies(self, host: str | None) -> bool:
        """Whether what this host answers may differ by the visitor's place: only there a suggestion can be made."""
        return host in self._varying

    def leads_from(self, asked: Asked) -> bool:
        """Whether some visitors are led elsewhere from a page, by their place."""
        return self._leads and asked.within in self._entries

    def suggestion(self, host: str | None, finding: Finding, asked: Asked, account: Entity | None) -> Suggestion | None:
        """What is suggested to a visitor of a host; nothing where the visitor chose to be here."""
        here = self.entities.at(host)
        if here is None or asked.exempt or self._off:
            return None
        if asked.choice is not None:
            wanted, reason = asked.choice
        elif account is not None:
            wanted, reason = account, "account"
        else:
            serving = self.entities.serving(finding.record)
            if serving is None:
                return None
            wanted, reason = serving, "country"
        if wanted.id == here.id or wanted.id not in self._sites:
            return None
        return Suggestion(wanted, here, reason, self._pages.address(asked.path, here, wanted))

    def sites(self, host: str | None, asked: Asked) -> tuple[Site, ...]:
        """All sites of the group, with the address of this page on each."""
        here = self.entities.at(host)
        return tuple(
            Site(there, self._pages.address(asked.path, here or there, there), there is here)
            for there in map(self.entities.named, self.entities.ids)
            if there is not None and there.site
        )

    def carried(self, address: str, host: str | None, asked: Asked, *, objected: bool) -> str:
        """A link within this site, with the choice in it where this request carries one that may not be remembered."""
        choice = self.chosen(host, asked)
        if not objected or self._essential or choice is None or choice.reason != "choice":
            return address
        rest, hash_, fragment = address.partition("#")
        mark = "&" if "?" in rest else "?"
        return f"{rest}{mark}{self._routing.parameter}={choice.entity.id}{hash_}{fragment}"

    def moves(self, asked: Asked) -> bool:
        """Whether a visitor may be led anywhere at all: mostly not, and nothing need be suggested to find that out."""
        return asked.opens and (asked.choice is not None or self._leads)

    def move(self, suggestion: Suggestion | None, country: str | None, asked: Asked, *, objected: bool) -> str | None:
        """Where to lead a visitor now, or None: by the choice that the request carries, by one made before where the
        mode says so, or by place where the mode, the path and the country's law allow it and nobody objected.
        """
        if suggestion is None or not asked.opens or asked.led:
            return None
        mode = self._routing.mode
        if suggestion.reason == "choice":
            return suggestion.address
        if suggestion.reason == "remembered":
            return suggestion.address if mode in {Mode.REDIRECT_WITH_CONSENT, Mode.REDIRECT} else None
        if not self.leads_from(asked) or objected:
            return None
        if country is None or country in self._routing.consent_countries:
            return None
        return self._pages.address(asked.path, suggestion.here, suggestion.entity, LED)

    def remembering(self, host: str | None, asked: Asked, *, objected: bool) -> tuple[bytes, bytes] | None:
        """The header that remembers the choice in the address, where it may be.

        A link on another site is nobody's choice to leave this one, so it is remembered only where it says to stay, and
        where somebody clicked it. Of a visitor who objected nothing is remembered, unless the policy calls that cookie
        essential; a choice from before is forgotten, or it would come back with the next page.
        """
        if asked.choice is None or asked.choice.reason != "choice" or not asked.opens:
            return None
        if not (asked.clicked or (asked.followed and self._stays(host, asked.choice))):
            return None
        if objected and not self._essential:
            return self._choices.forgetting if asked.kept else None
        return self._choices.cookie(asked.choice.entity)

    def banner(self, suggestion: Suggestion | None, asked: Asked) -> Html:
        """The banner of a suggestion, in the language that the visitor prefers; nothing where nothing is suggested."""
        return Html("") if suggestion is None else self._banners.banner(suggestion, asked.languages)


def _plain(exact: Container[str], begun: tuple[str, ...], path: str, within: str, languages: bytes) -> Asked:
    """What a request asks that carries no choice."""
    exempt = within in exact or within.startswith(begun) or within.startswith("/.well-known/")
    exempt = exempt or (within.endswith(_MACHINES_PATHS) and _EXEMPT.fullmatch(within) is not None)
    return Asked(path, within, exempt, languages)
