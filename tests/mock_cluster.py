"""Brokers in a process of their own: librdkafka's mock cluster, which listens on loopback and fails as it is told.

Run as a program it reads commands, one a line, and answers each with a line: see `Cluster`.
"""

import ctypes
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import confluent_kafka

BROKERS = 3
# Names of Kafka's protocol.
PRODUCE, FETCH, OFFSET_COMMIT = 0, 1, 8
NOT_LEADER, REQUEST_TIMED_OUT, NOT_ENOUGH_REPLICAS = 6, 7, 19

_POINTER, _INT, _TEXT = ctypes.c_void_p, ctypes.c_int, ctypes.c_char_p


class Cluster:
    """Tells the process of brokers what to do."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.brokers = self._ask("brokers").split(",")

    def create(self, topic: str, partitions: int = 3) -> None:
        """Make a topic."""
        self._ask(f"create {topic} {partitions}")

    def fail(self, request: int, errors: Iterable[int]) -> None:
        """Answer the next requests of a kind with these errors, one each, whichever broker gets them."""
        self._ask(f"fail {request} {' '.join(map(str, errors))}")

    def down(self) -> None:
        """Take every broker away: connections end, and nobody listens."""
        for broker in range(1, BROKERS + 1):
            self._ask(f"down {broker}")

    def up(self) -> None:
        """Bring them back."""
        for broker in range(1, BROKERS + 1):
            self._ask(f"up {broker}")

    def slow(self, milliseconds: int) -> None:
        """Let every answer take so long."""
        for broker in range(1, BROKERS + 1):
            self._ask(f"slow {broker} {milliseconds}")

    def _ask(self, command: str) -> str:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(command + "\n")
        self._process.stdin.flush()
        return self._process.stdout.readline().strip()


@contextmanager
def running() -> Iterator[Cluster]:
    """A cluster, as long as it is needed."""
    with subprocess.Popen(
        [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            yield Cluster(process)
        finally:
            process.kill()


def _library() -> ctypes.CDLL:
    """The very librdkafka that confluent-kafka brings along."""
    folder = Path(confluent_kafka.__file__).parents[1] / "confluent_kafka.libs"
    library = ctypes.CDLL(str(next(folder.glob("librdkafka*.so*"))))
    shapes = {
        "rd_kafka_new": (_POINTER, [_INT, _POINTER, _TEXT, ctypes.c_size_t]),
        "rd_kafka_mock_cluster_new": (_POINTER, [_POINTER, _INT]),
        "rd_kafka_mock_cluster_bootstraps": (_TEXT, [_POINTER]),
        "rd_kafka_mock_set_controller_id": (None, [_POINTER, ctypes.c_int32]),
        "rd_kafka_mock_group_initial_rebalance_delay_ms": (None, [_POINTER, ctypes.c_int32]),
        "rd_kafka_mock_topic_create": (_INT, [_POINTER, _TEXT, _INT, _INT]),
        "rd_kafka_mock_broker_set_down": (_INT, [_POINTER, ctypes.c_int32]),
        "rd_kafka_mock_broker_set_up": (_INT, [_POINTER, ctypes.c_int32]),
        "rd_kafka_mock_broker_set_rtt": (_INT, [_POINTER, ctypes.c_int32, _INT]),
        "rd_kafka_mock_push_request_errors_array": (
            None,
            [_POINTER, ctypes.c_int16, ctypes.c_size_t, ctypes.POINTER(_INT)],
        ),
    }
    for name, (result, arguments) in shapes.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


def _serve() -> None:
    library = _library()
    cluster = library.rd_kafka_mock_cluster_new(library.rd_kafka_new(0, None, None, 0), BROKERS)
    library.rd_kafka_mock_set_controller_id(cluster, 1)  # else a question to it waits in vain
    library.rd_kafka_mock_group_initial_rebalance_delay_ms(cluster, 100)
    for line in sys.stdin:
        command, *words = line.split()
        numbers = [int(word) for word in words if word.isdigit()]
        answer = "done"
        if command == "brokers":
            answer = library.rd_kafka_mock_cluster_bootstraps(cluster).decode()
        elif command == "create":
            library.rd_kafka_mock_topic_create(cluster, words[0].encode(), numbers[0], BROKERS)
        elif command == "fail":
            errors = (_INT * len(numbers[1:]))(*numbers[1:])
            library.rd_kafka_mock_push_request_errors_array(cluster, numbers[0], len(errors), errors)
        elif command == "slow":
            library.rd_kafka_mock_broker_set_rtt(cluster, *numbers)
        else:
            getattr(library, f"rd_kafka_mock_broker_set_{command}")(cluster, *numbers)
        sys.stdout.write(answer + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    _serve()
