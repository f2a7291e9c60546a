"""Which company of the group a visit belongs to, and why."""

from typing import NamedTuple

from frontdesk.policy import Entity, Policy


class EntityAnswer(NamedTuple):
    """An entity and the reason for it: `host`, `country` or `default`."""

    entity: Entity
    reason: str


class Entities:
    """The companies of the group, found by host, then by country, else the default one."""

    def __init__(self, policy: Policy) -> None:
        by_id = {entity.id: entity for entity in policy.entities}
        self._default = EntityAnswer(by_id[policy.default_entity], "default")
        self._by_host = {host: EntityAnswer(entity, "host") for entity in policy.entities for host in entity.hosts}
        self._by_country = {
            country: EntityAnswer(entity, "country") for entity in policy.entities for country in entity.countries
        }

    def of(self, host: str | None, country: str | None) -> EntityAnswer:
        """The entity for a host (lower case, no port) and a country code; either may be unknown."""
        return self._by_host.get(host or "") or self._by_country.get(country or "") or self._default

    def is_ours(self, host: str | None) -> bool:
        """Whether a host is one that the policy names. Any other is text from a request, and is not recorded."""
        return host in self._by_host
