"""`frontdesk serve`: the analyst's page, on this machine unless the policy says who may come from elsewhere."""

import secrets
import socket
from contextlib import closing
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace
from starlette.types import ASGIApp

from frontdesk.cli.demo.server import listen
from frontdesk.geodb import EMBEDDED
from frontdesk.geodb.age import age_of, in_words, today
from frontdesk.geodb.manifest import read as read_manifest
from frontdesk.policy import EXAMPLE, FrontdeskError, Policy
from frontdesk.policy.analysts import Analyst
from frontdesk.policy.model import Log
from frontdesk.systemdata.shelf import shelves

if TYPE_CHECKING:
    from frontdesk.analytics.page.access import Tokens
    from frontdesk.analytics.page.credit import Origin

_NEEDED = "the analyst's page needs more libraries: pip install 'frontdesk[analytics]'"
_STOPPING = 3  # seconds that a page under way has, when the server is to end
_LARGEST_HEAD = 16 << 10
_DEMO_BOOK = Path("demo-book")  # apart from the demo's, whose visitors are of today
_OWN_NAME = "this-machine"
_OWN_PURPOSES = ("marketing_analytics", "anonymous_statistics")


def run(policy: Policy, file: Path, host: str, port: int, *, accounts: Path | None, demo: bool) -> None:
    """Serve the page until Ctrl-C.

    Raises:
        FrontdeskError: the extra is missing, the port is taken, a token is not where the policy says, or the page
            would be open to a network without anybody having said who may come.
    """
    _require_libraries()
    from frontdesk.analytics import read_accounts  # noqa: PLC0415 - an extra
    from frontdesk.analytics.page.app import page  # noqa: PLC0415 - an extra

    if demo and file == EXAMPLE:
        policy = replace(policy, log=Log(directory=_DEMO_BOOK))
    policy, tokens, made = _open(policy, file, host)
    known = read_accounts(accounts) if accounts else None
    listener = listen(host, port)
    if listener is None:
        raise FrontdeskError(f"this machine has no {host}: choose another address with --host")
    with closing(listener):
        if demo:
            _fill(policy)
        _invite(listener, host, made)
        _serve(page(policy, tokens, origin(policy), accounts=known), listener)


def origin(policy: Policy) -> "Origin":
    """What there is to say of the policy's network database."""
    from frontdesk.analytics.page.credit import Origin, Source, credits_of  # noqa: PLC0415 - an extra

    manifest = read_manifest(policy.database.file or EMBEDDED)
    age = age_of(manifest, today())
    sources = tuple(Source(source.file, source.date, source.days, source.state) for source in age.sources)
    return Origin(
        manifest.name,
        manifest.build_date,
        age.days,
        age.state,
        sources,
        credits_of(manifest.attributions),
        in_words(manifest.name, age),
    )


def _open(policy: Policy, file: Path, host: str) -> "tuple[Policy, Tokens, str | None]":
    """The policy with its tokens; where it names no analyst, with one for this machine, whose token is made now."""
    from frontdesk.analytics.page.access import Tokens, tokens_of  # noqa: PLC0415 - an extra

    if not _is_loopback(host):
        _require_names(policy, file, host)
    if policy.analysts:
        return policy, tokens_of(policy), None
    made = secrets.token_urlsafe(32)
    analyst = Analyst(name=_OWN_NAME, purposes=_OWN_PURPOSES)
    return replace(policy, analysts=(analyst,)), Tokens([(analyst, made)]), made


def _require_names(policy: Policy, file: Path, host: str) -> None:
    """Refuse to open the page to a network while nobody has said who may come, and by which name."""
    problem = "nobody may open the page: name who may under [[analysts]]" if not policy.analysts else ""
    if not problem and not policy.page.hosts:
        problem = "the page needs the names that it is reached by: set page.hosts"
    if problem:
        raise FrontdeskError(f"{file}: {problem}, or serve it on 127.0.0.1 and not on {host}")


def _fill(policy: Policy) -> None:
    """Write weeks of fictional visits into a book that is empty; one that is not stays as it is."""
    from frontdesk.analytics.remember import remember  # noqa: PLC0415 - an extra
    from frontdesk.cli.demo.past import DAYS, Past  # noqa: PLC0415 - only where it is wanted
    from frontdesk.systemdata.compact import compact  # noqa: PLC0415 - an extra

    directory = policy.log.directory
    if directory.is_dir() and any(shelf.retention_class == "visit" for shelf in shelves(directory)):
        print(f"{directory} has visits already, so nothing is added")
        return
    print(f"writing {DAYS} days of fictional visits into {directory}: half a minute …", flush=True)
    now = datetime.now(UTC)
    visits = Past(policy).write(now)
    for book in policy.directories():
        if book.is_dir():
            compact(book, now)
            remember(policy, book, now)
    print(f"{visits:,} visits")


def _invite(listener: socket.socket, host: str, made: str | None) -> None:
    name = f"[{host}]" if ":" in host else host
    print(f"the analyst's page: http://{name}:{listener.getsockname()[1]}/  (Ctrl-C ends it)", flush=True)
    if made:
        print(f"the policy names no analysts, so here is a token, for this once: {made}", flush=True)


def _serve(app: ASGIApp, listener: socket.socket) -> None:
    import uvicorn  # noqa: PLC0415 - an extra

    config = uvicorn.Config(
        app,
        proxy_headers=False,  # whom to believe the policy says
        server_header=False,
        access_log=False,  # it would hold addresses
        log_level="warning",
        lifespan="off",
        ws="none",
        timeout_graceful_shutdown=_STOPPING,
        h11_max_incomplete_event_size=_LARGEST_HEAD,
    )
    uvicorn.Server(config).run([listener])


def _require_libraries() -> None:
    try:
        import duckdb  # noqa: F401, PLC0415 - an extra
        import jinja2  # noqa: F401, PLC0415 - an extra
        import uvicorn  # noqa: F401, PLC0415 - an extra
    except ImportError:
        raise FrontdeskError(_NEEDED) from None


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
