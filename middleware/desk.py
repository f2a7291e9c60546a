"""The desk: one visit from its headers to its record, without any server around it.

The ASGI middleware and `frontdesk explain` both ask it, so what is explained is what happens.
"""

from collections.abc import Iterable
from time import monotonic
from typing import NamedTuple

from frontdesk.enrich import Enricher, Entities
from frontdesk.enrich.web_service import MISSES, WebService
from frontdesk.enrich.web_service.answer import laid_over
from frontdesk.middleware.address import ClientAddress, Step, find_client
from frontdesk.middleware.asked import NOTHING_ASKED, Asked
from frontdesk.middleware.guest import Guest, Guests
from frontdesk.middleware.routing import Router
from frontdesk.middleware.seen import Seen
from frontdesk.middleware.signals import SILENT, Signals, read
from frontdesk.middleware.visit import Account, Visit
from frontdesk.policy import Policy
from frontdesk.policy.bounded import keep
from frontdesk.systemdata import Recorder
from frontdesk.systemdata.concealed import Concealed
from frontdesk.systemdata.contract import Contract
from frontdesk.systemdata.daily_id import DailyIds
from frontdesk.systemdata.minimise import network_of
from frontdesk.systemdata.tags import Record
from frontdesk.systemdata.visit import Arrived

_MOST_REMEMBERED = 4096
# Longer headers are read each time, so that nobody can fill the memory with them.
_LONGEST_REMEMBERED = 1024
# Seconds that it is remembered how somebody came who objected: those between two looks of the rounds.
_MOMENT = 2.0
# Where the client is the peer itself, or nobody, whatever its headers say.
_BELIEVED_NOBODY = frozenset({"peer", "no_peer"})


_Way = tuple[str | bytes | None, ...]
"""How somebody came: the peer, and the header fields that tell guests apart."""


class Greeting:
    """A cached answer for all requests that come the same way: the guest, and whether more was brought than believed.

    `forged` says whether that is what no proxy writes; `missed` whether the web service may be asked about the address.
    """

    __slots__ = ("address", "forged", "guest", "ignored", "missed")

    def __init__(self, guest: Guest, address: Concealed, *, ignored: bool, forged: bool, missed: bool) -> None:
        self.guest = guest
        self.address = address
        self.ignored = ignored
        self.forged = forged
        self.missed = missed


class Lookups(NamedTuple):
    """How often the desk looked who comes: by an answer that it remembered, or in the database."""

    cached: int
    made: int

    def and_(self, others: "Lookups") -> "Lookups":
        """The sum."""
        return Lookups(self.cached + others.cached, self.made + others.made)

    def less(self, others: "Lookups") -> "Lookups":
        """The difference."""
        return Lookups(self.cached - others.cached, self.made - others.made)


