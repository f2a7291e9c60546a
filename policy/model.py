"""The policy, typed and frozen. `frontdesk.toml` beside this file explains each key to the person who writes one."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from frontdesk.policy.networks import Networks

ForwardingHeader = Literal[
    "x-forwarded-for",
    "forwarded",
    "x-real-ip",
    "cf-connecting-ip",
    "true-client-ip",
    "fastly-client-ip",
    "x-azure-clientip",
    "x-azure-socketip",
]
"""Headers that may carry the client address: the two lists, and those that hold one address."""

LIST_HEADERS = frozenset({"x-forwarded-for", "forwarded"})

# CNIL's audience-measurement exemption lets collected data live 25 months; nothing may be set to outlive it.
LONGEST_VISIT_DAYS = 760


class Treatment(StrEnum):
    """What is kept of a visitor who sent a privacy signal, from most to least."""

    FULL = "full"
    ANONYMOUS = "anonymous"
    COUNT = "count"


class Proxies(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which header names the client, and which peers are believed when they send it."""

    header: ForwardingHeader = "x-forwarded-for"
    trusted: Networks = Networks()
    hops: Annotated[int, Meta(ge=1, le=16)] | None = None
    trust_unix: bool = False
    only_way_in: bool = False


class Signals(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The treatment of each privacy signal, separately: they do not mean the same."""

    dnt: Treatment = Treatment.ANONYMOUS
    gpc: Treatment = Treatment.ANONYMOUS


class Cookies(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Cookies that a visitor who objected still gets, by exact name."""

    essential: frozenset[Annotated[str, Meta(min_length=1, max_length=128)]] = frozenset()


class Entity(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A company of the group: who it is in law, the hosts it serves, the countries it is right for."""

    id: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,62}\Z")]
    legal_name: Annotated[str, Meta(min_length=1, max_length=200)]
    hosts: tuple[Annotated[str, Meta(pattern=r"^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?\Z")], ...] = ()
    countries: tuple[str, ...] = ()


class VisitRetention(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How long a visit is kept, in days from the visit, and for which purposes it may be used."""

    days: Annotated[int, Meta(ge=1, le=LONGEST_VISIT_DAYS)] = 90
    purposes: tuple[str, ...] = ("marketing_analytics", "right_website", "anonymous_statistics")


class Retention(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The period and the purposes of each retention class."""

    visit: VisitRetention = VisitRetention()


class Log(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where the visitors' book lies."""

    directory: Path = Path("visitors-book")


class Database(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The network database; without a file, the embedded one."""

    file: Path | UnsetType = UNSET


class Policy(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A whole policy. `load` reads one from a file; two workers with the same file hold equal policies."""

    version: Annotated[str, Meta(pattern=r"^[\w.:+ -]{1,64}\Z")]
    entities: Annotated[tuple[Entity, ...], Meta(min_length=1)]
    default_entity: str
    proxies: Proxies = Proxies()
    signals: Signals = Signals()
    cookies: Cookies = Cookies()
    retention: Retention = Retention()
    log: Log = Log()
    database: Database = Database()
