"""The front desk from another build of it, in a process of its own: one process holds one build only.

The process is asked by its standard input and answers on its standard output, one thing after the other, so that it is
never at work while another variant is measured.
"""

import asyncio
import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any, BinaryIO, cast

import uvloop
from starlette.types import Receive, Scope, Send

from .spent import Spent

ROOT = Path(__file__).parents[1]


class Apart:
    """The compiled front desk around the app that is measured."""

    def __init__(self, build: Path, folder: Path, addresses: int) -> None:
        """Start it from a build's folder; its book lies in `folder`, and its traffic has so many cold addresses."""
        paths = os.pathsep.join([str(build.resolve()), str(ROOT)])
        command = [sys.executable, "-m", "loadtests.apart", str(folder), str(addresses)]
        environment = os.environ | {"PYTHONPATH": paths}
        self._process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        for message in self._told("answer", scope):
            await send(message)

    def spend(self, kind: str, start: int, count: int) -> Spent:
        """What so many requests of a kind of traffic cost."""
        return Spent(*self._told("spend", kind, start, count))

    def settle(self) -> None:
        """Wait until nothing waits to be written."""
        self._told("settle")

    def written(self) -> list[dict[str, Any]]:
        """The records of the visits."""
        return cast("list[dict[str, Any]]", self._told("written"))

    def close(self) -> None:
        """End the process."""
        self._told("close")
        self._process.wait(timeout=60)

    def _told(self, what: str, *about: Any) -> Any:
        asking, answering = cast("BinaryIO", self._process.stdin), cast("BinaryIO", self._process.stdout)
        pickle.dump((what, about), asking)
        asking.flush()
        return pickle.load(answering)  # noqa: S301 - a process of our own


class _Served:
    """What answers in the other process."""

    def __init__(self, folder: Path, addresses: int) -> None:
        # Only here: these import this file.
        from frontdesk.geodb import Database  # noqa: PLC0415
        from frontdesk.middleware import answer  # noqa: PLC0415

        from .scopes import traffic  # noqa: PLC0415
        from .site import site  # noqa: PLC0415
        from .variants import make  # noqa: PLC0415

        if answer.__file__.endswith(".py"):
            raise SystemExit("this build of frontdesk is not compiled")
        self._variant = make("frontdesk", site(), folder)
        self._kinds = {kind.name: kind for kind in traffic(Database(), addresses)}
        self._runner = asyncio.Runner(loop_factory=uvloop.new_event_loop)

    def answer(self, scope: Scope) -> list[Any]:
        sent: list[Any] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        async def ask() -> None:
            await self._variant.app(scope, receive, send)

        self._runner.run(ask())
        return sent

    def spend(self, kind: str, start: int, count: int) -> Spent:
        from .request import spend  # noqa: PLC0415

        return self._runner.run(spend(self._variant, self._kinds[kind], start, count))

    def settle(self) -> None:
        self._variant.settle()

    def written(self) -> list[dict[str, Any]]:
        return self._variant.written()

    def close(self) -> None:
        self._variant.close()


def main() -> None:
    """Answer until told to close."""
    folder, addresses = sys.argv[1:]
    served = _Served(Path(folder), int(addresses))
    what = ""
    while what != "close":
        what, about = pickle.load(sys.stdin.buffer)  # noqa: S301 - the process that started this one
        pickle.dump(getattr(served, what)(*about), sys.stdout.buffer)
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
