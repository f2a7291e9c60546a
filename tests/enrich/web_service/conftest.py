"""The loopback service that the tests ask, and the policy's table for it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from frontdesk.policy.model import WebService as Settings
from frontdesk.policy.secret import Secret

from . import maxmind_server
from .maxmind_server import Server


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate that this process trusts."""
    file = maxmind_server.make_certificate(tmp_path_factory.mktemp("tls") / "localhost.pem")
    maxmind_server.trust(file)
    return file


@pytest.fixture
def server(certificate: Path) -> Iterator[Server]:
    with maxmind_server.serving(certificate) as running:
        yield running


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    for name, secret in (("account", maxmind_server.ACCOUNT), ("key", maxmind_server.KEY)):
        (tmp_path / name).write_text(secret)
    return Settings(account=Secret(file=tmp_path / "account"), key=Secret(file=tmp_path / "key"), daily_limit=100)
