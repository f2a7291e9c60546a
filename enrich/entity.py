"""Which company of the group a visit belongs to, which one serves the visitor's place, and why."""

from typing import NamedTuple

from frontdesk.geodb import NetworkRecord
from frontdesk.policy import Entity, Policy

# Who comes through these is somewhere else than the network, so the network's place tells nothing of the visitor.
_ELSEWHERE = frozenset({"vpn", "tor", "proxy", "relay", "hosting", "cdn", "satellite", "reserved"})


class EntityAnswer(NamedTuple):
    """An entity and the reason for it: `choice`, `remembered`, `account`, `host`, `country` or `default`."""

    entity: Entity
    reason: str


class Entities:
    """The companies of the group, by what tells them."""

    def __init__(self, policy: Policy) -> None:
        self._by_id = {entity.id: entity for entity in policy.entities}
        self._default = EntityAnswer(self._by_id[policy.default_entity], "default")
        self._by_host = {host: EntityAnswer(entity, "host") for entity in policy.entities for host in entity.hosts}
        self._by_place = {
            place: EntityAnswer(entity, "country")
            for entity in policy.entities
            for place in (*entity.countries, *entity.subdivisions)
        }
        self._by_contract = {
            country: EntityAnswer(entity, "contract_rule")
            for entity in policy.entities
            for country in entity.contracts_with
        }

    def of(self, host: str | None, country: str | None, subdivision: str | None = None) -> EntityAnswer:
        """The entity for a host (lower case, no port) and a place (ISO 3166); any of them may be unknown."""
        return self._by_host.get(host or "") or self._of_place(country, subdivision) or self._default

    def named(self, name: str | None) -> Entity | None:
        """The entity with an id, if there is one."""
        return self._by_id.get(name or "")

    def at(self, host: str | None) -> Entity | None:
        """The entity whose site a host is."""
        answer = self._by_host.get(host or "")
        return answer.entity if answer else None

    def serving(self, record: NetworkRecord) -> Entity | None:
        """The entity that serves the place of a network, where the place is likely the visitor's."""
        if record.type in _ELSEWHERE:
            return None
        answer = self._of_place(record.country, record.subdivision)
        return answer.entity if answer else None

    def contracting(self, country: str | None) -> EntityAnswer | None:
        """The entity with which customers of a country must contract, where the policy has a rule for it."""
        return self._by_contract.get(country or "")

    def is_ours(self, host: str | None) -> bool:
        """Whether a host is one that the policy names. Any other is text from a request, and is not recorded."""
        return host in self._by_host

    def _of_place(self, country: str | None, subdivision: str | None) -> EntityAnswer | None:
        return self._by_place.get(subdivision or "") or self._by_place.get(country or "")
