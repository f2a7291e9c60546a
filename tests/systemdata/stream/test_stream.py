"""A stream from one book into another, over real sockets, by the real commands."""

import errno
import shutil
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any

import confluent_kafka
import orjson
import pytest

from frontdesk.middleware.board import folder_of, read_board
from frontdesk.policy import RetentionClass
from frontdesk.systemdata import BookError, Writer
from frontdesk.systemdata import fields as f
from frontdesk.systemdata.disk import Disk
from frontdesk.systemdata.entry import enter
from frontdesk.systemdata.hold import Hold, Holds
from frontdesk.systemdata.read import read
from frontdesk.systemdata.rewrite import rewrite
from frontdesk.systemdata.shelf import segments
from frontdesk.systemdata.stream import intake as intake_
from frontdesk.systemdata.stream import taken as taken_
from frontdesk.systemdata.stream.intake import Intake
from frontdesk.systemdata.stream.message import record_of
from frontdesk.systemdata.stream.note import write_note
from frontdesk.systemdata.tags import Record, Tags, head
from frontdesk.systemdata.verify import verify

from ...book import eventually, lines_in
from ...mock_cluster import Cluster
from ...streams import (
    Side,
    delivered,
    ended,
    messages,
    numbers,
    numbers_of,
    produce,
    ship,
    shipping,
    side,
    start,
    take_in,
    terminate,
    visit,
    write,
    write_sealed,
)


def test_stream_every_record_comes_out_once_as_it_was(cluster: Cluster, tmp_path: Path) -> None:
    shop, warehouse = side(tmp_path / "shop", cluster), side(tmp_path / "warehouse", cluster)
    write(shop, [visit(shop, number, f"visitor-{number % 7}") for number in range(300)])
    shipped = ship(shop)
    assert (shipped.status, shipped.told["delivered"], shipped.told["behind"]) == (0, 300, 0), shipped
    assert sorted(numbers_of(messages(cluster, "frontdesk.visit"))) == list(range(300))
    taken = take_in(warehouse)
    assert (taken.status, taken.told["written"]) == (0, 300), taken
    assert sorted(map(orjson.loads, lines_in(warehouse.book)), key=lambda record: record[f.STATUS]) == sorted(
        map(orjson.loads, lines_in(shop.book)), key=lambda record: record[f.STATUS]
    )
    assert [verdict.damage for verdict in verify(warehouse.book)] == [None]
    again = ship(shop)
    assert again.told["delivered"] == 0
    assert take_in(warehouse).told["written"] == 0


def test_stream_a_message_says_what_it_is_and_when(cluster: Cluster, tmp_path: Path) -> None:
    shop = side(tmp_path / "shop", cluster)
    write(shop, [visit(shop, 1, "somebody"), visit(shop, 2)])
    assert ship(shop).status == 0
    first, second = sorted(messages(cluster, "frontdesk.visit"), key=lambda message: numbers_of([message]))
    record = orjson.loads(first.value())
    headers = dict(first.headers())
    assert first.key() == b"somebody"
    assert headers.pop("place").rpartition(b":")[0] == second.key()  # of no visitor: its segment
    assert headers == {
        "class": b"visit",
        "entity": b"de",
        "expires_at": record[f.EXPIRES_AT].encode(),
        "policy": b"1",
        "schema": str(f.SCHEMA).encode(),
    }
    at = datetime.fromisoformat(record[f.TIMESTAMP])
    assert first.timestamp() == (confluent_kafka.TIMESTAMP_CREATE_TIME, round(at.timestamp() * 1000))
    assert first.value() + b"\n" in lines_in(shop.book)


