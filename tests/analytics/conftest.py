"""ClickHouse's engine for the tests of the feeds."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from .clickhouse import ClickHouse, Feed, clickhouse


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClickHouse]:
    """One engine for all tests, for it takes a while to begin."""
    with clickhouse(tmp_path_factory.mktemp("clickhouse")) as begun:
        yield begun


@pytest.fixture
def feed(engine: ClickHouse, tmp_path: Path) -> Feed:
    """The engine with empty tables."""
    for table in ("frontdesk.visit_rows", "frontdesk_reports.answers", "frontdesk_reports.rows"):
        engine.run(f"TRUNCATE TABLE {table}")
    return Feed(engine, tmp_path)
