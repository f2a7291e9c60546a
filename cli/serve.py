"""`frontdesk serve`: the analyst's page, on this machine unless the policy says who may come from elsewhere."""

import secrets
import socket
from contextlib import closing
from ipaddress import ip_address
from pathlib import Path

from msgspec.structs import replace
from starlette.types import ASGIApp

from frontdesk.analytics import read_accounts
from frontdesk.analytics.page.access import Tokens, tokens_of
from frontdesk.analytics.page.app import page
from frontdesk.analytics.page.credit import Origin, Source, credits_of
from frontdesk.cli.demo.server import listen
from frontdesk.geodb import EMBEDDED
from frontdesk.geodb.age import age_of, in_words, today
from frontdesk.geodb.manifest import read as read_manifest
from frontdesk.policy import FrontdeskError, Policy
from frontdesk.policy.analysts import Analyst

_NEEDED = "the analyst's page needs more libraries: pip install 'frontdesk[analytics]'"
_STOPPING = 3  # seconds that a page under way has, when the server is to end
_OWN_NAME = "this-machine"
_OWN_PURPOSES = ("marketing_analytics", "anonymous_statistics")


def run(policy: Policy, file: Path, host: str, port: int, accounts_file: Path | None = None) -> None:
    """Serve the page until Ctrl-C.

    Raises:
        FrontdeskError: the extra is missing, the port is taken, a token is not where the policy says, or the page
            would be open to a network without anybody having said who may come.
    """
    _require_libraries()
    policy, tokens, made = _open(policy, file, host)
    accounts = read_accounts(accounts_file) if accounts_file else None
    listener = listen(host, port)
    if listener is None:
        raise FrontdeskError(f"this machine has no {host}: choose another address with --host")
    with closing(listener):
        _invite(listener, host, made)
        _serve(page(policy, tokens, origin(policy), accounts=accounts), listener)


def origin(policy: Policy) -> Origin:
    """What there is to say of the policy's network database."""
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


def _open(policy: Policy, file: Path, host: str) -> tuple[Policy, Tokens, str | None]:
    """The policy with its tokens; where it names no analyst, with one for this machine, whose token is made now."""
    local = _is_loopback(host)
    if not local and not policy.analysts:
        told = f"{file}: nobody may open the page from {host}: name who may under [[analysts]]"
        raise FrontdeskError(f"{told}, or serve it on 127.0.0.1")
    if not local and not policy.page.hosts:
        told = f"{file}: the page needs the names that it is reached by: set page.hosts"
        raise FrontdeskError(f"{told}, or serve it on 127.0.0.1")
    if policy.analysts:
        return policy, tokens_of(policy), None
    made = secrets.token_urlsafe(32)
    analyst = Analyst(name=_OWN_NAME, purposes=_OWN_PURPOSES)
    return replace(policy, analysts=(analyst,)), Tokens([(analyst, made)]), made


def _invite(listener: socket.socket, host: str, made: str | None) -> None:
    name = f"[{host}]" if ":" in host else host
    print(f"the analyst's page: http://{name}:{listener.getsockname()[1]}/  (Ctrl-C ends it)")
    if made:
        print(f"the policy names no analysts, so here is a token for this once: {made}")


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
        h11_max_incomplete_event_size=16 << 10,
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
