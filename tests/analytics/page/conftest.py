"""The page over a generated book, and somebody who opens it."""

from collections.abc import Callable

import msgspec
import pytest
from starlette.testclient import TestClient
from starlette.types import ASGIApp

from frontdesk.analytics.page.access import Tokens
from frontdesk.analytics.page.app import page
from frontdesk.cli.serve import origin
from frontdesk.policy import EXAMPLE, Policy, load
from frontdesk.policy.analysts import Analyst, AnalystsPage
from frontdesk.policy.networks import Networks

from .book import NOW, write

MARKETING_TOKEN = "marketing-" + "m" * 32
PUBLIC_TOKEN = "public-" + "p" * 32
MARKETING = Analyst(
    name="marketing", purposes=("marketing_analytics", "anonymous_statistics"), users=("anna@aurora.example",)
)
PUBLIC = Analyst(name="public", purposes=("anonymous_statistics",))
PROXY = "10.0.0.5"
STRANGER = "203.0.113.9"

Open = Callable[..., TestClient]


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = NOW.timestamp()

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="session")
def pages_policy(tmp_path_factory: pytest.TempPathFactory) -> Policy:
    """The example policy with two roles, and a book that is full."""
    policy = load(EXAMPLE)
    policy = msgspec.structs.replace(
        policy,
        log=msgspec.structs.replace(policy.log, directory=tmp_path_factory.mktemp("page") / "book"),
        analysts=(MARKETING, PUBLIC),
        page=AnalystsPage(user_header="x-forwarded-user", trusted=Networks([PROXY])),
    )
    write(policy)
    return policy


def tokens() -> Tokens:
    return Tokens([(MARKETING, MARKETING_TOKEN), (PUBLIC, PUBLIC_TOKEN)])


@pytest.fixture(scope="session")
def app(pages_policy: Policy) -> ASGIApp:
    """One page for all tests that leave nothing behind."""
    return page(pages_policy, tokens(), origin(pages_policy), clock=Clock())


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def fresh(pages_policy: Policy, clock: Clock) -> ASGIApp:
    """A page of the test's own, by the test's own clock."""
    return page(pages_policy, tokens(), origin(pages_policy), clock=clock)


@pytest.fixture
def visit() -> Open:
    """Opens a page as somebody: `visit(app, token=…, peer=…)`."""

    def give(app: ASGIApp, token: str = "", peer: str = "127.0.0.1", base: str = "http://127.0.0.1") -> TestClient:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        return TestClient(app, base_url=base, headers=headers, client=(peer, 50_000), follow_redirects=False)

    return give
