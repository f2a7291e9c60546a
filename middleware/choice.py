"""A visitor's choice of a company: by a link that carries it, or remembered from one that was followed before."""

from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import parse_qsl

from frontdesk.enrich import Entities
from frontdesk.policy import Entity
from frontdesk.policy.routing import Routing

LED = "~"
"""Stands before an entity's id where the visitor was led to its site, and did not choose it."""

_OF_ADDRESSES = frozenset(":/.\\")  # none of them can stand in an entity's id
_LONGEST_QUERY = 8192
_MOST_FIELDS = 64
_DAY = 86_400


class Choice(NamedTuple):
    """The entity that a visitor chose, and how: `choice` (this very request carries it) or `remembered`."""

    entity: Entity
    reason: str


class Choices:
    """Reads choices out of requests, and writes the cookie that remembers one."""

    def __init__(self, routing: Routing, entities: Entities) -> None:
        self._parameter = routing.parameter
        self._in_query = routing.parameter.encode() + b"="
        self._in_cookie = routing.cookie.encode() + b"="
        self._entities = entities
        # Without a Domain it is of this host alone; `__Host-` names make browsers see to that.
        self._attributes = f"; Path=/; Max-Age={routing.cookie_days * _DAY}; Secure; HttpOnly; SameSite=Lax"
        self.forgetting = (b"set-cookie", self._in_cookie + b"; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax")

    def concern(self, query: bytes, cookies: Sequence[bytes]) -> bool:
        """Whether a request may carry a choice at all: most do not."""
        return self._in_query in query or any(self._in_cookie in line for line in cookies)

    def read(self, query: bytes, cookies: Sequence[bytes]) -> Choice | None:
        """What the visitor chose. A value that is no entity's id is ignored, and so are two that differ."""
        if self._in_query in query and (entity := self._entities.named(self._asked(query))):
            return Choice(entity, "choice")
        return self.remembered(cookies)

    def remembered(self, cookies: Sequence[bytes]) -> Choice | None:
        """What the visitor chose before."""
        remembered = self._remembered(cookies)
        return Choice(remembered, "remembered") if remembered else None

    def is_refused(self, query: bytes) -> bool:
        """Whether an address stands where an entity's id belongs: somebody tries where a link can lead."""
        return self._in_query in query and any(not _OF_ADDRESSES.isdisjoint(value) for value in self._values(query))

    def is_led(self, query: bytes) -> bool:
        """Whether the visitor was led here from the site of another company, without having chosen."""
        return self._in_query in query and (self._asked(query) or "").startswith(LED)

    def is_kept(self, cookies: Sequence[bytes]) -> bool:
        """Whether the browser has a cookie that remembers a choice, whatever it says."""
        return any(self._in_cookie in line for line in cookies)

    def cookie(self, entity: Entity) -> tuple[bytes, bytes]:
        """The header that remembers a choice: the entity's id, and nothing of the visitor."""
        return b"set-cookie", self._in_cookie + f"{entity.id}{self._attributes}".encode()

    def _asked(self, query: bytes) -> str | None:
        values = self._values(query)
        return values.pop() if len(values) == 1 else None

    def _values(self, query: bytes) -> set[str]:
        if len(query) > _LONGEST_QUERY:
            return set()
        try:
            fields = parse_qsl(query.decode("ascii"), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
        except ValueError:  # other bytes, or too many fields
            return set()
        return {value for name, value in fields if name == self._parameter}

    def _remembered(self, cookies: Sequence[bytes]) -> Entity | None:
        found = {
            pair.strip()[len(self._in_cookie) :]
            for line in cookies
            if self._in_cookie in line
            for pair in line.split(b";")
            if pair.strip().startswith(self._in_cookie)
        }
        return self._entities.named(found.pop().decode("latin-1")) if len(found) == 1 else None
