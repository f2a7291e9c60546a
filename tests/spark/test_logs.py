"""Whole logs on a cluster: the book that a single machine would have written, whatever befalls the executors."""

import gzip
import os
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest
from pyspark.sql import SparkSession

from frontdesk.enrich.logs.source import Source
from frontdesk.geodb import EMBEDDED, Database
from frontdesk.middleware.bulk.hands import Here
from frontdesk.middleware.bulk.receive import Receiver
from frontdesk.middleware.bulk.rejects import Rejects
from frontdesk.middleware.bulk.run import Run
from frontdesk.middleware.bulk.spark.run import SparkRun
from frontdesk.middleware.bulk.totals import Totals
from frontdesk.policy import FrontdeskError, Policy
from frontdesk.systemdata import fields as f
from frontdesk.systemdata.ipcrypt import KEY_BYTES
from frontdesk.systemdata.pending import JOURNAL
from frontdesk.systemdata.shelf import segments
from frontdesk.systemdata.verify import verify

from ..middleware.bulk.visits import FORMAT, records, same
from .cluster import executors, failed_tasks, kill_one
from .logs import log_of

BLOCK = 20_000

Enrich = Callable[..., Totals]


@pytest.fixture(autouse=True)
def _one_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """All journals name blocks by one key, so that two books can be compared file by file."""
    real = secrets.token_hex
    monkeypatch.setattr(secrets, "token_hex", lambda size: real(size) if size != KEY_BYTES else "ab" * size)


