"""Which company of the group a visit belongs to, which one serves the visitor's place, and why."""

from typing import NamedTuple

from frontdesk.geodb import NetworkRecord
from frontdesk.policy import Entity, Policy

# Who comes through these is somewhere else than the network, so the network's place tells nothing of the visitor.
_ELSEWHERE = frozenset({"vpn", "tor", "proxy", "relay", "hosting", "cdn", "satellite", "reserved"})


class EntityAnswer(NamedTuple):
    """An entity and the reason for it: `choice`, `remembered`, `account`, `host`, `country` or `default`.

    Of the party to a contract, `override` and `contract_rule` too.
    """

    entity: Entity
    reason: str


def whereabouts(record: NetworkRecord) -> tuple[str | None, str | None]:
    """The country and subdivision of a network, where they are likely the visitor's."""
    return (None, None) if record.type in _ELSEWHERE else (record.country, record.subdivision)


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
        """The entity for a host (lower case, no port) and a place; any of them may be unknown.

        The subdivision is what follows the hyphen in ISO 3166-2.
        """
        return self._by_host.get(host or "") or self._of_place(country, subdivision) or self._default

    @property
    def ids(self) -> list[str]:
        """The ids of all entities, as the policy orders them."""
        return list(self._by_id)

    def named(self, name: str | None) -> Entity | None:
        """The entity with an id, if there is one."""
        return self._by_id.get(name or "")

    def at(self, host: str | None) -> Entity | None:
        """The entity whose site a host is."""
        answer = self._by_host.get(host or "")
        return answer.entity if answer else None

    def serving(self, record: NetworkRecord) -> Entity | None:
        """The entity that serves the place of a network, where the place is likely the visitor's."""
        answer = self._of_place(*whereabouts(record))
        return answer.entity if answer else None

    def contracting(self, account: Entity | None, host: str | None, record: NetworkRecord) -> EntityAnswer:
        """The entity that the rules suggest as the party to a contract.

        It is the one that the account has its contract with; the one that the policy's `contracts_with` names for the
        country; or that of the host, of the place, or the default one. A place that is likely not the visitor's own
        tells nothing.
        """
        if account is not None:
            return EntityAnswer(account, "account")
        country, subdivision = whereabouts(record)
        return self._by_contract.get(country or "") or self.of(host, country, subdivision)

    def is_ours(self, host: str | None) -> bool:
        """Whether a host is one that the policy names. Any other is text from a request, and is not recorded."""
        return host in self._by_host

    def _of_place(self, country: str | None, subdivision: str | None) -> EntityAnswer | None:
        # Databases tell the second half of `US-DE` only, which by itself would read as a country.
        part = self._by_place.get(f"{country}-{subdivision}") if country and subdivision else None
        return part or self._by_place.get(country or "")
