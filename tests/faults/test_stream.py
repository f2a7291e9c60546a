"""A stream while brokers fail, answer late and go away, and while both of its ends are killed.

Nothing is lost. A topic has a record twice only where a shipper was killed, and then no more of them than are promised;
the book at the other end has each record once.
"""

import random
import signal
import subprocess
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from frontdesk.systemdata import Writer
from frontdesk.systemdata.entry import enter
from frontdesk.systemdata.stream.delivery import WINDOW
from frontdesk.systemdata.verify import verify

from ..book import eventually
from ..mock_cluster import (
    FETCH,
    NOT_ENOUGH_REPLICAS,
    NOT_LEADER,
    OFFSET_COMMIT,
    PRODUCE,
    REQUEST_TIMED_OUT,
    Cluster,
    running,
)
from ..streams import (
    Side,
    delivered,
    ended,
    forget_boards,
    messages,
    numbers,
    numbers_of,
    ship,
    shipping,
    side,
    start,
    take_in,
    terminate,
    visit,
    write,
)
from .conftest import Figure
from .process import start as python

# The program of `frontdesk stream --once`, which is killed where a word says.
KILLED = """
import signal
from threading import Event
from frontdesk.policy import load
from frontdesk.systemdata.stream import batch, intake, taken
from frontdesk.systemdata.stream.inlet import Inlet

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

where = sys.argv[2]
write = batch.seal_parts
written = []

def one(*given):
    if written:
        die()
    written.append(write(*given))

if where == "between two segments":
    batch.seal_parts = one
elif where == "when the segments are written":
    taken.Taken.finish = die
else:
    Inlet.commit = die
policy = load(sys.argv[1])
intake.Intake(policy, policy.log.directory, policy.log.stream, "frontdesk", 300).run(Event(), once=True)
"""


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    with running() as brokers:
        for topic in ("frontdesk.visit", "frontdesk.aggregate"):
            brokers.create(topic)
        yield brokers
    forget_boards(tmp_path)


@pytest.fixture
def shop(cluster: Cluster, tmp_path: Path) -> Side:
    return side(tmp_path / "shop", cluster)


@pytest.fixture
def warehouse(cluster: Cluster, tmp_path: Path) -> Side:
    return side(tmp_path / "warehouse", cluster)


def write_numbers(shop: Side, first: int, count: int) -> None:
    """Visits of seven visitors, in segments of their own."""
    write(shop, [visit(shop, number, f"visitor-{number % 7}") for number in range(first, first + count)])


def whole(book: Path) -> bool:
    return all(verdict.damage is None for verdict in verify(book))


@pytest.mark.parametrize("error", [NOT_LEADER, NOT_ENOUGH_REPLICAS, REQUEST_TIMED_OUT])
def test_stream_broker_errors_lose_and_double_nothing(
    error: int, cluster: Cluster, shop: Side, warehouse: Side
) -> None:
    write_numbers(shop, 0, 2000)
    cluster.fail(PRODUCE, [error, error, 0, error])
    assert ship(shop).told["behind"] == 0
    assert Counter(numbers_of(messages(cluster, "frontdesk.visit"))) == Counter(range(2000))
    cluster.fail(FETCH, [NOT_LEADER, 0, NOT_LEADER])
    cluster.fail(OFFSET_COMMIT, [REQUEST_TIMED_OUT])
    taken = take_in(warehouse)
    assert (taken.status, taken.told["written"]) == (0, 2000), taken
    assert numbers(warehouse.book) == Counter(range(2000))


def test_stream_brokers_that_answer_late_lose_and_double_nothing(cluster: Cluster, shop: Side, warehouse: Side) -> None:
    write_numbers(shop, 0, 2 * WINDOW)
    cluster.slow(300)
    assert ship(shop).told["behind"] == 0
    assert take_in(warehouse).told["written"] == 2 * WINDOW
    cluster.slow(0)
    assert Counter(numbers_of(messages(cluster, "frontdesk.visit"))) == Counter(range(2 * WINDOW))


@pytest.mark.timeout(300)
def test_stream_what_came_while_brokers_were_away_is_replayed_in_order(
    cluster: Cluster, shop: Side, warehouse: Side, figure: Figure
) -> None:
    writer = Writer(shop.book)

    def visits(first: int, last: int) -> None:
        for number in range(first, last):
            assert enter(visit(shop, number, f"visitor-{number % 7}"), writer)

    visits(0, 500)
    with shipping(shop) as process:
        eventually(lambda: delivered(shop) == 500, 60)
        cluster.down()
        visits(500, 1000)
        write_numbers(shop, 1000, WINDOW)  # more than may be on its way
        eventually(lambda: writer.statistics().buffered == 0)
        time.sleep(8)
        assert process.poll() is None
        assert delivered(shop) == 500
        cluster.up()
        began = time.monotonic()
        visits(1000 + WINDOW, 1500 + WINDOW)
        eventually(lambda: delivered(shop) == 1500 + WINDOW, 120)
        figure("seconds from brokers being back to nothing behind", time.monotonic() - began)
        done = terminate(process)
    writer.close()
    assert (done.status, done.told["delivered"], done.told["behind"]) == (0, 1500 + WINDOW, 0), done
    assert done.errors.count("the brokers do not take records") == 1  # in a minute
    found = messages(cluster, "frontdesk.visit")
    assert Counter(numbers_of(found)) == Counter(range(1500 + WINDOW))
    seen: defaultdict[bytes, list[int]] = defaultdict(list)
    for message in found:
        seen[message.key()] += numbers_of([message])
    assert len(seen) == 7
    assert all(of_visitor == sorted(of_visitor) for of_visitor in seen.values())
    assert take_in(warehouse).told["written"] == 1500 + WINDOW


