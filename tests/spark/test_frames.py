"""Frames of Spark: the same columns as in a notebook, from a database that each process opens once."""

import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from pyspark.sql import SparkSession

from frontdesk.enrich import frame
from frontdesk.enrich.frames import SCHEMA
from frontdesk.enrich.spark import enrich
from frontdesk.geodb import EMBEDDED
from frontdesk.geodb.errors import DatabaseError
from frontdesk.policy import FrontdeskError

ADDRESSES = ["128.112.0.77", "8.8.8.8", "2607:f8b0::1", "10.0.0.1", "no address", None, "194.95.66.7", "::ffff:8.8.8.8"]


def visits(spark: SparkSession, partitions: int = 5) -> Any:
    """A table with a column of every kind beside the addresses."""
    rows = [(number, address, {"a": number}, [number]) for number, address in enumerate(ADDRESSES * 20)]
    return spark.createDataFrame(rows, "n long, ip string, more map<string, long>, list array<long>").repartition(
        partitions
    )


def test_a_frame_of_spark_says_what_a_frame_of_polars_says(spark: SparkSession) -> None:
    found = enrich(visits(spark))
    assert found.columns == ["n", "ip", "more", "list", *SCHEMA]
    rows = sorted(found.collect(), key=lambda row: row.n)
    told = frame(pl.DataFrame({"n": range(len(rows)), "ip": ADDRESSES * 20}))
    assert [tuple(row[name] for name in told.columns) for row in rows] == told.rows()
    assert [(row.more, row.list) for row in rows] == [({"a": row.n}, [row.n]) for row in rows]


def test_a_process_of_an_executor_opens_the_database_once(spark: SparkSession) -> None:
    def asked(batches: Iterable[Any]) -> Iterator[Any]:
        import os  # noqa: PLC0415 - of the executor
        import time  # noqa: PLC0415

        import polars as pl  # noqa: PLC0415
        import pyarrow as pa  # type: ignore[import-untyped]  # noqa: PLC0415

        from frontdesk.enrich.spark import meanings_of, opened  # noqa: PLC0415

        for _ in batches:
            time.sleep(0.05)  # so that every process gets one
            told, once = meanings_of.cache_info(), opened.cache_info()
            told_of = {"tasks": told.hits + told.misses, "databases": once.currsize, "opened": once.misses}
            told_of |= {"process": os.getpid(), "threads": pl.thread_pool_size()}
            yield pa.RecordBatch.from_pylist([told_of])

    assert enrich(visits(spark, 30)).count() == len(ADDRESSES) * 20
    assert enrich(visits(spark, 30)).select("organisation").distinct().count() > 1
    columns = "tasks long, databases long, opened long, process long, threads long"
    found = spark.range(0, 20, 1, 20).mapInArrow(asked, columns).distinct().collect()
    busy = [row for row in found if row.tasks > 1]
    assert busy
    assert all(row.opened == row.databases and row.threads == 1 for row in busy)


def test_a_database_of_ones_own_is_brought_to_the_executors(spark: SparkSession, tmp_path: Path) -> None:
    database = tmp_path / "own.mmdb"
    shutil.copyfile(EMBEDDED, database)
    shutil.copyfile(f"{EMBEDDED}.json", f"{database}.json")
    found = enrich(visits(spark), database=database)
    database.unlink()  # the executors have it, or get it from the driver
    assert found.where("ip = '128.112.0.77'").collect()[0].organisation == "Princeton University"
    (tmp_path / "own.mmdb").write_bytes(EMBEDDED.read_bytes()[:-1])
    with pytest.raises(DatabaseError, match="is damaged"):
        enrich(visits(spark), database=database)


def test_a_stream_is_enriched_as_it_comes(spark: SparkSession, tmp_path: Path) -> None:
    visits(spark, 1).select("ip").write.parquet(str(tmp_path / "in"))
    stream = spark.readStream.schema("ip string").parquet(str(tmp_path / "in"))
    query = enrich(stream).writeStream.format("parquet").option("checkpointLocation", str(tmp_path / "at"))
    query.trigger(availableNow=True).start(str(tmp_path / "out")).awaitTermination(100)
    told = spark.read.parquet(str(tmp_path / "out"))
    assert told.where("organisation = 'Princeton University'").count() == 20


def test_a_column_that_is_there_is_not_lost(spark: SparkSession) -> None:
    mine = spark.createDataFrame([("8.8.8.8", "mine")], "client string, Country string")
    with pytest.raises(FrontdeskError, match="the table has a column country: give a prefix"):
        enrich(mine, "client")
    assert enrich(mine, "client", prefix="net_").collect()[0][:3] == ("8.8.8.8", "mine", "US")


@pytest.mark.parametrize("address", ["n", "nowhere"])
def test_addresses_are_text_in_a_column_that_is_there(spark: SparkSession, address: str) -> None:
    with pytest.raises(FrontdeskError, match=f"the table has no column {address} of text"):
        enrich(visits(spark), address)