def test_stream_keeps_the_order_of_a_visitor_whichever_worker_answered(cluster: Cluster, tmp_path: Path) -> None:
    shop = side(tmp_path / "shop", cluster)
    workers = [Writer(shop.book) for _ in range(3)]
    now = datetime.now(UTC).timestamp()
    for number in range(300):
        record = head("visit", now + number / 1000) | {f.STATUS: number, f.DAILY_ID: f"visitor-{number % 5}"}
        enter(record | Tags(shop.policy).of(RetentionClass.VISIT, "de", now), workers[number % 3])
    for worker in workers:
        worker.close()
    assert ship(shop).status == 0
    seen: defaultdict[bytes, list[int]] = defaultdict(list)
    for message in messages(cluster, "frontdesk.visit"):
        seen[message.key()] += numbers_of([message])
    assert len(seen) == 5
    assert all(found == sorted(found) and len(found) == 60 for found in seen.values())


def test_stream_an_anonymous_record_waits_until_its_hour_is_over(cluster: Cluster, tmp_path: Path) -> None:
    shop, warehouse = side(tmp_path / "shop", cluster), side(tmp_path / "warehouse", cluster)
    hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    for begun, first in ((hour, 0), (hour - timedelta(hours=1), 10)):
        tags = Tags(shop.policy).of(RetentionClass.VISIT, "de", begun.timestamp())
        told = [{f.STATUS: first + number, f.TREATMENT: "anonymous"} for number in (3, 1, 2)]
        records = [head("visit", begun.timestamp()) | each | tags for each in told]
        write_sealed(shop, records, f"{begun:%Y%m%dT%H%M%S%f}-1-{first:x}-anonymous")
    shipped = ship(shop)
    assert (shipped.told["delivered"], shipped.told["behind"]) == (3, 3)
    found = messages(cluster, "frontdesk.visit")
    assert numbers_of(found) == [11, 12, 13]  # neither their order tells when they came
    assert {message.timestamp()[1] for message in found} == {(hour - timedelta(hours=1)).timestamp() * 1000}
    assert take_in(warehouse).told["written"] == 3
    (path,) = segments(warehouse.book)
    assert path.name.endswith("-anonymous.parquet")
    assert path.name.startswith(f"{hour - timedelta(hours=1):%Y%m%dT%H%M%S}")


def test_stream_of_a_residency_goes_nowhere_else(cluster: Cluster, tmp_path: Path) -> None:
    shop, warehouse = side(tmp_path / "shop", cluster), side(tmp_path / "warehouse", cluster)
    far = shop.book.with_name("far-book")
    write(shop, [visit(shop, 1), visit(shop, 2, entity="us")])  # as from before it had a book of its own
    write(shop, [visit(shop, 3, entity="us")], far)
    shipped = ship(shop)
    assert (shipped.told["delivered"], shipped.told["refused"]) == (1, 1)
    assert "do not belong into this stream" in shipped.errors
    assert numbers_of(messages(cluster, "frontdesk.visit")) == [1]
    assert ship(shop, "--of", "far").told["delivered"] == 1
    assert numbers_of(messages(cluster, "far.visit")) == [3]
    produce(cluster, "frontdesk.visit", orjson.dumps(visit(shop, 4, entity="us")))
    taken = take_in(warehouse)
    assert (taken.told["written"], taken.told["reasons"]) == (1, {"entity": 1})
    assert take_in(warehouse, "--of", "far").told["written"] == 1
    assert (numbers(warehouse.book), numbers(warehouse.book.with_name("far-book"))) == ({1: 1}, {3: 1})