def test_stream_ends_in_time_while_brokers_are_away_and_goes_on_where_it_was(cluster: Cluster, shop: Side) -> None:
    write_numbers(shop, 0, 100)
    with shipping(shop) as process:
        eventually(lambda: delivered(shop) == 100, 60)
        cluster.down()
        write_numbers(shop, 100, 100)
        time.sleep(2)
        done = terminate(process)
    assert (done.status, done.told["behind"]) == (0, 100)
    cluster.up()
    assert ship(shop).told["delivered"] == 100
    assert Counter(numbers_of(messages(cluster, "frontdesk.visit"))) == Counter(range(200))


def test_stream_without_brokers_ends_once_in_one_line(cluster: Cluster, shop: Side, warehouse: Side) -> None:
    write_numbers(shop, 0, 10)
    cluster.down()
    with start("log", "ship", "--policy", shop.file, "--once", "--json") as shipper:
        taken, shipped = take_in(warehouse), ended(shipper)
    assert (shipped.status, shipped.told["behind"]) == (1, 10)
    assert "no record was delivered for 60 seconds: no broker answers (_TRANSPORT)" in shipped.errors.splitlines()[-1]
    assert (taken.status, taken.told["written"]) == (1, 0)
    assert "no broker gave anything for 60 seconds" in taken.errors.splitlines()[-1]
    assert "Traceback" not in shipped.errors + taken.errors


@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", range(3))
def test_stream_a_killed_shipper_loses_nothing_and_doubles_what_is_promised(
    seed: int, cluster: Cluster, shop: Side, warehouse: Side, figure: Figure
) -> None:
    chance, kills, count = random.Random(seed), 0, 20_000
    write_numbers(shop, 0, count)
    while delivered(shop) < count * 0.8 and kills < 20:
        before = delivered(shop)
        with shipping(shop) as process:
            eventually(lambda: delivered(shop) > before or process.poll() is not None, 60)  # noqa: B023
            time.sleep(chance.uniform(0, 0.2))
            process.send_signal(signal.SIGKILL)
        kills += 1
    assert kills
    assert ship(shop).told["behind"] == 0
    found = Counter(numbers_of(messages(cluster, "frontdesk.visit")))
    assert found.keys() == set(range(count))
    twice = found.total() - count
    figure("records twice in a topic for each kill of a shipper", twice / kills)
    assert twice <= kills * WINDOW
    taken = take_in(warehouse)
    assert (taken.told["written"], taken.told["twice"]) == (count, twice)
    assert numbers(warehouse.book) == Counter(range(count))


@pytest.mark.parametrize("where", ["between two segments", "when the segments are written", "before the commit"])
def test_stream_a_killed_intake_has_each_record_once(where: str, cluster: Cluster, shop: Side, warehouse: Side) -> None:
    write(shop, [visit(shop, number) for number in range(100)])
    write(shop, [visit(shop, number, timestamp="2026-11-01T00:00:00.000Z") for number in range(100, 200)])
    assert ship(shop).told["delivered"] == 200
    with python(KILLED, warehouse.file, where) as process:
        assert process.wait(60) == -signal.SIGKILL
    assert ship(shop).told["behind"] == 0
    write(shop, [visit(shop, number) for number in range(200, 300)])
    assert ship(shop).told["delivered"] == 100
    taken = take_in(warehouse)
    assert taken.told["written"] == (100 if where == "before the commit" else 300)
    assert numbers(warehouse.book) == Counter(range(300))
    assert whole(warehouse.book)


@pytest.mark.timeout(300)
def test_stream_a_group_of_two_machines_loses_nothing(
    cluster: Cluster, shop: Side, warehouse: Side, tmp_path: Path
) -> None:
    another = side(tmp_path / "another", cluster)
    write_numbers(shop, 0, 500)
    assert ship(shop).told["delivered"] == 500

    def taking(machine: Side) -> subprocess.Popen[str]:
        return start("stream", "--policy", machine.file, "--every", "1", "--json")

    with taking(warehouse) as first:
        eventually(lambda: numbers(warehouse.book).total() == 500, 60)
        with taking(another) as second:
            count = 500
            while not numbers(another.book):  # until it has partitions
                write_numbers(shop, count, 200)
                assert ship(shop).status == 0
                count += 200
            eventually(lambda: numbers(warehouse.book).total() + numbers(another.book).total() >= count, 60)
            done = [terminate(second)]
        write_numbers(shop, count, 200)
        assert ship(shop).status == 0
        count += 200
        eventually(lambda: numbers(warehouse.book).total() + numbers(another.book).total() >= count, 60)
        done.append(terminate(first))
    assert [each.status for each in done] == [0, 0]
    assert (numbers(warehouse.book) + numbers(another.book)).keys() == set(range(count))
    for machine in (warehouse, another):
        assert set(numbers(machine.book).values()) == {1}
        assert whole(machine.book)
    # Brokers may refuse a commit while a group changes; then, and only then, the other machine reads a batch again.
    if not any(each.errors for each in done):
        assert numbers(warehouse.book) + numbers(another.book) == Counter(range(count))


def test_stream_that_is_ended_writes_what_it_has(cluster: Cluster, shop: Side, warehouse: Side) -> None:
    write_numbers(shop, 0, 100)
    assert ship(shop).told["delivered"] == 100
    with start("stream", "--policy", warehouse.file, "--json") as process:
        time.sleep(8)
        assert not numbers(warehouse.book)  # they wait for others
        done = terminate(process)
    assert done.status == 0
    assert take_in(warehouse).told["written"] + done.told["written"] == 100
    assert numbers(warehouse.book) == Counter(range(100))