@pytest.fixture
def on_one(policy: Policy, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Enrich:
    """Enriches logs on this machine alone, in small blocks."""
    blocks = Source.blocks
    monkeypatch.setattr(Source, "blocks", lambda source: blocks(source, BLOCK))

    def enriched(book: Path, *logs: Path, format_: str = FORMAT) -> Totals:
        receiver = Receiver(policy, database, 0)
        return Run(Here(receiver), book, Rejects(tmp_path / "rejects-one"), format_=format_).run(list(logs))

    return enriched


@pytest.fixture
def on_spark(spark: SparkSession, policy: Policy, tmp_path: Path) -> Enrich:
    """Enriches logs on the cluster, in the same small blocks."""

    def enriched(book: Path, *logs: Path, format_: str | None = FORMAT, policy: Policy = policy) -> Totals:
        rejects = Rejects(tmp_path / "rejects-spark")
        return SparkRun(spark, book, rejects, policy, EMBEDDED, 0, format_=format_, block=BLOCK).run(list(logs))

    return enriched


def check_equal(book: Path, other: Path) -> None:
    """Two books have the same records in segments of the same names, one id of the day where the other has one."""
    assert sorted(path.relative_to(book) for path in segments(book)) == sorted(
        path.relative_to(other) for path in segments(other)
    )
    assert same(records(book), f.DAILY_ID) == same(records(other), f.DAILY_ID)
    assert same(records(book, "aggregate")) == same(records(other, "aggregate"))
    ids, others = ({_visit(record): record.get(f.DAILY_ID) for record in records(each)} for each in (book, other))
    pairs = {(ids[visit], others[visit]) for visit in ids}
    assert len(pairs) == len(set(ids.values())) == len(set(others.values())) > 100
    for each in (book, other):
        assert [sound.damage for sound in verify(each) if sound.damage] == []
    left = [path.name for path in book.rglob("*") if path.name.endswith(".tmp") or path.name.startswith("run-")]
    assert left == []


def _visit(record: dict[str, object]) -> tuple[object, ...]:
    """What tells a visit apart: each has a second of its own, and anonymous ones have no id."""
    return record[f.TIMESTAMP], record.get(f.DAILY_ID) is None, record[f.STATUS], record[f.ENTITY]


def test_a_cluster_writes_the_book_that_one_machine_writes(on_one: Enrich, on_spark: Enrich, tmp_path: Path) -> None:
    first = log_of(tmp_path / "access.log", 0, 1500, bad=7)
    packed = tmp_path / "access.log.1.gz"
    packed.write_bytes(gzip.compress(log_of(tmp_path / "more", 1500, 2500).read_bytes()))
    totals = on_spark(tmp_path / "spark", first, packed)
    assert totals == on_one(tmp_path / "one", first, packed) == Totals(2507, 2500, 0, 0, 7)
    check_equal(tmp_path / "spark", tmp_path / "one")
    rejects = [sorted((tmp_path / f"rejects-{each}").read_text().splitlines()) for each in ("spark", "one")]
    assert rejects[0] == rejects[1]
    assert len(rejects[0]) == 7


def test_an_executor_that_is_killed_costs_no_record_and_counts_none_twice(
    on_one: Enrich, on_spark: Enrich, spark: SparkSession, tmp_path: Path
) -> None:
    log = log_of(tmp_path / "access.log", 0, 4000, bad=11)
    before = failed_tasks(spark)
    with ThreadPoolExecutor(1) as other:
        killing = other.submit(kill_one, spark, tmp_path / "spark")
        totals = on_spark(tmp_path / "spark", log)
        killed = killing.result()
    assert killed not in executors(spark)
    assert failed_tasks(spark) > before
    assert totals == on_one(tmp_path / "one", log) == Totals(4011, 4000, 0, 0, 11)
    check_equal(tmp_path / "spark", tmp_path / "one")


def test_what_one_has_read_the_other_knows(on_one: Enrich, on_spark: Enrich, tmp_path: Path) -> None:
    log = log_of(tmp_path / "access.log", 0, 300)
    book = tmp_path / "book"
    assert on_one(book, log) == Totals(300, 300)
    log_of(log, 0, 500)
    copy = tmp_path / "copy.gz"
    copy.write_bytes(gzip.compress(log.read_bytes()))
    # Both begin as one that is known, and one is a copy of the other.
    assert on_spark(book, log, copy) == Totals(200, 200, known=800)
    assert on_one(book, log) == on_spark(book, log) == Totals(known=500)
    assert len(list(records(book))) == 500


def test_logs_that_begin_as_a_short_one_that_is_known_are_each_written_once(
    on_one: Enrich, on_spark: Enrich, tmp_path: Path
) -> None:
    lines = log_of(tmp_path / "all", 0, 20).read_bytes().splitlines(keepends=True)
    short, other = tmp_path / "a.log", tmp_path / "b.log"
    found = []
    for enrich, book in ((on_one, tmp_path / "one"), (on_spark, tmp_path / "spark")):
        short.write_bytes(lines[0])
        first = enrich(book, short)
        short.write_bytes(b"".join(lines[:4]))
        other.write_bytes(lines[0] + b"".join(lines[4:]))  # as the logs of two servers that the same check visits first
        found.append((first, enrich(book, short, other), enrich(book, short, other), len(list(records(book)))))
    assert found[1] == found[0]
    assert found[1] == (Totals(1, 1), Totals(20, 20, known=1), Totals(known=21), 21)


def test_a_log_whose_header_names_the_fields_is_read_in_blocks(
    on_one: Enrich, on_spark: Enrich, tmp_path: Path
) -> None:
    fields = ("date time c-ip sc-status cs(User-Agent)", "date time sc-status c-ip cs(User-Agent)")
    lines = []
    for half, names in enumerate(fields):
        lines.append(f"#Fields: {names}")
        for number in range(600):
            values = ["128.112.0.9", "200"][:: -1 if half else 1]
            at = f"2030-03-17 1{half}:{number // 60:02}:{number % 60:02}"
            lines.append(f"{at} {' '.join(values)} Mozilla/5.0+Firefox/140.0")
    log = tmp_path / "iis.log"
    log.write_text("\n".join(lines) + "\n")
    found = on_spark(tmp_path / "spark", log, format_=None)
    assert found == on_one(tmp_path / "one", log, format_="iis") == Totals(1200, 1200)
    assert same(records(tmp_path / "spark"), f.DAILY_ID) == same(records(tmp_path / "one"), f.DAILY_ID)


def test_lines_that_are_wrong_stop_nothing_and_a_log_that_cannot_be_read_stops_the_run(
    on_spark: Enrich, tmp_path: Path
) -> None:
    log = tmp_path / "access.log"
    log.write_text("secret 203.0.113.77\n" * 100)
    with pytest.raises(FrontdeskError, match=r"access.log: is in no format that is known.* \(on ") as told:
        on_spark(tmp_path / "book", log, format_=None)
    assert "203.0.113.77" not in str(told.value)
    damaged = tmp_path / "damaged.gz"
    damaged.write_bytes(gzip.compress(os.urandom(200_000))[:100_000])
    with pytest.raises(FrontdeskError, match=r"damaged.gz: cannot be read: the compressed data is damaged"):
        on_spark(tmp_path / "book", damaged)
    assert [path.name for path in (tmp_path / "book" / JOURNAL).iterdir()] == []


def test_a_book_that_cannot_be_written_is_told_in_one_line(on_spark: Enrich, tmp_path: Path) -> None:
    log = log_of(tmp_path / "access.log", 0, 50)
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "visit").write_text("")
    with pytest.raises(FrontdeskError, match=r"visit.*: cannot be written: File exists") as told:
        on_spark(tmp_path / "book", log)
    assert "\n" not in str(told.value)


def test_daily_ids_are_not_made_where_their_secret_may_lie_on_a_disk(policy: Policy, tmp_path: Path) -> None:
    class Session:
        """As one that Spark gives where nothing is set; it is asked for nothing else."""

        class sparkContext:  # noqa: N801 - Spark's name
            """What is asked for the configuration."""

            @staticmethod
            def getConf() -> dict[str, str]:  # noqa: N802 - Spark's name
                """Nothing is set."""
                return {}

    assert policy.visitors.daily_id
    with pytest.raises(FrontdeskError, match=r"set spark\.io\.encryption\.enabled=true"):
        SparkRun(Session(), tmp_path, Rejects(tmp_path / "r"), policy, EMBEDDED, 0)  # type: ignore[arg-type]


def test_without_daily_ids_no_record_has_one(on_spark: Enrich, policy: Policy, tmp_path: Path) -> None:
    log = log_of(tmp_path / "access.log", 0, 50)
    visitors = msgspec.structs.replace(policy.visitors, daily_id=False)
    assert on_spark(tmp_path / "book", log, policy=msgspec.structs.replace(policy, visitors=visitors)).written == 50
    assert all(f.DAILY_ID not in record for record in records(tmp_path / "book"))
