"""The app as a server loads it: one variant, by what the environment says.

`FRONTDESK_BENCH` holds, as JSON, the variant's name, the seconds of work that a page takes, the folder to write to, and
the City database for the usual way. Each worker writes to a folder of its own, but for the front desk, whose workers
share one book.
"""

import json
import os
from pathlib import Path

from starlette.types import ASGIApp, Receive, Scope, Send

from .site import site
from .variants import make

ENVIRONMENT = "FRONTDESK_BENCH"


def app() -> ASGIApp:
    """The app, mounted as the variant wants it."""
    told = json.loads(os.environ[ENVIRONMENT])
    folder = Path(told["folder"])
    if told["variant"] != "frontdesk":
        folder /= str(os.getpid())
        folder.mkdir(exist_ok=True)
    variant = make(told["variant"], site(told["work"]), folder, Path(told["city"]))

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        await variant.app(scope, receive, send)

    # Servers tell by the kind of the callable what it is; the floor's is no coroutine function.
    return served if told["variant"] == "floor" else variant.app
