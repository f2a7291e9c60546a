"""Addresses in a table of Spark: what each means, beside the rest of the row, on as many machines as there are.

Each task runs what `frames` runs in a notebook. A process of an executor opens the database once, for all its tasks.
"""

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from frontdesk.geodb import EMBEDDED, Database
from frontdesk.geodb.manifest import beside
from frontdesk.geodb.manifest import read as read_manifest
from frontdesk.policy.errors import FrontdeskError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from frontdesk.enrich.frames import Meanings

_KEPT = 2
"""Databases that a process has open at most: in a session that goes on for months they are built anew."""


def enrich(df: "DataFrame", address: str = "ip", *, database: Path = EMBEDDED, prefix: str = "") -> "DataFrame":
    """A table of Spark with what its addresses mean; it may be a stream.

    The executors need frontdesk with the extra `bulk` in their Python.

    Args:
        df: the table. Nothing is taken away from it: drop the addresses when you need them no more.
        address: the column of addresses, in text.
        database: the network database, where the driver has it; each executor gets it once.
        prefix: stands before the name of each column that is added: those of `frontdesk.enrich.frames.SCHEMA`.

    Raises:
        FrontdeskError: there is no such column of text, a column of a name that is added is there, the database is
            damaged, or Polars or PySpark is not installed.
    """
    types, added = _types(), _added()
    text = next((field for field in df.schema.fields if field.name == address), None)
    if text is None or not isinstance(text.dataType, types.StringType):
        raise FrontdeskError(f"the table has no column {address} of text")
    there = {name.lower() for name in df.columns}
    for name in added:
        if (prefix + name).lower() in there:
            raise FrontdeskError(f"the table has a column {prefix + name}: give a prefix for those that are added")
    fields = [
        types.StructField(prefix + name, types.StringType() if told is str else types.LongType())
        for name, told in added.items()
    ]
    place, names = df.columns.index(address), [field.name for field in fields]
    there_as = shipped(df.sparkSession, database)

    def told(batches: Iterable[Any]) -> Iterator[Any]:
        meanings = meanings_of(there_as)
        for batch in batches:
            yield beside_rows(meanings, batch, place, names)

    return df.mapInArrow(told, types.StructType([*df.schema.fields, *fields]))


def beside_rows(meanings: "Meanings", batch: Any, place: int, names: list[str]) -> Any:
    """A batch of rows with what the addresses in one of its columns mean, in columns of these names."""
    import polars as pl  # noqa: PLC0415 - an extra
    import pyarrow as pa  # type: ignore[import-untyped]  # noqa: PLC0415 - an extra

    told = meanings.of(pl.Series(pl.from_arrow(batch.column(place)), dtype=pl.String))
    kinds = [pa.int64() if kind == pl.Int64 else pa.string() for kind in told.dtypes]
    columns = [column.to_arrow().cast(kind) for column, kind in zip(told, kinds, strict=True)]
    return pa.RecordBatch.from_arrays([*batch.columns, *columns], [*batch.schema.names, *names])


def shipped(spark: "SparkSession", database: Path) -> str | None:
    """Bring a database to every executor, once; the name it has there, and None for the embedded one.

    It is named by what it holds, so that one that was built anew in the same session is another. Raises
    `DatabaseError` where it is damaged.
    """
    if database == EMBEDDED:
        return None
    name = f"{read_manifest(database).sha256}.mmdb"
    copy = _shelf() / name
    if not copy.exists():
        shutil.copyfile(database, copy)
        shutil.copyfile(beside(database), beside(copy))
    spark.addArtifacts(str(copy), str(beside(copy)), file=True)
    return name


@cache
def _shelf() -> Path:
    """Where executors fetch databases from, also those that start late: it is there until this process ends."""
    folder = Path(tempfile.mkdtemp(prefix="frontdesk-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@lru_cache(_KEPT)
def opened(name: str | None) -> Database:
    """A database in a process of an executor, by the name that `shipped` gave: opened once, for all tasks."""
    if name is None:
        return Database()
    from pyspark import SparkFiles  # noqa: PLC0415 - an extra

    # Spark's folder for the files of one application: nobody edits it, and it goes with the executor.
    return Database(Path(SparkFiles.get(name)), settled=True)


@lru_cache(_KEPT)
def meanings_of(name: str | None) -> "Meanings":
    """The meanings of addresses by a database, in a process of an executor."""
    on_one_core()
    from frontdesk.enrich.frames import Meanings  # noqa: PLC0415 - Polars is to know first how many threads it may have

    return Meanings(opened(name))


def on_one_core() -> None:
    """Let Polars, where it is not there yet, have one thread: Spark starts a process for each core."""
    os.environ.setdefault("POLARS_MAX_THREADS", "1")


def _types() -> Any:
    try:
        from pyspark.sql import types  # noqa: PLC0415 - an extra
    except ImportError:
        raise FrontdeskError("Spark needs PySpark: pip install 'frontdesk[spark]'") from None
    return types


def _added() -> dict[str, type]:
    """The columns that are added, and whether each is text or a whole number."""
    try:
        from frontdesk.enrich.frames import SCHEMA  # noqa: PLC0415 - an extra
    except ImportError:
        raise FrontdeskError("frames need Polars: pip install 'frontdesk[bulk]'") from None
    return {name: kind.to_python() for name, kind in SCHEMA.items()}