def test_stream_what_is_no_record_stops_nothing_and_is_told_without_a_word_of_it(
    cluster: Cluster, tmp_path: Path
) -> None:
    shop, warehouse = side(tmp_path / "shop", cluster), side(tmp_path / "warehouse", cluster)
    good = visit(shop, 1)
    poison = {
        b"203.0.113.7 is no record": "no_record",
        b"[1]": "no_record",
        b"[" * 5000: "no_record",
        b'{"\xff": 1}': "no_record",
        orjson.dumps(good) + b"\n" + orjson.dumps(good): "no_record",
        b"x" * (64 << 10): "too_large",
        orjson.dumps(good | {f.RETENTION_CLASS: "audit"}): "class",
        orjson.dumps(good | {f.RETENTION_CLASS: ["visit"]}): "class",
        orjson.dumps(good | {f.RETENTION_CLASS: "aggregate"}): "class",
        orjson.dumps(good | {f.ENTITY: "../../elsewhere"}): "entity",
        orjson.dumps(good | {f.ENTITY: {}}): "entity",
        orjson.dumps(good | {f.TIMESTAMP: "2026-13-41T00:00:00Z"}): "times",
        orjson.dumps(good | {f.TIMESTAMP: "9999-01-01T00:00:00Z"}): "times",
        orjson.dumps(good | {f.TIMESTAMP: "2026-11-24"}): "times",
        orjson.dumps(good | {f.TIMESTAMP: "20261124T101010Z"}): "times",
        orjson.dumps(good | {f.EXPIRES_AT: "2999-01-01T00:00:00"}): "times",
        orjson.dumps(good | {f.EXPIRES_AT: None}): "times",
        orjson.dumps(good | {f.STATUS: "\0" * 100, "unknown": {"203.0.113.7": [None]}}): "",
    }
    produce(cluster, "frontdesk.visit", *poison, orjson.dumps(good), None)
    taken = take_in(warehouse)
    assert taken.status == 0
    assert taken.told["written"] == 2
    assert taken.told["reasons"] == {"no_record": 5, "too_large": 1, "class": 3, "entity": 2, "times": 6, "empty": 1}
    rejects = (warehouse.book / "stream-intake" / "rejects.jsonl").read_bytes()
    assert rejects.count(b"\n") == 18
    assert b"203.0.113.7" not in rejects
    assert all(orjson.loads(line).keys() == {"partition", "offset", "reason"} for line in rejects.splitlines())
    assert [verdict.damage for verdict in verify(warehouse.book)] == [None]


def test_stream_what_has_expired_is_neither_sent_nor_taken(cluster: Cluster, tmp_path: Path) -> None:
    shop, warehouse = side(tmp_path / "shop", cluster), side(tmp_path / "warehouse", cluster)
    old = visit(shop, 1) | {f.EXPIRES_AT: "2020-01-01T00:00:00Z"}
    write(shop, [old, visit(shop, 2)])
    shipped = ship(shop)
    assert (shipped.told["delivered"], shipped.told["expired"]) == (1, 1)
    produce(cluster, "frontdesk.visit", orjson.dumps(old))
    taken = take_in(warehouse)
    assert (taken.told["written"], taken.told["expired"], taken.told["rejected"]) == (1, 1, 0)


def test_stream_that_keeps_no_segments_deletes_what_was_delivered_and_no_hold_keeps(
    cluster: Cluster, tmp_path: Path
) -> None:
    shop = side(tmp_path / "shop", cluster, "keep = false\nclasses = ['visit', 'security']\n")
    cluster.create("frontdesk.security")
    now = datetime.now(UTC).timestamp()
    tags = Tags(shop.policy)
    write(shop, [visit(shop, 1), head("security", now) | tags.of(RetentionClass.SECURITY, "de", now)])
    told = ship(shop).told
    assert (told["delivered"], told["deleted"]) == (2, 1)
    assert [path.parents[2].name for path in segments(shop.book)] == ["security"]
    day = f"{datetime.now(UTC):%Y-%m-%d}"
    Holds(shop.book).add(Hold(id=f"{day}-abc123", reason="case", made=f"{day}T00:00:00.000Z", retention_class="visit"))
    write(shop, [visit(shop, 2)])
    told = ship(shop).told
    assert (told["delivered"], told["deleted"]) == (1, 0)
    assert numbers(shop.book) == {2: 1}


