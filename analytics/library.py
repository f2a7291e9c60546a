"""The engine that answers: DuckDB, which reads the book's files where they lie."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from frontdesk.policy.errors import FrontdeskError

MEMORY = "2GB"
"""What one question may take. What does not fit is not kept elsewhere: no record of a book is ever copied to a disk."""

_SETTINGS = {
    "memory_limit": MEMORY,
    "temp_directory": "",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}


def engine() -> ModuleType:
    """DuckDB. Raises `FrontdeskError` where it is not installed."""
    try:
        import duckdb  # noqa: PLC0415 - an extra
    except ImportError:
        raise FrontdeskError("reports need DuckDB: pip install 'frontdesk[analytics]'") from None
    return duckdb


@contextmanager
def connection() -> Iterator[Any]:
    """A database in memory, of bounded size, that is gone with the question."""
    connected = engine().connect(":memory:", config=_SETTINGS)
    try:
        connected.execute("SET TimeZone = 'UTC'; SET enable_progress_bar = false")
        connected.execute("SET parquet_metadata_cache = true")  # a question reads the same files several times
        yield connected
    finally:
        connected.close()


def fill(connected: Any, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Make a table in memory of rows of ours, all at once; numbers stay numbers, and everything else is text."""
    first = rows[0] if rows else ["" for _ in columns]
    kinds = ("BIGINT" if isinstance(value, int) else "VARCHAR" for value in first)
    made = ", ".join(f"{column} {kind}" for column, kind in zip(columns, kinds, strict=True))
    connected.execute(f"CREATE OR REPLACE TEMP TABLE {table} ({made})")
    if rows:
        picked = ", ".join(["unnest(?)"] * len(columns))
        connected.execute(f"INSERT INTO {table} SELECT {picked}", [list(column) for column in zip(*rows, strict=True)])
