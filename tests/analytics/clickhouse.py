"""ClickHouse's own engine, embedded, with the tables of docs/feeds.

It starts threads, takes over signals and needs 300 MB as soon as it is imported, which would be in the way of tests
that fork or stop processes; so it has a process of its own, which this file is when it is run.
"""

import json
import re
import subprocess
import sys
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.ipc  # type: ignore[import-untyped]

DOCS = Path(__file__).parents[2] / "docs"
FEEDS = DOCS / "feeds"
FORMATS = {"parquet": "Parquet", "jsonl.zst": "JSONEachRow"}


class ClickHouse:
    """The engine, as the docs use it."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._process = process

    def run(self, sql: str, params: Mapping[str, str] | None = None, format_: str = "Arrow") -> bytes:
        """Run a statement. Raises `RuntimeError` where ClickHouse refuses it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([sql, format_, params or None]).encode() + b"\n")
        self._process.stdin.flush()
        told = json.loads(self._process.stdout.readline())
        if "error" in told:
            raise RuntimeError(told["error"])
        return b64decode(told["result"])

    def rows(self, sql: str) -> list[dict[str, Any]]:
        """The rows of a query, as Python has them."""
        found = self.run(sql)
        if not found:
            return []
        with pa.ipc.open_file(found) as opened:
            return list(opened.read_all().to_pylist())

    def make_tables(self) -> None:
        """Make the tables, as the docs say."""
        for statement in (FEEDS / "tables.sql").read_text("utf-8").split(";\n"):
            if statement.strip():
                self.run(statement)

    def load(self, table: str, select: str, folder: Path, params: Mapping[str, str]) -> None:
        """Load what a select of the docs gives, by way of a file as the docs do by way of a pipe."""
        piped = folder / "piped.native"
        piped.write_bytes(self.run((FEEDS / f"{select}.sql").read_text("utf-8"), params, "Native"))
        self.run(f"INSERT INTO {table} FROM INFILE '{piped}' FORMAT Native")


class Feed(NamedTuple):
    """An engine and what the docs do with it."""

    engine: ClickHouse
    folder: Path

    def visits(self, book: Path, ending: str = "parquet", day: str = "*", **params: str) -> None:
        """Load the visits of a book, of all its days or of one."""
        self.lines(f"{book}/visit/{day}/*/*.{ending}", format=FORMATS[ending], **params)

    def lines(self, segments: object, **params: str) -> None:
        """Load visits from some files."""
        told = {
            "purpose": "marketing_analytics",
            "whose": "own",
            "format": "JSONEachRow",
            "segments": str(segments),
        } | params
        self.engine.load("frontdesk.visit_rows", "visits", self.folder, told)

    def answers(self, folder: Path) -> None:
        """Load the answers in a folder."""
        for table in ("answers", "rows"):
            self.engine.load(f"frontdesk_reports.{table}", table, self.folder, {"answers": f"{folder}/*.json"})

    def organisations(self) -> list[str | None]:
        """Whose visits are seen."""
        rows = self.engine.rows("SELECT organisation FROM frontdesk.visits ORDER BY ALL")
        return [row["organisation"] for row in rows]


def documented(begin: str) -> str:
    """A statement that docs/feeds.md shows."""
    (found,) = re.findall(rf"({re.escape(begin)}[^\"]*)\"", (DOCS / "feeds.md").read_text("utf-8"))
    return str(found)


@contextmanager
def clickhouse(folder: Path) -> Iterator[ClickHouse]:
    """An engine with its data in a folder, and with the tables of the docs."""
    command = [sys.executable, __file__, str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        engine = ClickHouse(process)
        engine.make_tables()
        yield engine
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(timeout=30) == 0


def _serve(folder: str) -> None:
    """Answer statements, one line of JSON each, until there are no more."""
    from chdb.session import Session  # noqa: PLC0415 - only in the process that is the engine

    with Session(folder) as session:  # type: ignore[no-untyped-call]
        for line in sys.stdin:
            sql, format_, params = json.loads(line)
            try:
                told = {"result": b64encode(session.query(sql, format_, params=params).bytes()).decode()}
            except RuntimeError as error:
                told = {"error": str(error)}
            print(json.dumps(told), flush=True)  # noqa: T201 - the answer


if __name__ == "__main__":
    _serve(sys.argv[1])
