"""The path of a request below a root path, from servers that give it with the path and from those that do not."""

from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from frontdesk.middleware import FrontDesk
from frontdesk.middleware.path import both_paths, path_in_app
from frontdesk.policy import Policy
from frontdesk.policy.declarations import GpcSupport, TrackingStatus
from frontdesk.policy.model import Operations
from frontdesk.policy.networks import Networks

from .sites import AMERICAN, MakeSite


@pytest.mark.parametrize(
    ("path", "root", "outside", "within"),
    [
        ("/x", "", "/x", "/x"),
        ("/x", None, "/x", "/x"),
        ("/app/x", "/app", "/app/x", "/x"),  # a newer server
        ("/x", "/app", "/app/x", "/x"),  # an older one
        ("/app", "/app", "/app", "/"),
        ("/app/", "/app", "/app/", "/"),
        ("/app/app/x", "/app", "/app/app/x", "/app/x"),
        ("/apple", "/app", "/app/apple", "/apple"),
        ("/app//x", "/app/", "/app//x", "/x"),
        ("/app/x", "/app/", "/app/x", "/x"),
        ("/", "/", "/", "/"),
        ("//x", "/", "//x", "/x"),
    ],
)
def test_a_path_is_told_from_its_root(path: str, root: Any, outside: str, within: str) -> None:
    scope = {"path": path, "root_path": root}
    assert path_in_app(scope) == within
    assert both_paths(scope) == (outside, within)


@pytest.mark.parametrize("scope", [{"path": None, "root_path": "/a"}, {"path": "/x", "root_path": 3}, {"path": [1]}])
def test_odd_paths_are_left_as_they_are(scope: dict[str, Any]) -> None:
    assert path_in_app(scope) is scope["path"]


def app(policy: Policy) -> FrontDesk:
    async def page(_: Request) -> Response:
        return PlainTextResponse("the app's own")

    declared = replace(
        policy.signals,
        gpc_support=GpcSupport(last_update=date(2026, 11, 23)),
        tracking_status=TrackingStatus(tracking="N"),
    )
    operated = replace(
        policy, signals=declared, operations=Operations(allow=Networks(["127.0.0.1"]), health="/-/health")
    )
    return FrontDesk(Starlette(routes=[Route("/{path:path}", page)]), policy=operated)


class Older:
    """A server of before: the path lacks the root path."""

    def __init__(self, inner: FrontDesk) -> None:
        self._inner = inner

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        scope = {**scope, "root_path": "/app"} if scope["type"] == "http" else scope
        await self._inner(scope, receive, send)


@pytest.mark.parametrize("path", ["/-/health", "/.well-known/gpc.json", "/.well-known/dnt/"])
@pytest.mark.parametrize("begins", ["", "/app"])
def test_below_a_root_path_fixed_paths_are_found_by_either_kind_of_server(
    policy: Policy, path: str, begins: str
) -> None:
    with TestClient(Older(app(policy)), client=("127.0.0.1", 4711)) as client:
        answer = client.get(begins + path)
    assert (answer.status_code, answer.text != "the app's own") == (200, True)


def test_below_a_root_path_other_paths_are_the_apps(policy: Policy) -> None:
    with TestClient(Older(app(policy)), client=("127.0.0.1", 4711)) as client:
        for path in ("/app/app/-/health", "/apple/-/health", "/app"):
            assert client.get(path).text == "the app's own"


@pytest.mark.parametrize("begins", ["", "/app"])
def test_below_a_root_path_entries_are_the_apps_and_pages_the_visitors(site: MakeSite, begins: str) -> None:
    pages = '[[routing.pages]]\npath = "/app/prices"'
    made = site("redirect", routing=pages)
    made.desk = Older(made.desk)  # type: ignore[assignment]
    led = made.get(f"{begins}/", address=AMERICAN, host="www.example.de")
    assert led.location == "https://www.example.com/?region=~com"
    shown = made.get(f"{begins}/prices?region=com", address=AMERICAN, host="www.example.de")
    assert shown.location == "https://www.example.com/app/prices?region=com"
