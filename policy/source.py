"""Sources of the network database: the files that it is built from, and where they are fetched."""

from pathlib import Path
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from frontdesk.policy.port import PORT
from frontdesk.policy.secret import Secret

Layer = Literal["own", "proprietary", "public"]
"""How much a source weighs: each field of a network comes from the first layer that has it."""

LOOPBACK = rf"http://(localhost|127(\.\d{{1,3}}){{3}}|\[::1\])(:{PORT})?/[!-~]*"
FETCHABLE = rf"^(https://(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9_.-]+)(:{PORT})?/[!-~]*|{LOOPBACK})\Z"
"""Addresses that may be fetched: HTTPS, or HTTP on this machine; no name or password in them."""

_Url = Annotated[str, Meta(pattern=FETCHABLE)]

# What each kind of source may bring along, and what it must.
_MAY = {
    "file": frozenset[str](),
    "maxmind": frozenset({"account", "key"}),
    "ipinfo": frozenset({"token"}),
    "dbip": frozenset[str](),
    "iptoasn": frozenset[str](),
    "url": frozenset({"sha256_url", "authorization"}),
}
_MUST = _MAY | {"url": frozenset[str]()}
KINDS = tuple(_MAY)
"""The keys of which a source has exactly one."""

SECRETS = ("account", "key", "token", "authorization")
"""The keys that hold where a secret is kept."""


class Source(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A file that the network database is built from: one on disk, a vendor's by the vendor's name for it, or a URL."""

    layer: Layer
    file: Path | UnsetType = UNSET
    maxmind: Annotated[str, Meta(pattern=r"^[A-Za-z0-9-]{1,64}\Z")] | UnsetType = UNSET
    ipinfo: Annotated[str, Meta(pattern=r"^(free/)?[a-z0-9_]{1,64}\.(mmdb|csv\.gz)\Z")] | UnsetType = UNSET
    dbip: Annotated[str, Meta(pattern=r"^[a-z0-9-]{1,64}\Z")] | UnsetType = UNSET
    iptoasn: Annotated[str, Meta(pattern=r"^[a-z0-9-]{1,64}\.tsv\.gz\Z")] | UnsetType = UNSET
    url: _Url | UnsetType = UNSET
    account: Secret | UnsetType = UNSET
    key: Secret | UnsetType = UNSET
    token: Secret | UnsetType = UNSET
    sha256_url: _Url | UnsetType = UNSET
    authorization: Secret | UnsetType = UNSET

    def __post_init__(self) -> None:
        said = {name for name in self.__struct_fields__ if getattr(self, name) is not UNSET}
        kinds = [kind for kind in KINDS if kind in said]
        if len(kinds) != 1:
            raise ValueError(f"expected exactly one of {', '.join(KINDS)}")
        brought = said - {"layer", self.kind}
        if missing := _MUST[self.kind] - brought:
            raise ValueError(f"{self.kind} needs {' and '.join(sorted(missing))} too")
        if strange := brought - _MAY[self.kind]:
            raise ValueError(f"{' and '.join(sorted(strange))} is of no use to {self.kind}")

    @property
    def kind(self) -> str:
        """Which of the kinds of source it is."""
        return next(kind for kind in KINDS if getattr(self, kind) is not UNSET)
