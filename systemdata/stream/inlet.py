"""The inlet: one member of a consumer group, which keeps its offsets by what the book has, and not by the clock."""

import logging
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from frontdesk.policy.seldom import Seldom
from frontdesk.policy.stream import Stream
from frontdesk.systemdata.stream.library import client, kafka, settings

_log = logging.getLogger("frontdesk")

_MOST = 1000  # messages at a time
_ANSWER = 10.0  # seconds for the group's offsets
_QUEUE = 16 << 10  # KiB that are fetched ahead


class Inlet:
    """Gives the messages of a stream's topics. Used from one thread; `leave` and `lose` are called from `read`."""

    def __init__(
        self,
        stream: Stream,
        group: str,
        following: Callable[[], Mapping[str, int]],
        leave: Callable[[], None],
        lose: Callable[[], None],
    ) -> None:
        """Join the group.

        Args:
            stream: where from.
            group: the consumer group's name.
            following: the offsets that the book has yet to take in, by `partition_of`.
            leave: is called before partitions are given away: what was read is to be written now.
            lose: is called when they are another's already: what was read and not written comes to that one.

        Raises `FrontdeskError` where the library is missing or refuses the settings.
        """
        self._following = following
        self._leave = leave
        self._lose = lose
        self._seldom = Seldom()
        self._ours: dict[str, int] = {}  # where each partition of ours is read on; below 0 where it was not begun
        self._at_end: set[str] = set()
        self._consumer = client(
            kafka().Consumer,
            settings(stream)
            | {
                "group.id": group,
                "enable.auto.commit": False,
                "auto.offset.reset": "earliest",
                "enable.partition.eof": True,
                "partition.assignment.strategy": "range,roundrobin",
                "queued.max.messages.kbytes": _QUEUE,
                "error_cb": lambda error: self._complain(error.name()),
            },
        )
        self._consumer.subscribe(
            [stream.topic(each) for each in stream.classes],
            on_assign=self._assigned,
            on_revoke=self._revoked,
            on_lost=self._lost,
        )

    def read(self, seconds: float) -> Iterator[Any]:
        """Messages, as they come within so many seconds."""
        for message in self._consumer.consume(_MOST, timeout=seconds):
            partition = partition_of(message)
            if message.error() is None:
                self._at_end.discard(partition)
                self._ours[partition] = message.offset() + 1
                yield message
            elif message.error().code() == kafka().KafkaError._PARTITION_EOF:  # noqa: SLF001 - the library's name for it
                self._at_end.add(partition)
            else:
                self._complain(message.error().name())

    @property
    def is_at_end(self) -> bool:
        """Whether everything there was is read, of all partitions that are ours."""
        return bool(self._ours) and self._ours.keys() <= self._at_end

    def left(self) -> int:
        """How many messages of our partitions were not read yet, as far as the brokers have told by the way."""
        left = 0
        for partition, following in self._ours.items():
            low, high = self._consumer.get_watermark_offsets(_offset(partition, 0), cached=True)
            left += max(0, high - max(following, low))
        return left

    def commit(self, following: Mapping[str, int]) -> None:
        """Tell the group what the book has. Where that fails it is told once a minute: the book knows by itself."""
        offsets = [_offset(partition, offset) for partition, offset in following.items() if partition in self._ours]
        if not offsets:
            return
        try:
            self._consumer.commit(offsets=offsets, asynchronous=False)
        except kafka().KafkaException as error:
            self._complain(error.args[0].name())

    def close(self) -> None:
        """Leave the group."""
        self._consumer.close()

    def _assigned(self, consumer: Any, partitions: list[Any]) -> None:
        """Begin each partition after what the book has of it, or, where another book has more, after that."""
        known = self._following()
        try:
            committed = {_name(each): each.offset for each in consumer.committed(partitions, timeout=_ANSWER)}
        except kafka().KafkaException as error:
            self._complain(error.args[0].name())
            committed = {}
        for each in partitions:
            name = _name(each)
            here = max(known.get(name, -1), committed.get(name, -1))
            if here >= 0:
                each.offset = here
        consumer.assign(partitions)
        self._ours = {_name(each): each.offset for each in partitions}
        self._at_end = set()

    def _revoked(self, _: Any, partitions: list[Any]) -> None:
        self._leave()
        self._let_go(partitions)

    def _lost(self, _: Any, partitions: list[Any]) -> None:
        self._lose()
        self._let_go(partitions)

    def _let_go(self, partitions: list[Any]) -> None:
        for each in partitions:
            self._ours.pop(_name(each), None)

    def _complain(self, told: str) -> None:
        if self._seldom.admits(told):
            _log.warning("the stream is not read as it should be: %s", told)


def partition_of(message: Any) -> str:
    """The name of the partition of a message, such as `frontdesk.visit/0`."""
    return f"{message.topic()}/{message.partition()}"


def _name(offset: Any) -> str:
    return f"{offset.topic}/{offset.partition}"


def _offset(partition: str, offset: int) -> Any:
    topic, _, number = partition.rpartition("/")
    return kafka().TopicPartition(topic, int(number), offset)
