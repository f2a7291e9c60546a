"""The visit, as an app sees it at `request.state.visit`."""

from frontdesk.enrich import Entities, EntityAnswer, Organisation
from frontdesk.middleware.signals import Signals
from frontdesk.policy import Entity, Treatment
from frontdesk.systemdata.record import Arrived


class Visit:
    """One visit: where it comes from and what may be done with that. It holds no address.

    Set `route` to name the page in the record where no router does, as in a plain ASGI app: a template such as
    `/products/{id}`, never the path that was asked for.
    """

    __slots__ = ("_answer", "_arrived", "_entities", "host", "route", "signals", "treatment")

    def __init__(
        self, arrived: Arrived, signals: Signals, treatment: Treatment, host: str | None, entities: Entities
    ) -> None:
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

    def __repr__(self) -> str:
        return f"<Visit from {self.country or 'unknown'}, {self.network_type}, for {self.entity.id}>"
