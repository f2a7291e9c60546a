"""Odd apps and odd servers get through the front desk what they would get without it, compiled or not."""

import asyncio
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.types import Message, Receive, Scope, Send

from frontdesk.middleware import FrontDesk
from frontdesk.policy import EXAMPLE, load

from ..conftest import forget_keys

_BASE = {"type": "http", "method": "GET", "scheme": "http", "path": "/", "client": ("127.0.0.1", 5), "headers": []}
_HEADERS: list[Any] = [
    [],
    (),
    None,
    5,
    [[b"content-type", b"text/plain"]],
    ((b"content-type", b"text/plain"),),
    [("content-type", "text/html"), ("x", "a=b")],
    [(b"content-type", None)],
    [(b"content-type",)],
    [b"ab", b"content-type"],
    [(None, b"x"), (5, 6), (b"", b"")],
    [(bytearray(b"content-type"), memoryview(b"text/plain"))],
    {b"ab": b"c"},
]
_STATUSES = [200, "200", None, True, -1, 2**70, 2.5]
_TYPES: list[Any] = [
    "http.response.start",
    "http.response.body",
    "http.response.pathsend",
    "odd",
    "",
    5,
    None,
    b"odd",
    [],
    ("a",),
]
_MORE: list[Any] = [True, False, None, "yes", 2, []]

MESSAGES = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(_TYPES),
        "status": st.sampled_from(_STATUSES),
        "headers": st.sampled_from(_HEADERS),
        "more_body": st.sampled_from(_MORE),
        "body": st.sampled_from([b"x", "x", None, 5]),
    },
)
SCOPES = st.fixed_dictionaries(
    {},
    optional={
        "method": st.sampled_from(["GET", b"GET", None, 7, []]),
        "path": st.sampled_from(["/", b"/", None, "\ud800", "/.well-known/x"]),
        "query_string": st.sampled_from([b"", b"region=de", "region=de", None]),
        "scheme": st.sampled_from(["https", b"http", None, 3.5]),
        "client": st.sampled_from([None, (), ("127.0.0.1",), ["127.0.0.1", "x"], (b"127.0.0.1", 0), 5, "ab"]),
        "headers": st.sampled_from(
            [
                [[b"host", b"www.aurora.example"]],
                ((b"accept-language", "de"),),
                [("host", "www.aurora.example"), ("dnt", "1")],
                [(b"x-forwarded-for", b"\xff"), (b"x-forwarded-for", b"")],
                [(b"a",)],
                None,
                7,
            ]
        ),
        "state": st.sampled_from([None, {}, {"mine": 1}, MappingProxyType({"mine": 1}), 5, []]),
        "route": st.sampled_from([None, 5, "route"]),
        "app": st.sampled_from([None, 5]),
    },
)


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FrontDesk]:
    example, book = load(EXAMPLE), tmp_path_factory.mktemp("odd") / "book"
    desk = FrontDesk(
        _silent, policy=msgspec.structs.replace(example, log=msgspec.structs.replace(example.log, directory=book))
    )
    yield desk
    desk.rounds.stop()
    desk.book.close()
    forget_keys(book)


async def _silent(_scope: Scope, _receive: Receive, _send: Send) -> None:
    """Answers nothing; each example puts another in its place."""


def _plain(value: Any) -> Any:
    """Headers as a list of tuples, as some are passed on; whatever else it is, as it is."""
    try:
        return [tuple(pair) for pair in value] if isinstance(value, list | tuple) else value
    except TypeError:
        return value


def _received(through: FrontDesk | None, scope: Mapping[str, Any], messages: list[Message]) -> list[Any]:
    """What a server gets from an app that sends some messages, and how the call ends."""
    got: list[Any] = []

    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        for message in messages:
            await send(message)

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        got.append({name: _plain(value) for name, value in message.items()})
        if message.get("status") == -1:
            raise ConnectionResetError

    called: Any = app
    if through is not None:
        through.app = app
        called = through
    try:
        asyncio.run(called({**_BASE, **scope}, receive, send))
    except Exception as error:  # noqa: BLE001 - whatever it is, it is to be the same
        got.append(type(error))
    return got


@settings(max_examples=300, deadline=None)
@given(scope=SCOPES, messages=st.lists(MESSAGES, max_size=4))
def test_whatever_an_app_sends_and_a_server_says_both_get_what_they_would_get_without(
    front: FrontDesk, scope: dict[str, Any], messages: list[Message]
) -> None:
    # No message sets a cookie or is a page: what is held back and added there has tests of its own.
    assert _received(front, scope, messages) == _received(None, scope, messages)
    book = front.book.statistics()
    assert book.accepted == book.written + book.buffered + sum(book.dropped.values())
