"""A visitor as the desk knows one: what is the same for each of the visits that come the same way."""

from frontdesk.enrich import Entities, EntityAnswer
from frontdesk.enrich.entity import whereabouts
from frontdesk.enrich.finding import NO_ADDRESS
from frontdesk.middleware.signals import SILENT, Signals, treatment
from frontdesk.policy import Policy, Treatment
from frontdesk.systemdata import Recorder
from frontdesk.systemdata.counts import Tally, tally_of
from frontdesk.systemdata.minimise import LONGEST_AGENT
from frontdesk.systemdata.visit import Arrived, Standing


class Guest:
    """Who arrived, by which host, with which signals; and what follows from that. It holds no address.

    `objected` says whether the policy treats this guest as one who did. `entity` is the company that the rules give,
    before any choice or account; `standing` what lines say while it is that one, or None where nothing is written;
    `tally` is how such a visit is counted.
    """

    __slots__ = (
        *("arrived", "entity", "host", "objected", "signals"),
        *("standing", "tally", "treated", "user_agent"),
    )

    def __init__(
        self,
        arrived: Arrived,
        host: str | None,
        signals: Signals,
        treated: Treatment,
        user_agent: bytes | None,
        entity: EntityAnswer,
        standing: Standing | None,
        tally: Tally,
    ) -> None:
        self.arrived = arrived
        self.host = host
        self.signals = signals
        self.treated = treated
        self.objected = treated is not Treatment.FULL
        self.user_agent = user_agent
        self.entity = entity
        self.standing = standing
        self.tally = tally

    def __repr__(self) -> str:
        return f"<Guest of {self.entity.entity.id}>"  # the agent's own words stay out of every text


class Guests:
    """Knows guests under one policy, with one database."""

    def __init__(self, policy: Policy, entities: Entities, recorder: Recorder) -> None:
        self._signals = policy.signals
        self._entities = entities
        self._recorder = recorder

    def of(self, arrived: Arrived, host: str | None, signals: Signals, user_agent: bytes | None) -> Guest:
        """The guest who arrived."""
        agent = user_agent and user_agent[:LONGEST_AGENT]
        return self._of(arrived, host, signals, treatment(self._signals, signals), agent)

    def stranger(self) -> Guest:
        """One of whom nothing could be found out: treated as strictly as the policy treats anybody who objects."""
        asked = {self._signals.dnt, self._signals.gpc}
        strictest = Treatment.COUNT if Treatment.COUNT in asked else Treatment.ANONYMOUS
        return self._of(Arrived("invalid", None, NO_ADDRESS), None, SILENT, strictest, None)

    def of_another(self, guest: Guest, entity: EntityAnswer) -> Guest:
        """The same guest, of another company than the rules give: by choice, or by account."""
        return self._guest(guest.arrived, guest.host, guest.signals, guest.treated, guest.user_agent, entity)

    def _of(
        self, arrived: Arrived, host: str | None, signals: Signals, treated: Treatment, user_agent: bytes | None
    ) -> Guest:
        entity = self._entities.of(host, *whereabouts(arrived.finding.record))
        return self._guest(arrived, host, signals, treated, user_agent, entity)

    def _guest(
        self,
        arrived: Arrived,
        host: str | None,
        signals: Signals,
        treated: Treatment,
        user_agent: bytes | None,
        entity: EntityAnswer,
    ) -> Guest:
        standing = self._recorder.standing(arrived, entity, treated, signals, user_agent)
        kind = arrived.finding.record.type
        tally = tally_of(self._recorder.tags, entity.entity.id, treated, signals, user_agent, kind)
        return Guest(arrived, host, signals, treated, user_agent, entity, standing, tally)
