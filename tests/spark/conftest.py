"""One cluster for all tests of this folder."""

from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from .cluster import cluster

# The benchmarks are not installed: here `frontdesk` finds them in the checkout.
import_module("frontdesk").__path__.append(str(Path(__file__).parents[2]))

# PySpark asks for Pandas where it uses none, and leaves its sockets to the garbage collector.
_OF_PYSPARK = ("ignore:PySpark does not yet fully support pandas:FutureWarning", "ignore:unclosed:ResourceWarning")


def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    """What PySpark itself warns of fails no test here, and a cluster takes its time to start."""
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.timeout(300))
            for warning in _OF_PYSPARK:
                item.add_marker(pytest.mark.filterwarnings(warning))


@pytest.fixture(scope="package")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    """A session on a real cluster of two executors."""
    with cluster(tmp_path_factory.mktemp("spark")) as session:
        yield session
