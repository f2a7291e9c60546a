"""The outlet: records go to the brokers in order, each of them once as long as this producer lives."""

from collections.abc import Callable
from typing import Any

from frontdesk.policy.stream import Stream
from frontdesk.systemdata.stream.library import client, kafka, settings
from frontdesk.systemdata.stream.message import Message
from frontdesk.systemdata.stream.topics import AwayError

_BYTES = 16 << 10  # KiB that wait in librdkafka
_LINGER = 20  # milliseconds that a record waits for others


class Outlet:
    """One producer. It tries for ever, so that no record overtakes another; what cannot succeed is an `AwayError`."""

    def __init__(self, stream: Stream) -> None:
        """Raises `FrontdeskError` where the library is missing or refuses the settings."""
        self._failure: str | None = None
        self.trouble: str | None = None
        """What is wrong with the brokers, of which it goes on; None since one took a record."""
        self._producer = client(
            kafka().Producer,
            {"linger.ms": _LINGER, "compression.type": "zstd"}
            | settings(stream)
            | {
                "enable.idempotence": True,  # and so all in-sync replicas, in order
                "acks": "all",
                "message.timeout.ms": 0,
                "queue.buffering.max.kbytes": _BYTES,
                "error_cb": self._note,
            },
        )

    def send(self, message: Message, delivered: Callable[[], None]) -> bool:
        """Hand over a message, and call `delivered` from `poll` when it is safe; False where too many wait."""

        def told(error: Any, _: Any) -> None:
            if error is None:
                self.trouble = None
                delivered()
            else:
                self._failure = self._failure or error.name()

        try:
            self._producer.produce(
                message.topic,
                message.value,
                key=message.key,
                headers=message.headers,
                timestamp=message.timestamp,
                on_delivery=told,
            )
        except BufferError:
            return False
        except kafka().KafkaException as error:
            raise AwayError(error.args[0].name()) from None
        return True

    def poll(self, seconds: float) -> None:
        """Hear what became of messages, for so many seconds at most. Raises `AwayError` where one cannot be sent."""
        self._producer.poll(seconds)
        if self._failure is not None:
            raise AwayError(f"a broker does not take a record ({self._failure})")

    def close(self, seconds: float) -> None:
        """Wait so many seconds for what is on its way, and give up the rest: it is sent again by the next producer."""
        self._producer.flush(seconds)
        self._producer.purge()
        self._producer.flush(1)

    def _note(self, error: Any) -> None:
        if error.fatal():
            self._failure = error.name()
        self.trouble = error.name()
