"""What is tried of the inside, whether it is plain Python or compiled: there nothing can be put in a method's place."""

from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send


def held_by(thing: Any) -> list[Any]:
    """The values of all attributes of an object that has no dict of its own."""
    of = type(thing)
    names = of.__mypyc_attrs__ if hasattr(of, "__mypyc_attrs__") else of.__slots__
    return [getattr(thing, name) for name in names]


def unrecordable(app: ASGIApp, error: type[Exception], *told: object) -> ASGIApp:
    """An app whose visits are received and answered, but cannot be written: a look at the scheme raises an error."""

    class Scheme(str):
        __slots__ = ()

        def __hash__(self) -> int:
            raise error(*told)

    async def called(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, "scheme": Scheme("http")} if scope["type"] == "http" else scope, receive, send)

    return called
