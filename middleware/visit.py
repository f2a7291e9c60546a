"""The visit, as an app sees it at `request.state.visit`."""

import time
from collections.abc import Callable, Mapping

from frontdesk.enrich import EntityAnswer, Organisation
from frontdesk.enrich.entity import whereabouts
from frontdesk.middleware.asked import NOTHING_ASKED, Asked
from frontdesk.middleware.complaint import complain
from frontdesk.middleware.guest import Guest
from frontdesk.middleware.notes import OVER, Noted, Notes
from frontdesk.middleware.routing import Router
from frontdesk.middleware.signals import Signals
from frontdesk.middleware.suggestion import Html, Site, Suggestion
from frontdesk.policy import Entity, Treatment
from frontdesk.policy.purposes import DataClass
from frontdesk.systemdata import RefusedError
from frontdesk.systemdata.contract import Contract, ContractingEntity, check
from frontdesk.systemdata.incident import Detail, Incident, incident
from frontdesk.systemdata.visit import Suggested

Account = Callable[[], Entity | None]
"""Asks the app for the entity that the visitor's account has its contract with, if it knows one by now."""


class Visit:
    """One visit: where it comes from and what may be done with that. It holds no address.

    Set `route` to name the page in the record where no router does, as in a plain ASGI app: a template such as
    `/products/{id}`, never the path that was asked for.

    What an app asks is noted: an answer that depends on where the visitor comes from is kept out of shared caches.
    So ask before the answer begins.
    """

    __slots__ = (
        "_account",
        "_notes",
        "_router",
        "_shows",
        "_suggested",
        "asked",
        "chose",
        "guest",
        "led",
        "place_told",
        "route",
        "signals_told",
    )

    def __init__(
        self,
        guest: Guest,
        router: Router,
        asked: Asked = NOTHING_ASKED,
        account: Account | None = None,
    ) -> None:
        self.guest = guest  # what is known of the visitor, without noting that anybody asked
        self._router = router
        self.asked = asked
        self.chose = asked.choice is not None  # asked for several times in each visit
        self._account = account
        self._notes: Notes | None = None
        self.route: object = None  # a text; whatever else an app puts there is passed over
        # The suggestion, for the account that it was made for: the app may come to know one on the way.
        self._suggested: tuple[Entity | None, Suggestion | None] | None = None
        self._shows = self.led = self.place_told = self.signals_told = False

    @property
    def address_source(self) -> str:
        """How the client address was found, or why not: see `frontdesk.middleware.address.ClientAddress`."""
        self.place_told = True
        return self.guest.arrived.source

    @property
    def host(self) -> str | None:
        """The host that was asked for, where it is one of the group's."""
        return self.guest.host

    @property
    def country(self) -> str | None:
        """The country of the network, as an ISO 3166-1 code."""
        self.place_told = True
        return self.guest.arrived.finding.record.country

    @property
    def subdivision(self) -> str | None:
        """The part of the country as an ISO 3166-2 code, such as `US-CA`, where the database tells."""
        self.place_told = True
        return self.guest.arrived.finding.record.region

    @property
    def network_type(self) -> str:
        """What kind of network it is, such as `education`, `isp` or `unknown`."""
        self.place_told = True
        return self.guest.arrived.finding.record.type

    @property
    def organisation(self) -> Organisation | None:
        """The organisation that visits, with evidence and confidence; None where `organisation_reason` says why."""
        self.place_told = True
        return None if self.objected else self.guest.arrived.finding.organisation

    @property
    def organisation_reason(self) -> str | None:
        """Why no organisation is named, such as `access_network`; None where one is."""
        self.place_told = True
        return "objected" if self.objected else self.guest.arrived.finding.reason

    @property
    def signals(self) -> Signals:
        """What the visitor's browser says of privacy."""
        self.signals_told = True
        return self.guest.signals

    @property
    def treatment(self) -> Treatment:
        """What the policy keeps of this visitor."""
        self.signals_told = True
        return self.guest.treated

    @property
    def objected(self) -> bool:
        """Whether the visitor asked not to be tracked, by a signal that the policy honours."""
        self.signals_told = True
        return self.guest.objected

    @property
    def entity(self) -> Entity:
        """The company of the group that this visit belongs to."""
        self.place_told = True
        return self.entity_answer().entity

    @property
    def entity_reason(self) -> str:
        """Why this entity: `choice`, `remembered`, `account`, `host`, `country` or `default`."""
        self.place_told = True
        return self.entity_answer().reason

    @property
    def suggestion(self) -> Suggestion | None:
        """The company whose site this visitor may rather want, with its address; None where this one is right.

        It is a suggestion: show it, for instance by `banner`, and let the visitor decide.
        """
        self.place_told = self.place_told or not self.asked.exempt
        return self.shown()

    def banner(self) -> Html:
        """The suggestion as a part of an HTML page, in the visitor's language; empty where nothing is suggested."""
        self.place_told = self.place_told or not self.asked.exempt
        try:
            return self._router.banner(self.shown(), self.asked)
        except Exception as error:  # noqa: BLE001 - no page fails because of its banner
            self._shows = False
            complain(error)
            return Html("")

    def sites(self) -> tuple[Site, ...]:
        """All sites of the group, with the address of this page on each, by which a visitor chooses it.

        Show them somewhere on every page: whoever was led or suggested elsewhere must find the way back.
        """
        return self._router.sites(self.host, self.asked)

    def link(self, address: object) -> str:
        """A link to another page of this site, which carries the choice of a visitor of whom nothing is remembered.

        `address` is a text, or what `request.url_for` gives. Where the visitor did not object, or chose nothing in the
        address of this page, it is the address as it is.
        """
        return self._router.carried(str(address), self.host, self.asked, objected=self.objected)

    def entity_answer(self) -> EntityAnswer:
        """The entity with its reason, for the record. Until the app knows the account, the account says nothing."""
        if self.chose and (choice := self._router.chosen(self.host, self.asked)):
            return EntityAnswer(*choice)
        account = self._of_account()
        return self.guest.entity if account is None else EntityAnswer(account, "account")

    def is_as_the_rules_say(self) -> bool:
        """Whether neither a choice nor an account can have a say in whose visit this is."""
        return not self.chose and self._account is None

    def suggested(self) -> Suggestion | None:
        """What is suggested, without noting that anybody asked."""
        account = self._of_account()
        if self._suggested is None or self._suggested[0] is not account:
            self._suggested = account, self._suggestion(self.asked, account)
        return self._suggested[1]

    def shown(self) -> Suggestion | None:
        """What is suggested, to be shown to the visitor."""
        found = self.suggested()
        self._shows = found is not None
        return found

    def outcome(self) -> Suggested | None:
        """What place or account suggested in this visit and what became of it, for the record.

        A reminder of what the visitor chose before is no suggestion, and a link on a stranger's page answers none.
        """
        if not self.chose and not self._shows and not self.led:
            return None
        choice = self.asked.choice
        if choice is None:
            found = self.suggested()
            return found and Suggested(found.entity.id, "led" if self.led else "shown")
        if choice.reason != "choice" or not self.asked.clicked:
            return None
        found = self._suggestion(self.asked._replace(choice=None), self._of_account())
        return found and Suggested(found.entity.id, "taken" if found.entity.id == choice.entity.id else "declined")

    def report_incident(
        self,
        kind: str,
        *,
        account: str | None = None,
        details: Mapping[str, Detail] | None = None,
        data_class: DataClass | str = DataClass.SYSTEM_DATA,
    ) -> None:
        """Report something malicious in this visit, such as `brute_force`, as a security record.

        The record is written when the request ends, for a visitor who objected too: its purpose is another one. It has
        the client address, encrypted under a key that lasts as long as the record.

        Args:
            kind: what happened, in lower-case letters, digits and `_`.
            account: the opaque id of the account that it happened to, and nothing else of that account.
            details: at most 16 plain values by short keys: numbers, truth values, texts of up to 200 characters.
            data_class: what the details are. All but System Data is refused.

        Raises:
            RefusedError: this may not stand in the book, or the visit is over; nothing is written.
        """
        self.note(incident(kind, time.time(), account=account, details=details, data_class=data_class))

    def contracting_entity(
        self, *, account: str | None = None, override: str | None = None, because: str | None = None
    ) -> ContractingEntity:
        """The company that must be party to a contract with this visitor, with the reason, as a suggestion to a person.

        The answer is recorded when the request ends, once however often it is asked for, so that it can be shown later
        which company was named and why. What the visitor chose comes before what the rules suggest, and what the app
        says before both.

        Args:
            account: the opaque id of the account that the contract is for, and nothing else of that account.
            override: the id of the entity that the app, or the person in front of it, names instead.
            because: why, in words of the app's own: up to 200 characters, and nothing of a person.

        Raises:
            RefusedError: there is no such entity, an override without a reason, this may not stand in the book, or the
                visit is over; nothing is written.
        """
        check(account, override, because)
        self.place_told = True
        place = self.guest.arrived.finding.record
        suggested = self._router.entities.contracting(self._of_account(), self.host, place)
        entity, reason = self._overridden(override) or self._router.chosen(self.host, self.asked) or suggested
        answer = ContractingEntity(entity, reason, suggested)
        country = whereabouts(place)[0] if self.guest.treated is Treatment.FULL else None
        self._open_notes().named(Contract(time.time(), answer, country, account, because))
        return answer

    def note(self, happened: Incident) -> None:
        """Note an incident; one that is noted again within the visit is counted. Raises `RefusedError`."""
        self._open_notes().happened(happened)

    def end(self) -> Noted | None:
        """End the visit: nothing more can be noted. What was noted in it, if anything was."""
        notes, self._notes = self._notes, OVER
        return None if notes is None else notes.end()

    def _overridden(self, entity_id: str | None) -> EntityAnswer | None:
        if entity_id is None:
            return None
        entity = self._router.entities.named(entity_id)
        if entity is None:
            raise RefusedError(f"override names no entity of the policy; it has {', '.join(self._router.entities.ids)}")
        return EntityAnswer(entity, "override")

    def _open_notes(self) -> Notes:
        """The notes of this visit; most visits have none."""
        if self._notes is None:
            self._notes = Notes()
        return self._notes

    def _suggestion(self, asked: Asked, account: Entity | None) -> Suggestion | None:
        return self._router.suggestion(self.host, self.guest.arrived.finding, asked, account)

    def _of_account(self) -> Entity | None:
        return None if self._account is None else self._account()

    def __repr__(self) -> str:
        return f"<Visit to {self.host or 'a host that is not of the group'}>"
