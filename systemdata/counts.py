"""Aggregate records: how many visits and objections an entity had in an hour, and nothing of whom."""

from collections import Counter
from collections.abc import Iterator
from threading import Lock
from typing import Final, NamedTuple

from frontdesk.policy import RetentionClass, Treatment
from frontdesk.systemdata import fields as f
from frontdesk.systemdata.minimise import MACHINES, agent_family
from frontdesk.systemdata.tags import Record, Tags, head

_HOUR: Final = 3_600
_FIELDS = (f.VISITS, f.ANONYMOUS, f.COUNTED, f.OBJECTED_DNT, f.OBJECTED_GPC, f.OBJECTED_BOTH, f.BOTS, f.BOTS_OBJECTED)


Came = tuple[str, str, str]
"""A treatment, the id of an entity, and a kind of network."""


class Tally(NamedTuple):
    """How a visit is counted: whose it is, how it is treated, what its visitor's browser says, whether it is a machine.

    `tags` are those of the policy that the visit came under. `kind` is the kind of network, for the operator only: no
    record tells it.
    """

    tags: Tags
    entity: str
    treatment: Treatment = Treatment.FULL
    dnt: bool = False
    gpc: bool = False
    bot: bool = False
    kind: str = "unknown"

    def counted(self) -> dict[str, bool]:
        """In which of the counts the visit is."""
        full = self.treatment is Treatment.FULL
        return {
            f.VISITS: True,
            f.ANONYMOUS: self.treatment is Treatment.ANONYMOUS,
            f.COUNTED: self.treatment is Treatment.COUNT,
            f.OBJECTED_DNT: self.dnt,
            f.OBJECTED_GPC: self.gpc,
            f.OBJECTED_BOTH: self.dnt and self.gpc,
            f.BOTS: self.bot,
            f.BOTS_OBJECTED: self.bot and not full,
        }

    def came(self) -> Came:
        """What the operator is told of the visit."""
        return self.treatment, self.entity, self.kind


def tally_of(
    tags: Tags,
    entity: str,
    treatment: Treatment,
    signals: tuple[str, bool],
    user_agent: bytes | None,
    kind: str = "unknown",
) -> Tally:
    """How a visit to the entity of an id is counted; a bot's is one whose agent says that it is a machine's."""
    return Tally(tags, entity, treatment, signals[0] == "1", signals[1], agent_family(user_agent) in MACHINES, kind)


class Counts:
    """The counters of one process. Several processes each write their own; the sum is the hour's."""

    def __init__(self) -> None:
        self.start_afresh()

    def start_afresh(self) -> None:
        """Have counted nothing: at first, and in a child after a fork."""
        self._hours: dict[int, dict[Tally, int]] = {}
        self._taken: Counter[Came] = Counter()
        self._taking = Lock()

    def add(self, at: float, tally: Tally, times: int = 1) -> None:
        """Count one visit, or several alike."""
        hour = int(at) // _HOUR
        visits = self._hours.get(hour)
        if visits is None:
            visits = self._hours[hour] = {}
        visits[tally] = visits.get(tally, 0) + times

    def take(self, before: float) -> Iterator[Record]:
        """The records of the hours that were over before a time. Each is given once, also to another thread.

        What came under two policies is told in two records, each with the tags of its own.
        """
        for hour in sorted(self._hours):
            if (hour + 1) * _HOUR > before:
                continue
            visits = self._take(hour)
            for tags, entity in dict.fromkeys((tally.tags, tally.entity) for tally in visits):
                yield _record(hour * _HOUR, tags, entity, visits)

    def total(self) -> Counter[Came]:
        """All visits that were counted since the start."""
        with self._taking:
            total = self._taken.copy()
            for visits in list(self._hours.values()):
                _add(total, visits.copy())
        return total

    def _take(self, hour: int) -> dict[Tally, int]:
        with self._taking:
            visits = dict(self._hours.pop(hour, {}))  # a copy: a visit may just be being counted
            _add(self._taken, visits)
        return visits


def _add(total: Counter[Came], visits: dict[Tally, int]) -> None:
    for tally, count in visits.items():
        total[tally.came()] += count


def _record(second: int, tags: Tags, entity: str, visits: dict[Tally, int]) -> Record:
    counted: Counter[str] = Counter()
    for tally, count in visits.items():
        if tally.entity == entity and tally.tags is tags:
            counted.update({name: count for name, counts in tally.counted().items() if counts})
    record = head("aggregate", second) | {name: counted[name] for name in _FIELDS}
    return record | tags.of(RetentionClass.AGGREGATE, entity, second)
