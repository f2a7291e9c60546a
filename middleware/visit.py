"""The visit, as an app sees it at `request.state.visit`."""

import time
from collections.abc import Mapping

from frontdesk.enrich import Entities, EntityAnswer, Organisation
from frontdesk.middleware.signals import Signals
from frontdesk.policy import Entity, Treatment
from frontdesk.policy.purposes import DataClass
from frontdesk.systemdata import RefusedError
from frontdesk.systemdata.concealed import NOWHERE, Concealed
from frontdesk.systemdata.incident import Detail, Incident, incident
from frontdesk.systemdata.record import Arrived

_MOST_INCIDENTS = 16


class Visit:
    """One visit: where it comes from and what may be done with that. It shows no address.

    Set `route` to name the page in the record where no router does, as in a plain ASGI app: a template such as
    `/products/{id}`, never the path that was asked for.
    """

    __slots__ = (
        "_address",
        "_answer",
        "_arrived",
        "_ended",
        "_entities",
        "_incidents",
        "host",
        "route",
        "signals",
        "treatment",
    )

    def __init__(
        self,
        arrived: Arrived,
        signals: Signals,
        treatment: Treatment,
        host: str | None,
        entities: Entities,
        address: Concealed = NOWHERE,
    ) -> None:
        self._address = address
        self._incidents: list[Incident] = []
        self._ended = False
        self._arrived = arrived
        self._entities = entities
        self._answer: EntityAnswer | None = None
        self.signals = signals
        self.treatment = treatment
        self.host = host
        self.route: str | None = None

    @property
    def address_source(self) -> str:
        """How the client address was found, or why not: see `frontdesk.middleware.address.ClientAddress`."""
        return self._arrived.source

    @property
    def country(self) -> str | None:
        """The country of the network, as an ISO 3166-1 code."""
        return self._arrived.finding.record.country

    @property
    def subdivision(self) -> str | None:
        """The part of the country, where the database tells."""
        return self._arrived.finding.record.subdivision

    @property
    def network_type(self) -> str:
        """What kind of network it is, such as `education`, `isp` or `unknown`."""
        return self._arrived.finding.record.type

    @property
    def organisation(self) -> Organisation | None:
        """The organisation that visits, with evidence and confidence; None where `organisation_reason` says why."""
        return None if self.objected else self._arrived.finding.organisation

    @property
    def organisation_reason(self) -> str | None:
        """Why no organisation is named, such as `access_network`; None where one is."""
        return "objected" if self.objected else self._arrived.finding.reason

    @property
    def objected(self) -> bool:
        """Whether the visitor asked not to be tracked, by a signal that the policy honours."""
        return self.treatment is not Treatment.FULL

    @property
    def entity(self) -> Entity:
        """The company of the group that this visit belongs to."""
        return self.entity_answer.entity

    @property
    def entity_reason(self) -> str:
        """Why this entity: `host`, `country` or `default`."""
        return self.entity_answer.reason

    @property
    def entity_answer(self) -> EntityAnswer:
        """The entity with its reason."""
        if self._answer is None:
            self._answer = self._entities.of(self.host, self.country)
        return self._answer

    @property
    def arrived(self) -> Arrived:
        """What was found on arrival, for the record; an app asks the other properties, which honour an objection."""
        return self._arrived

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

    def note(self, happened: Incident) -> None:
        """Note an incident; one that is noted again within the visit is counted. Raises `RefusedError`."""
        if self._ended:
            raise RefusedError("the visit is over: report an incident before the request ends")
        for place, known in enumerate(self._incidents):
            if known[2:4] == happened[2:4] and known.kind == happened.kind:
                self._incidents[place] = known._replace(times=known.times + happened.times)
                return
        if len(self._incidents) >= _MOST_INCIDENTS:
            raise RefusedError(f"more than {_MOST_INCIDENTS} different incidents in one visit")
        self._incidents.append(happened)

    @property
    def address(self) -> Concealed:
        """The client address while the request lasts, out of sight; for the daily id and security records only."""
        return self._address

    def end(self) -> list[Incident]:
        """End the visit: it lets go of the address. What was reported in it."""
        incidents, self._incidents = self._incidents, []
        self._address, self._ended = NOWHERE, True
        return incidents

    def __repr__(self) -> str:
        return f"<Visit from {self.country or 'unknown'}, {self.network_type}, for {self.entity.id}>"
