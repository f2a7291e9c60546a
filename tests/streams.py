"""A stream in a test: a shop whose book is shipped, a warehouse whose book takes it in, and the real commands."""

import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import confluent_kafka
import orjson

from frontdesk.policy import Policy, RetentionClass, load
from frontdesk.systemdata import Shelf, Writer
from frontdesk.systemdata import fields as f
from frontdesk.systemdata.entry import enter
from frontdesk.systemdata.seal import seal_lines
from frontdesk.systemdata.stream.cursor import Cursor
from frontdesk.systemdata.tags import Record, Tags, head

from .book import lines_in
from .conftest import forget_keys
from .mock_cluster import Cluster

TOPICS = ("frontdesk.visit", "frontdesk.aggregate")

_POLICY = """
version = "1"
default_entity = "de"

[[entities]]
id = "de"
legal_name = "Aurora GmbH"

[[entities]]
id = "us"
legal_name = "Aurora, Inc."
residency = "far"

[log]
directory = "book"

[log.stream]
brokers = [{brokers}]
properties = "kafka.properties"
{more}
[[log.books]]
of = "far"
directory = "far-book"

[log.books.stream]
brokers = [{brokers}]
topics = "far"
properties = "kafka.properties"
"""


class Side(NamedTuple):
    """A machine with a policy and a book."""

    file: Path
    policy: Policy
    book: Path


def side(folder: Path, cluster: Cluster, more: str = "") -> Side:
    """A machine in a folder; `more` are lines of its `[log.stream]`."""
    folder.mkdir()
    (folder / "kafka.properties").write_text(
        "# a member of a group that was killed is missed soon\nsession.timeout.ms=3000\nheartbeat.interval.ms=500\n"
    )
    (folder / "kafka.properties").chmod(0o600)
    file = folder / "frontdesk.toml"
    file.write_text(_POLICY.format(brokers=", ".join(f'"{broker}"' for broker in cluster.brokers), more=more))
    return Side(file, load(file), folder / "book")


def forget_boards(folder: Path) -> None:
    """Remove what a shipper that was killed left in memory, for the machines in a folder."""
    for book in folder.glob("*/book"):
        forget_keys(book)


def visit(side: Side, number: int, visitor: str | None = None, entity: str = "de", **more: Any) -> Record:
    """A visit of now, with a number by which it is known."""
    now = time.time()
    record = head("visit", now) | {f.STATUS: number} | more
    if visitor is not None:
        record[f.DAILY_ID] = visitor
    return record | Tags(side.policy).of(RetentionClass.VISIT, entity, now)


def write(side: Side, records: Iterable[Record], book: Path | None = None) -> None:
    """Write records and seal them."""
    writer = Writer(book or side.book, capacity=1 << 28)  # all of them at once, however slow the disk is
    assert all(enter(record, writer) for record in records)
    writer.close()


def write_sealed(side: Side, records: list[Record], name: str) -> Path:
    """Write a sealed segment of a name of its own."""
    folder = Shelf.of(records[0]).folder(side.book)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.jsonl.zst"
    seal_lines(path, [orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE) for record in records])
    return path


def numbers(book: Path) -> Counter[int]:
    """How often each number stands in a book."""
    return Counter(orjson.loads(line)[f.STATUS] for line in lines_in(book, "visit"))


class Ended(NamedTuple):
    """What a command came to."""

    status: int
    told: dict[str, Any]  # its last totals
    errors: str


def start(*args: str | Path) -> subprocess.Popen[str]:
    """Begin a command, in a process of its own."""
    program = Path(sys.executable).with_name("frontdesk")
    environment = {"PATH": "/usr/bin:/bin", "PYTHONWARNINGS": "error"}
    return subprocess.Popen(
        [program, *map(str, args)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    )


def ended(process: subprocess.Popen[str]) -> Ended:
    """Wait for a command to end."""
    told, errors = process.communicate(timeout=100)
    lines = told.splitlines()
    return Ended(process.returncode, orjson.loads(lines[-1]) if lines else {}, errors)


def ship(side: Side, *more: str) -> Ended:
    """Ship what is there."""
    return ended(start("log", "ship", "--policy", side.file, "--once", "--json", *more))


def take_in(side: Side, *more: str) -> Ended:
    """Take in what is there."""
    return ended(start("stream", "--policy", side.file, "--once", "--json", *more))


@contextmanager
def shipping(side: Side) -> Iterator[subprocess.Popen[str]]:
    """A shipper at work beside everything else; killed at the end, unless it has ended by then."""
    with start("log", "ship", "--policy", side.file, "--json") as process:
        try:
            yield process
        finally:
            process.kill()


def terminate(process: subprocess.Popen[str]) -> Ended:
    """End a command as a service manager does."""
    process.send_signal(signal.SIGTERM)
    return ended(process)


def delivered(side: Side) -> int:
    """How many records of a book were delivered and noted, by its cursor."""
    return sum(position.records for position in Cursor(side.book).positions().values())


def messages(cluster: Cluster, *topics: str) -> list[Any]:
    """Every message of topics, those of each partition in their order."""
    settings = {"bootstrap.servers": ",".join(cluster.brokers), "group.id": "test", "log_level": 0}
    consumer = confluent_kafka.Consumer(settings)
    found: list[Any] = []
    try:
        there = consumer.list_topics(timeout=30).topics
        partitions = [
            confluent_kafka.TopicPartition(topic, partition, 0)
            for topic in topics
            for partition in there[topic].partitions
        ]
        ends = (consumer.get_watermark_offsets(partition, timeout=30) for partition in partitions)
        expected = sum(high for _, high in ends)
        consumer.assign(partitions)
        while len(found) < expected:
            for message in consumer.consume(min(1000, expected - len(found)), timeout=1):
                assert message.error() is None, message.error()
                found.append(message)
    finally:
        consumer.close()
    return found


def numbers_of(found: Iterable[Any]) -> list[int]:
    """The numbers of visits in messages, as they come."""
    return [orjson.loads(message.value())[f.STATUS] for message in found]


def produce(cluster: Cluster, topic: str, *values: bytes | None) -> None:
    """Put messages into a topic that no shipper of ours sent."""
    producer = confluent_kafka.Producer({"bootstrap.servers": ",".join(cluster.brokers), "log_level": 0})
    for value in values:
        producer.produce(topic, value)
    assert producer.flush(30) == 0