def test_stream_a_segment_out_of_which_records_were_taken_meanwhile_loses_none(
    cluster: Cluster, tmp_path: Path
) -> None:
    shop, warehouse = side(tmp_path / "shop", cluster), side(tmp_path / "warehouse", cluster)
    writer = Writer(shop.book)
    for number in range(6):
        enter(visit(shop, number, "somebody"), writer)
    with shipping(shop) as process:
        eventually(lambda: delivered(shop) == 6, 60)
        assert terminate(process).told["behind"] == 0
    for number in range(6, 9):
        enter(visit(shop, number, "somebody"), writer)
    writer.close()
    (path,) = segments(shop.book)
    rewrite(path, [orjson.loads(line)[f.STATUS] not in {1, 7} for line in read(path)])
    assert ship(shop).told["behind"] == 0
    take_in(warehouse)
    found = numbers(warehouse.book)
    assert found.keys() == {0, 1, 2, 3, 4, 5, 6, 8}  # 1 was sent before it was erased
    assert found[6] == found[8] == 1


def test_stream_offsets_that_the_brokers_forgot_double_nothing(cluster: Cluster, tmp_path: Path) -> None:
    shop, warehouse = side(tmp_path / "shop", cluster), side(tmp_path / "warehouse", cluster)
    write(shop, [visit(shop, number) for number in range(20)])
    ship(shop)
    assert take_in(warehouse).told["written"] == 20
    assert take_in(warehouse, "--group", "another").told["written"] == 0
    assert set(numbers(warehouse.book).values()) == {1}


def test_stream_a_book_from_a_backup_takes_in_again_what_it_lacks(cluster: Cluster, tmp_path: Path) -> None:
    shop, warehouse = side(tmp_path / "shop", cluster), side(tmp_path / "warehouse", cluster)
    another = side(tmp_path / "another", cluster)
    write(shop, [visit(shop, number, f"visitor-{number}") for number in range(20)])
    ship(shop)
    take_in(warehouse)
    shutil.copytree(warehouse.book, tmp_path / "backup")
    write(shop, [visit(shop, number, f"visitor-{number}") for number in range(20, 50)])
    ship(shop)
    assert take_in(warehouse).told["written"] == 30
    shutil.rmtree(warehouse.book)
    shutil.copytree(tmp_path / "backup", warehouse.book)
    restored = take_in(warehouse)
    assert restored.told["written"] == 30
    assert restored.errors.count("\n") == 1
    assert "this book lacks 30 messages that it took in before" in restored.errors
    again = take_in(warehouse)
    assert (again.told["written"], again.errors) == (0, "")
    assert numbers(warehouse.book) == Counter(range(50))
    assert take_in(another).told["written"] == 0  # of the same group


def test_stream_machines_of_a_group_that_take_turns_lose_and_double_nothing(cluster: Cluster, tmp_path: Path) -> None:
    shop, first, second, third = (side(tmp_path / name, cluster) for name in ("shop", "first", "second", "third"))
    for number, machine in enumerate((first, second, first)):
        write(shop, [visit(shop, 10 * number + each, f"visitor-{each}") for each in range(10)])
        ship(shop)
        taken = take_in(machine)
        assert (taken.told["written"], taken.errors) == (10, "")
    for machine in (second, third, first):  # the second comes back with a note that is older than what the first has
        taken = take_in(machine)
        assert (taken.told["written"], taken.errors) == (0, "")
    assert numbers(first.book) + numbers(second.book) == Counter(range(30))


def taking_in(warehouse: Side) -> Intake:
    """Takes the stream of a machine in, within this process."""
    book, stream = warehouse.policy.streams()[""]
    return Intake(warehouse.policy, book, stream, stream.topics, every=300)


