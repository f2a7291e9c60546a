"""Brokers for the tests of a stream, with the topics of both books."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ...mock_cluster import Cluster, running
from ...streams import forget_boards


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    """Three brokers that listen on loopback."""
    with running() as brokers:
        for topic in ("frontdesk.visit", "frontdesk.aggregate", "far.visit", "far.aggregate"):
            brokers.create(topic)
        yield brokers
    forget_boards(tmp_path)
