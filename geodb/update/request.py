"""What is asked of a vendor for one source, and what to make of the answer."""

from base64 import b64encode
from collections.abc import Callable
from typing import Literal, NamedTuple

from frontdesk.policy.secret import Secret

Packing = Literal["none", "gzip", "tar"]
"""How a database comes packed: as it is read, in gzip, or as the one MMDB inside a gzipped tar."""


class Checksum(NamedTuple):
    """Where the SHA-256 of a file is told, and how it is read from the answer; `ValueError` where it is not in it."""

    url: str
    read: Callable[[bytes], str]


class Request(NamedTuple):
    """How one source is fetched.

    Attributes:
        what: the source, in words for people.
        name: the name of its file on disk.
        urls: where it is, the first that has it; none holds a secret.
        packing: how it comes packed.
        checksum: where its SHA-256 is told, as it comes.
        authorization: makes the header that lets us in; it reads the secrets, and may raise `SecretError`.
        kept: where the secrets are kept, in words.
    """

    what: str
    name: str
    urls: tuple[str, ...]
    packing: Packing = "none"
    checksum: Checksum | None = None
    authorization: Callable[[], str] | None = None
    kept: str = ""


def basic(user: Secret, password: Secret) -> Callable[[], str]:
    """HTTP's Basic authentication (RFC 7617)."""
    return lambda: "Basic " + b64encode(f"{user.read()}:{password.read()}".encode()).decode()


def bearer(token: Secret) -> Callable[[], str]:
    """A bearer token in the header (RFC 6750), where no log of addresses shows it."""
    return lambda: f"Bearer {token.read()}"


def place(*secrets: Secret) -> str:
    """Where secrets are kept, in words."""
    return " and ".join(
        f"the environment variable {secret.env}" if isinstance(secret.env, str) else f"the file {secret.file}"
        for secret in secrets
    )
