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
        book: str,
        following: Callable[[], Mapping[str, int]],
        leave: Callable[[], None],
        lose: Callable[[], None],
    ) -> None:
        """Join the group.

        Args:
            stream: where from.
            group: the consumer group's name.
            book: by which the book knows again what it told the group itself.
            following: the offsets that the book has yet to take in, by `partition_of`.
            leave: is called before partitions are given away: what was read is to be written now.
            lose: is called when they are another's already: what was read and not written comes to that one.

        Raises `FrontdeskError` where the library is missing or refuses the settings.
        """
        self._book = book
        self._following = following
        self._leave = leave
        self._lose = lose
        self._seldom = Seldom()
        self._ours: dict[str, int] = {}  # where each partition of ours is read on; below 0 where it was not begun
        self._theirs: dict[str, int] = {}  # up to where another book has each partition of ours, as the group was told
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
        """Tell the group what the book has, but for what another has more of: that may not be read once more.

        Where it fails that is told once a minute: the book knows by itself.
        """
        offsets = [
            _offset(partition, offset, self._book)
            for partition, offset in following.items()
            if partition in self._ours and offset >= self._theirs.get(partition, -1)
        ]
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
        """Begin each partition after what the book has of it, or, where another book has more, after that.

        Where the book told the group itself that it has more, it lost that since, and reads it again.
        """
        known, told = self._following(), self._told(consumer, partitions)
        own = {name: each.offset for name, each in told.items() if each.metadata == self._book}
        self._theirs = {name: each.offset for name, each in told.items() if name not in own}
        for each in partitions:
            name = _name(each)
            here = max(known.get(name, -1), self._theirs.get(name, -1))
            if here >= 0:
                each.offset = here
            elif name in own:
                each.offset = kafka().OFFSET_BEGINNING  # else it goes on where the group was told
        self._tell_lack(sum(max(0, offset - known.get(name, 0)) for name, offset in own.items()))
        consumer.assign(partitions)
        self._ours = {_name(each): each.offset for each in partitions}
        self._at_end = set()

    def _told(self, consumer: Any, partitions: list[Any]) -> dict[str, Any]:
        """What the group was told last of each partition, and by whom; nothing where no broker says."""
        try:
            return {_name(each): each for each in consumer.committed(partitions, timeout=_ANSWER)}
        except kafka().KafkaException as error:
            self._complain(error.args[0].name())
            return {}

    def _tell_lack(self, lack: int) -> None:
        if lack and self._seldom.admits("lack"):
            words = "as one from a backup does: they are read again, as far as the topics have them"
            _log.warning("this book lacks %d messages that it took in before, %s", lack, words)

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


def _offset(partition: str, offset: int, told_by: str = "") -> Any:
    topic, _, number = partition.rpartition("/")
    return kafka().TopicPartition(topic, int(number), offset, metadata=told_by)
