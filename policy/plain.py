"""A policy as plain data, such as a file holds, and back: whatever way it came, it is read by the same types."""

from pathlib import Path
from typing import Any

import msgspec

from frontdesk.policy.model import Policy
from frontdesk.policy.networks import Networks


def from_plain(data: Any) -> Policy:
    """The policy that plain data says. Raises `msgspec.ValidationError`, which `frontdesk.policy.mistake` reads."""
    return msgspec.convert(data, Policy, dec_hook=_decode, strict=True)


def to_plain(policy: Policy) -> Any:
    """A policy as plain data, with everything that it leaves to the defaults. Raises `TypeError` where it holds what no
    file could.
    """
    return msgspec.to_builtins(policy, enc_hook=_encode)


def _decode(wanted: type, value: Any) -> Any:
    if wanted is Networks:
        if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
            raise ValueError("expected a list of networks, such as ['10.0.0.0/8']")
        return Networks(value)
    if wanted is Path:
        if not isinstance(value, str) or not value or "\0" in value:
            raise ValueError("expected a path as text")
        return Path(value)
    raise TypeError(f"nothing reads a {wanted.__name__}")


def _encode(value: object) -> object:
    if isinstance(value, Networks):
        return value.texts
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"nothing writes a {type(value).__name__}")