def test_stream_a_disk_that_is_full_when_a_batch_is_to_be_noted_loses_and_doubles_nothing(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop, warehouse = side(tmp_path / "shop", cluster), side(tmp_path / "warehouse", cluster)
    write(shop, [visit(shop, number) for number in range(20)])
    ship(shop)

    def full_at_the_end(path: Path, content: dict[str, Any], disk: Disk) -> None:
        if not content["pending"]:  # the segments are there by then
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        write_note(path, content, disk)

    monkeypatch.setattr(taken_, "write_note", full_at_the_end)
    with pytest.raises(BookError, match="No space left on device"):
        taking_in(warehouse).run(Event(), once=True)
    assert take_in(warehouse).told["written"] == 20
    assert numbers(warehouse.book) == Counter(range(20))


def test_stream_a_message_over_which_the_process_ends_is_read_again(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop, warehouse = side(tmp_path / "shop", cluster), side(tmp_path / "warehouse", cluster)
    write(shop, [visit(shop, number) for number in range(20)])
    ship(shop)
    left = iter(range(10))

    def too_large_at_last(*given: Any) -> Record:
        if next(left, None) is None:
            raise MemoryError
        return record_of(*given)

    monkeypatch.setattr(intake_, "record_of", too_large_at_last)
    with pytest.raises(MemoryError):
        taking_in(warehouse).run(Event(), once=True)
    assert take_in(warehouse).told["written"] == 10
    assert numbers(warehouse.book) == Counter(range(20))


@pytest.mark.parametrize("command", [("log", "ship"), ("stream",)])
def test_stream_has_one_process_at_each_end(command: tuple[str, ...], cluster: Cluster, tmp_path: Path) -> None:
    here = side(tmp_path / "here", cluster)
    here.book.mkdir()
    lock = here.book / ("stream-cursor" if command == ("log", "ship") else "stream-intake")
    with start(*command, "--policy", here.file) as first:
        while not lock.is_dir():
            assert first.poll() is None
        second = ended(start(*command, "--policy", here.file, "--json"))
        while second.status == 0:  # it was the first
            second = ended(start(*command, "--policy", here.file, "--json"))
        assert second.status == 1
        assert "another process" in second.errors
        assert second.errors.count("\n") == 1
        first.terminate()
        first.communicate(timeout=60)
        assert first.returncode == 0


def test_stream_flows_one_way(cluster: Cluster, tmp_path: Path) -> None:
    shop, warehouse = side(tmp_path / "shop", cluster), side(tmp_path / "warehouse", cluster)
    write(shop, [visit(shop, 1)])
    ship(shop)
    refusal = take_in(shop).errors
    assert "a stream flows out of this book, so none may flow into it; its folder stream-cursor says so" in refusal
    assert take_in(warehouse).status == 0
    refusal = ship(warehouse).errors
    assert "a stream flows into this book, so none may flow out of it; its folder stream-intake says so" in refusal
    assert refusal.endswith("if it was begun by mistake, and no record came that way, delete that folder\n")


def test_stream_tells_its_figures_where_those_of_the_workers_are(cluster: Cluster, tmp_path: Path) -> None:
    shop, warehouse = side(tmp_path / "shop", cluster), side(tmp_path / "warehouse", cluster)
    write(shop, [visit(shop, number) for number in range(30)])
    write(shop, [visit(shop, 30, entity="us")])  # a company whose book this is not
    with shipping(shop) as shipper, start("stream", "--policy", warehouse.file) as intake:

        def told(at: Side) -> tuple[int | None, dict[str, int]]:
            board = read_board(at.book)
            return (board.streams[0].behind if board.streams else None), board.total().streams.get("frontdesk", {})

        eventually(lambda: told(shop)[1].get("ship_delivered") == 30, 60)
        assert told(shop)[1]["ship_refused"] == 1
        eventually(lambda: told(shop)[0] == 0, 60)
        eventually(lambda: told(warehouse)[0] == 30, 60)  # they wait for others to be written with
        assert told(warehouse)[1]["intake_written"] == 0
        assert terminate(shipper).status == 0
        intake.terminate()
        intake.communicate(timeout=60)
    assert [len(read_board(each.book).streams) for each in (shop, warehouse)] == [0, 0]
    assert not folder_of(shop.book).exists()
