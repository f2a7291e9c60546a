"""Spark reads a book's Parquet as it lies, in its folders by class, day and entity."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from pyspark.sql import SparkSession

from frontdesk.geodb import Database
from frontdesk.middleware.bulk.hands import Here
from frontdesk.middleware.bulk.receive import Receiver
from frontdesk.middleware.bulk.rejects import Rejects
from frontdesk.middleware.bulk.run import Run
from frontdesk.policy import EXAMPLE, Policy
from frontdesk.systemdata.columns import COLUMNS, Kind
from frontdesk.systemdata.fields import TIMESTAMP
from frontdesk.systemdata.shelf import segments

from ..middleware.bulk.visits import records
from ..systemdata.keeping import visit, write

TIMES = [name for name, kind in COLUMNS.items() if kind in {Kind.MOMENT, Kind.SECOND}]


@pytest.fixture
def compacted(policy: Policy) -> Path:
    """A book that `frontdesk log compact` has been at, of several days and entities."""
    book = policy.log.directory
    for days in (5, 4, 3):
        write(book, *(visit(policy, days + n / 50, **{"http.route": f"/{n}"}) for n in range(9)))
        write(book, visit(policy, days, "aurora-de") | {"frontdesk.signal.gpc": True})
    text = EXAMPLE.read_text().replace('directory = "visitors-book"', f'directory = "{book}"')
    own = book.with_name("frontdesk.toml")
    own.write_text(text)
    command = [sys.executable, "-c", "from frontdesk.cli import main; main()", "log", "compact", "--policy", str(own)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return book


@pytest.fixture
def enriched(policy: Policy, database: Database, tmp_path: Path) -> Path:
    """A book that `frontdesk enrich` wrote."""
    at = (datetime.now(UTC) - timedelta(2)).strftime("%d/%b/%Y:%H:%M:%S +0000")
    log = tmp_path / "access.log"
    log.write_text("".join(f'128.112.0.{n} - - [{at}] "GET / HTTP/1.1" 200 1 "-" "curl/8.5"\n' for n in range(30)))
    Run(Here(Receiver(policy, database, 0)), tmp_path / "enriched", Rejects(tmp_path / "rejects")).run([log])
    return tmp_path / "enriched"


def rows(spark: SparkSession, book: Path) -> list[dict[str, Any]]:
    """What Spark reads, as docs/book.md says it is to be asked, in the form of records."""
    table = spark.read.option("mergeSchema", True).parquet(str(book / "visit" / "*" / "*" / "*.parquet"))
    found = table.selectExpr(
        *(f"unix_millis(`{name}`) as `{name}`" if name in TIMES else f"`{name}`" for name in table.columns)
    )
    return [{name: value for name, value in row.asDict().items() if value is not None} for row in found.collect()]


@pytest.mark.parametrize("which", ["compacted", "enriched"])
def test_spark_reads_every_record_as_it_is(spark: SparkSession, which: str, request: pytest.FixtureRequest) -> None:
    book = request.getfixturevalue(which)
    files = [path for path in segments(book) if "visit" in path.parts]
    assert {path.suffix for path in files} == {".parquet"}
    told = [
        {
            name: round(datetime.fromisoformat(value).timestamp() * 1000) if name in TIMES else value
            for name, value in record.items()
        }
        for record in records(book)
    ]
    assert len(told) == 30
    assert sorted(map(_line, rows(spark, book))) == sorted(map(_line, told))
    assert len({record[TIMESTAMP] for record in told}) > (1 if which == "compacted" else 0)


def _line(record: dict[str, Any]) -> bytes:
    return orjson.dumps(record, option=orjson.OPT_SORT_KEYS)
