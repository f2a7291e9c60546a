"""Brokers for the tests of a stream, with the topics of both books."""

from collections.abc import Iterator

import pytest

from ...mock_cluster import Cluster, running


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    """Three brokers that listen on loopback."""
    with running() as brokers:
        for topic in ("frontdesk.visit", "frontdesk.aggregate", "far.visit", "far.aggregate"):
            brokers.create(topic)
        yield brokers
