"""Aggregate records: how many visits and objections an entity had in an hour, and nothing of whom."""

from collections import Counter
from collections.abc import Iterator

from frontdesk.policy import Entity, RetentionClass, Treatment
from frontdesk.systemdata import fields as f
from frontdesk.systemdata.tags import Record, Tags, head

_HOUR = 3_600
_FIELDS = (f.VISITS, f.ANONYMOUS, f.COUNTED, f.OBJECTED_DNT, f.OBJECTED_GPC, f.OBJECTED_BOTH, f.BOTS, f.BOTS_OBJECTED)


class Counts:
    """The counters of one process. Several processes each write their own; the sum is the hour's."""

    def __init__(self) -> None:
        self._hours: dict[tuple[int, Entity], Counter[str]] = {}

    def add(
        self,
        at: float,
        entity: Entity,
        treatment: Treatment,
        signals: tuple[str, bool],
        *,
        bot: bool = False,
        times: int = 1,
    ) -> None:
        """Count one visit, or several alike; `bot` where its agent says that it is a machine's."""
        hour = (int(at // _HOUR), entity)
        counter = self._hours.get(hour)
        if counter is None:
            counter = self._hours[hour] = Counter()
        counter[f.VISITS] += times
        if treatment is Treatment.ANONYMOUS:
            counter[f.ANONYMOUS] += times
        elif treatment is Treatment.COUNT:
            counter[f.COUNTED] += times
        if bot:
            counter[f.BOTS] += times
            if treatment is not Treatment.FULL:
                counter[f.BOTS_OBJECTED] += times
        dnt, gpc = signals[0] == "1", signals[1]
        if dnt:
            counter[f.OBJECTED_DNT] += times
        if gpc:
            counter[f.OBJECTED_GPC] += times
            if dnt:
                counter[f.OBJECTED_BOTH] += times

    def take(self, before: float, tags: Tags) -> Iterator[Record]:
        """The records of the hours that were over before a time. Each is given once, also to another thread."""
        for hour, entity in sorted(self._hours, key=lambda each: each[0]):
            end = (hour + 1) * _HOUR
            if end > before:
                continue
            counter = self._hours.pop((hour, entity), None)
            if counter is not None:
                yield _record(hour * _HOUR, entity, counter, tags)


def _record(second: int, entity: Entity, counter: Counter[str], tags: Tags) -> Record:
    record = head("aggregate", second) | {name: counter[name] for name in _FIELDS}
    return record | tags.of(RetentionClass.AGGREGATE, entity.id, second)
