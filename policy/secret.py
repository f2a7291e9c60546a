"""Secrets: the policy says where one is kept, never what it is."""

import os
from pathlib import Path

from msgspec import UNSET, Struct, UnsetType

from frontdesk.policy.errors import SecretError

PLACE = 'expected where the secret is kept: { env = "NAME" } or { file = "PATH" }'
"""What to write in a policy where a secret is asked for."""

_LONGEST = 4096


class Secret(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where a secret is kept: in an environment variable, or in a file such as a container's secret mount."""

    env: str | UnsetType = UNSET
    file: Path | UnsetType = UNSET

    def __post_init__(self) -> None:
        if (self.env is UNSET) == (self.file is UNSET):
            raise ValueError(PLACE)

    def read(self) -> str:
        """The secret itself, without surrounding white space. Raises `SecretError`, which never holds it."""
        if isinstance(self.env, str):
            where, text = f"the environment variable {self.env}", os.environ.get(self.env, "")
        else:
            where, text = str(self.file), _text_of(Path(str(self.file)))
        secret = text.strip()
        if not secret:
            raise SecretError(where, "holds no secret")
        if len(secret) > _LONGEST or not secret.isascii() or not secret.isprintable():
            raise SecretError(where, f"holds no secret: expected one line of at most {_LONGEST} ASCII characters")
        return secret


def _text_of(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            return stream.read(_LONGEST + 2).decode("latin-1")
    except OSError as error:
        raise SecretError(str(file), f"cannot be read: {error.strerror}") from None
