"""What a record may know of a visit: who arrived, what was asked and answered, what was suggested. No address."""

from typing import NamedTuple

from frontdesk.enrich import Finding


class Exchange(NamedTuple):
    """The request and the answer, as far as a record may know of them.

    `route` is the template that a router matched, never the path that was asked for. `host` is one that the policy
    names, or None. `outcome` is `complete`, `error` or `disconnected`; `error` the type of an unhandled exception.
    """

    method: str
    scheme: str
    host: str | None = None
    route: str | None = None
    status: int | None = None
    outcome: str = "complete"
    error: str | None = None


Exchanged = tuple[str, str, str | None, str | None, int | None, str, str | None]
"""The fields of an `Exchange`: what each visit makes is a key to look up by, and no more."""


class Suggested(NamedTuple):
    """The id of the entity that was suggested to a visitor, and what became of it.

    It was `shown` (in the answer, or to the app that asked), the visitor was `led` there, or by a click it was `taken`
    or `declined`.
    """

    entity: str
    outcome: str


class Standing:
    """How a visitor stands: what lines say of the network, the browser and the company, in parts that many share.

    `may_identify` says that the network may identify somebody.
    """

    __slots__ = ("agent", "anonymous", "company", "entity", "finding", "may_identify", "network")

    def __init__(
        self,
        network: bytes,
        finding: bytes,
        agent: bytes,
        company: bytes,
        entity: str,
        *,
        anonymous: bool,
        may_identify: bool,
    ) -> None:
        self.network = network
        self.finding = finding
        self.agent = agent
        self.company = company
        self.entity = entity
        self.anonymous = anonymous
        self.may_identify = may_identify


class Arrived(NamedTuple):
    """Who came, without the address: where it came from, the network that stands for it, and what was found."""

    source: str
    network: str | None
    finding: Finding