class Desk:
    """Receives visits under one policy, with one database, and with a web service and ids of the day where the policy
    has them.
    """

    def __init__(
        self,
        policy: Policy,
        enricher: Enricher,
        web_service: WebService | None = None,
        ids: DailyIds | None = None,
    ) -> None:
        self.policy = policy
        self.ids = ids
        self.entities = Entities(policy)
        self.recorder = Recorder(policy, enricher.version)
        self.router = Router(policy, self.entities)
        self._guests = Guests(policy, self.entities, self.recorder)
        self._header = policy.proxies.header.encode()
        self._proxies = policy.proxies
        self._enricher = enricher
        # An answer of the web service is laid over what the database says of the very network.
        self._found = enricher.find if web_service else enricher.arriving
        self._web_service = web_service
        self._stranger = self._guests.stranger()
        self._greetings: dict[_Way, Greeting] = {}
        self._passing: dict[_Way, Greeting] = {}  # of who objected, for as long as a page and its parts take
        self._passing_since = 0.0
        self._in_use = True
        self._welcomed = self._looked = 0
        self._misses = MISSES if web_service else frozenset()

    def _greet(self, peer: str | None, seen: Seen, came: _Way) -> Greeting:
        """Who came, from the peer and the header fields; remembered for all who come the same way."""
        forwarding = seen.lines(self._header)
        client = self.find(peer, forwarding)
        believed = not forwarding or client.source not in _BELIEVED_NOBODY
        guest = self._guests.of(self.arrive(client), self.host(seen), _signals(seen), seen.last(b"user-agent"))
        missed = guest.arrived.finding.reason in self._misses
        ignored, forged = client.ignored, client.forged
        greeting = Greeting(guest, Concealed(client.address), ignored=ignored, forged=forged, missed=missed)
        self._looked += 1
        # Nothing of an unbelieved header reaches the memory: a stranger must not be able to turn it over.
        if believed and not seen.repeats and sum(map(len, filter(None, came))) <= _LONGEST_REMEMBERED:
            self._remember(came, greeting)
        return greeting

    def _remember(self, came: _Way, greeting: Greeting) -> None:
        now = monotonic()
        if now - self._passing_since >= _MOMENT:  # the disk may hold up the rounds
            self._passing.clear()
            self._passing_since = now
        keep(self._passing if greeting.guest.objected else self._greetings, came, greeting, _MOST_REMEMBERED)
        if not self._in_use:
            self.retire()

    def forget(self) -> None:
        """Remember nothing any more of how visitors came who objected. The rounds say so every two seconds."""
        self._passing.clear()

    def retire(self) -> None:
        """Be in use no more but for visits under way, which may be long: of others nothing is remembered as long."""
        self._in_use = False
        self._passing.clear()
        self._greetings.clear()

    def lookups(self) -> Lookups:
        """How often it looked who comes."""
        return Lookups(self._welcomed - self._looked, self._looked)

    def welcome(
        self, peer: str | None, seen: Seen, asked: Asked = NOTHING_ASKED, account: Account | None = None
    ) -> tuple[Visit, Greeting]:
        """The visit that an app sees, before the app runs."""
        self._welcomed += 1
        fields = seen.fields
        forwarded, host, agent = fields.get(self._header), fields.get(b"host"), fields.get(b"user-agent")
        came = (peer, forwarded, host, fields.get(b"dnt"), fields.get(b"sec-gpc"), agent)
        greeting = None if seen.repeats else self._greetings.get(came) or self._passing.get(came)
        if greeting is None:
            greeting = self._greet(peer, seen, came)
        guest = greeting.guest
        # Of somebody whose browser says anything of privacy a third party is told nothing, whatever the policy says.
        if greeting.missed and not seen.lines(b"dnt") and not seen.lines(b"sec-gpc"):
            guest = self._answered(guest, greeting.address)
        return Visit(guest, self.router, asked, account), greeting

    def find(self, peer: str | None, forwarding: Iterable[bytes], steps: list[Step] | None = None) -> ClientAddress:
        """The client address, from the peer and every field line of the one forwarding header."""
        return find_client(self._proxies, peer, [line.decode("latin-1") for line in forwarding], steps)

    def arrive(self, client: ClientAddress) -> Arrived:
        """What is found of a client. From here on nothing knows the address itself."""
        network = None if client.address is None else network_of(client.address)
        return Arrived(client.source, network, self._found(client.text))

    def visit(self, arrived: Arrived, seen: Seen, asked: Asked = NOTHING_ASKED) -> Visit:
        """The visit of who arrived, with the signals that came along."""
        guest = self._guests.of(arrived, self.host(seen), _signals(seen), seen.last(b"user-agent"))
        return Visit(guest, self.router, asked)

    def forwarding(self, seen: Seen) -> tuple[bytes, ...]:
        """Every line of the one header that may tell the client."""
        return seen.lines(self._header)

    def host(self, seen: Seen) -> str | None:
        """The host that was asked for, if it is one of the group's; any other is a stranger's text."""
        hosts = seen.lines(b"host")
        if not hosts:
            return None
        name = hosts[0].decode("latin-1").partition(":")[0].lower()
        return name if self.entities.is_ours(name) else None

    def ask(self, method: str, path: str, query: bytes, seen: Seen) -> Asked:
        """What a request asks of routing."""
        return self.router.asked(method, path, path, query, seen)

    def move(self, visit: Visit) -> str | None:
        """Where to lead a visitor, or None: mostly nowhere."""
        asked = visit.asked
        if not self.router.moves(asked):
            return None
        country = visit.guest.arrived.finding.record.country
        address = self.router.move(visit.suggested(), country, asked, objected=visit.guest.objected)
        visit.led = address is not None
        return address

    def stranger(self) -> Visit:
        """A visit of which nothing could be found out, not even whether its visitor objects: so it is as if."""
        return Visit(self._stranger, self.router)

    def guest(self, visit: Visit) -> Guest:
        """The visitor at the end of a visit, who may have chosen another company on the way, or have an account."""
        guest = visit.guest
        entity = visit.entity_answer()
        return guest if entity is guest.entity else self._guests.of_another(guest, entity)

    def contract(self, visit: Visit, contract: Contract) -> Record:
        """The record of which company was named in a visit for a contract."""
        return contract.record(self.recorder.tags, visit.entity_answer().entity, stays=visit.guest.signals.gpc)

    def _answered(self, guest: Guest, address: Concealed) -> Guest:
        """The guest, by the answer of the web service, where there is one already."""
        missed = address.reveal()
        answer = self._web_service.find(missed) if self._web_service and missed else None
        if answer is None or missed is None:
            return guest
        v6 = len(missed) > 4  # noqa: PLR2004
        arrived = guest.arrived
        arrived = arrived._replace(finding=laid_over(arrived.finding, answer, self._enricher, v6=v6))
        return self._guests.of(arrived, guest.host, guest.signals, guest.user_agent)


def _signals(seen: Seen) -> Signals:
    dnt, gpc = seen.lines(b"dnt"), seen.lines(b"sec-gpc")
    return read(dnt, gpc) if dnt or gpc else SILENT
