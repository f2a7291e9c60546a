"""What the group declares to browsers of its own conduct: the tracking status (TPE 7) and the support of GPC."""

from datetime import date
from typing import Annotated, Literal

from msgspec import Meta, Struct

Link = Annotated[str, Meta(pattern=r"^(https://|/)[!-~]*\Z", max_length=500)]
"""A link: a path of the same site, or an https address."""


class TrackingStatus(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """The site-wide tracking status resource, `/.well-known/dnt/`, by the names that TPE 7.4 gives its members.

    `?` and `G` are left out: they are answered for each request, by parties that nobody here knows of.
    """

    tracking: Literal["!", "N", "T", "C", "P", "D"]
    compliance: tuple[Link, ...] = ()
    qualifiers: Annotated[str, Meta(max_length=100)] = ""
    controller: tuple[Link, ...] = ()
    same_party: tuple[Annotated[str, Meta(pattern=r"^[a-z0-9.-]{1,253}\Z")], ...] = ()
    audit: tuple[Link, ...] = ()
    policy: Link | None = None
    config: Link | None = None


class GpcSupport(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The GPC support resource, `/.well-known/gpc.json`: whether the group abides by the signal, and since which text.

    The day is the operator's to set: the specification reads it as the day of the statement, not of a build.
    """

    gpc: bool = True
    last_update: date
