"""Who may see what: a token, or the name of a user that a trusted proxy tells."""

import hashlib
import secrets
from hmac import compare_digest
from typing import NamedTuple

from msgspec import UNSET
from starlette.requests import HTTPConnection

from frontdesk.policy import FrontdeskError, Policy
from frontdesk.policy.analysts import Analyst
from frontdesk.policy.networks import pack
from frontdesk.policy.secret import Secret

SHORTEST_TOKEN = 32
"""Characters of a token at least: `openssl rand -hex 32` makes 64."""

_LONGEST_TOKEN = 4096
_DIGEST = 32


class Who(NamedTuple):
    """Somebody who may ask: a role of the policy, and the name that stands in audit records."""

    analyst: Analyst
    name: str


class Tokens:
    """The tokens of the roles, as digests under a key of this process: none of them is kept."""

    def __init__(self, tokens: list[tuple[Analyst, str]]) -> None:
        """Take the tokens. Raises `FrontdeskError` for one that is too short, or that two roles share."""
        self._key = secrets.token_bytes(_DIGEST)
        self._known: list[tuple[bytes, Analyst]] = []
        for analyst, token in tokens:
            if len(token) < SHORTEST_TOKEN:
                told = f"the token of {analyst.name} has fewer than {SHORTEST_TOKEN} characters, so it could be guessed"
                raise FrontdeskError(f"{told}: make one with openssl rand -hex 32")
            if self.find(token) is not None:
                raise FrontdeskError(f"the token of {analyst.name} is another role's too: give each its own")
            self._known.append((self._digest(token), analyst))

    def find(self, token: str) -> Analyst | None:
        """Whose token this is. Every answer takes as long: all are compared, as digests, whatever is found."""
        given = self._digest(token[: _LONGEST_TOKEN + 1])
        found = None
        for digest, analyst in self._known:
            if compare_digest(digest, given):
                found = analyst
        return found

    def __bool__(self) -> bool:
        return bool(self._known)

    def _digest(self, token: str) -> bytes:
        text = token.encode("utf-8", "surrogatepass")
        return hashlib.blake2b(text, digest_size=_DIGEST, key=self._key).digest()


class Proxied:
    """The users whom trusted proxies name."""

    def __init__(self, policy: Policy) -> None:
        header = policy.page.user_header
        self._header = header if isinstance(header, str) else None
        self._trusted = policy.page.trusted
        self._roles = {user: analyst for analyst in policy.analysts for user in analyst.users}

    def user(self, connection: HTTPConnection) -> str | None:
        """The name that the peer gives, where the peer is a trusted proxy and gives exactly one."""
        if self._header is None or not self._is_trusted(connection):
            return None
        named = connection.headers.getlist(self._header)
        return named[0] if len(named) == 1 and named[0] else None

    def find(self, user: str) -> Analyst | None:
        """The role of a user."""
        return self._roles.get(user)

    def __bool__(self) -> bool:
        return bool(self._roles)

    def _is_trusted(self, connection: HTTPConnection) -> bool:
        peer = pack(connection.client.host) if connection.client else None
        return peer is not None and peer in self._trusted


def tokens_of(policy: Policy) -> Tokens:
    """The tokens that the policy's roles have. Raises `SecretError` where one is not where the policy says."""
    return Tokens([(analyst, _read(analyst.token)) for analyst in policy.analysts if analyst.token is not UNSET])


def bearer(connection: HTTPConnection) -> str | None:
    """The token of an `Authorization: Bearer` header, for scripts that fetch exports."""
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def _read(token: Secret | object) -> str:
    return token.read() if isinstance(token, Secret) else ""
