"""What the group declares: the tracking status and the support of GPC, served from the policy and never noted."""

from pathlib import Path

import orjson
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from frontdesk.middleware import FrontDesk
from frontdesk.policy import load

POLICY = """
version = "1"
default_entity = "com"
[signals]
{signals}
[[entities]]
id = "com"
legal_name = "Example, Inc."
"""
BOTH = """
tracking_status = { tracking = "N", same_party = ["www.example.de"], policy = "/privacy", controller = ["/about"] }
gpc_support = { last_update = 2026-11-23 }
"""


def desk(folder: Path, signals: str) -> FrontDesk:
    file = folder / "frontdesk.toml"
    file.write_text(POLICY.format(signals=signals))
    return FrontDesk(Starlette(), policy=load(file))


@pytest.mark.parametrize(
    ("path", "kind", "body"),
    [
        ("/.well-known/gpc.json", "application/json", {"gpc": True, "lastUpdate": "2026-11-23"}),
        *(
            (
                path,
                "application/tracking-status+json",
                {"tracking": "N", "controller": ["/about"], "same-party": ["www.example.de"], "policy": "/privacy"},
            )
            for path in ("/.well-known/dnt/", "/.well-known/dnt", "/.well-known/dnt/fRx42", "/.well-known/dnt/a/b")
        ),
    ],
)
def test_a_declaration_is_served_to_everybody_alike(path: str, kind: str, body: object, tmp_path: Path) -> None:
    front = desk(tmp_path, BOTH)
    with TestClient(front) as client:
        answers = [client.get(path), client.get(path, headers={"dnt": "1", "sec-gpc": "1", "cookie": "a=b"})]
        assert client.head(path).content == b""
    assert answers[0].content == answers[1].content
    assert orjson.loads(answers[0].content) == body
    for answer in answers:
        assert (answer.status_code, answer.headers["content-type"]) == (200, kind)
        assert answer.headers["cache-control"] == "public, max-age=86400"
        assert "set-cookie" not in answer.headers


def test_a_visit_to_a_declaration_is_never_noted(tmp_path: Path) -> None:
    front = desk(tmp_path, BOTH)
    with TestClient(front) as client:
        client.get("/.well-known/dnt/")
        client.get("/.well-known/gpc.json")
    statistics = front.statistics()
    assert (statistics.visits, statistics.book.accepted) == (0, 0)


def test_the_front_desk_sends_no_tk_and_leaves_that_of_the_app(tmp_path: Path) -> None:
    """For every status that a policy can have, the resource says it all; a change (`U`) only the app can tell."""

    async def page(request: Request) -> Response:
        return PlainTextResponse("saved", headers={"tk": "U"} if request.method == "POST" else {})

    front = desk(tmp_path, BOTH)
    front.app = Starlette(routes=[Route("/", page, methods=["GET", "POST"])])
    with TestClient(front) as client:
        for path in ("/", "/none", "/.well-known/dnt/", "/.well-known/gpc.json"):
            assert "tk" not in client.get(path, headers={"dnt": "1"}).headers
        assert client.post("/").headers["tk"] == "U"


def test_a_declaration_takes_no_form(tmp_path: Path) -> None:
    with TestClient(desk(tmp_path, BOTH)) as client:
        answer = client.post("/.well-known/gpc.json")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize("path", ["/.well-known/gpc.json", "/.well-known/dnt/", "/.well-known/dnts", "/.well-known/x"])
def test_what_the_policy_does_not_declare_is_the_app_s(path: str, tmp_path: Path) -> None:
    front = desk(tmp_path, "")
    with TestClient(front) as client:
        assert client.get(path).status_code == 404
    assert front.statistics().visits == 1
