"""The engine that answers: DuckDB, which reads the book's files where they lie."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import TYPE_CHECKING, Any

from frontdesk.policy.errors import FrontdeskError

if TYPE_CHECKING:
    pass

_MEMORY = "2GB"


def engine() -> ModuleType:
    """DuckDB. Raises `FrontdeskError` where it is not installed."""
    try:
        import duckdb  # noqa: PLC0415 - an extra
    except ImportError:
        raise FrontdeskError("reports need DuckDB: pip install 'frontdesk[analytics]'") from None
    return duckdb


@contextmanager
def connection() -> Iterator[Any]:
    """A database in memory, of bounded size. What does not fit is kept in a folder of ours alone, and removed."""
    folder = tempfile.mkdtemp(prefix="frontdesk-report-")
    connected = engine().connect(
        config={"memory_limit": _MEMORY, "temp_directory": folder, "autoinstall_known_extensions": "false"}
    )
    try:
        connected.execute("SET TimeZone = 'UTC'")
        yield connected
    finally:
        connected.close()
        shutil.rmtree(folder, ignore_errors=True)
