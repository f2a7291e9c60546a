"""The policy, typed and frozen. `frontdesk.toml` beside this file explains each key to the person who writes one."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from frontdesk.policy.analysts import Analyst, AnalystsPage
from frontdesk.policy.declarations import GpcSupport, TrackingStatus
from frontdesk.policy.networks import Networks
from frontdesk.policy.retention import Retention, RetentionClass
from frontdesk.policy.routing import Language, Origin, Routing
from frontdesk.policy.secret import Secret
from frontdesk.policy.source import FETCHABLE, Source
from frontdesk.policy.stream import Stream

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

CountryChoice = Literal["first", "majority"]
"""How the country of a network is chosen when a database is built."""
MaxMindService = Literal["insights", "city"]
"""MaxMind's web services that tell organisations: GeoIP2 Insights and GeoIP2 City Plus."""

LIST_HEADERS = frozenset({"x-forwarded-for", "forwarded"})

Id = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,62}\Z")]
"""A short name that may stand in a file's path."""

Words = Annotated[str, Meta(min_length=1, max_length=200)]

OwnPath = Annotated[str, Meta(pattern=r"^/[A-Za-z0-9._~/-]+\Z", max_length=200)]

# A folder in a store: no dots alone, so that it leads nowhere else.
_BELOW = r"/[A-Za-z0-9_][A-Za-z0-9._=-]*"
ArchiveUrl = Annotated[
    str,
    Meta(
        pattern=rf"^((s3|gs|az)://[A-Za-z0-9][A-Za-z0-9._-]*({_BELOW})*|file://({_BELOW})+)/?\Z",
        max_length=1024,
    ),
]
"""Where an archive is, such as s3://bucket/prefix. No name, password, port or query may stand in it."""

# Prefix lengths of IPv4 from 8 to 32 and of IPv6 from 16 to 128.
_CUT = r"^([89]|[12]\d|3[0-2])/(1[6-9]|[2-9]\d|1[01]\d|12[0-8])\Z"


class Treatment(StrEnum):
    """What is kept of a visitor who sent a privacy signal, from most to least."""

    FULL = "full"
    ANONYMOUS = "anonymous"
    COUNT = "count"

    # As of any text: `Enum` has a function of its own, which takes longer, and each visit is counted by its treatment.
    __hash__ = str.__hash__


class Proxies(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which header names the client, and which peers are believed when they send it."""

    header: ForwardingHeader = "x-forwarded-for"
    trusted: Networks = Networks()
    hops: Annotated[int, Meta(ge=1, le=16)] | None = None
    trust_unix: bool = False
    only_way_in: bool = False


class Signals(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The treatment of each privacy signal, separately: they do not mean the same. And what is declared of them."""

    dnt: Treatment = Treatment.ANONYMOUS
    gpc: Treatment = Treatment.ANONYMOUS
    tracking_status: TrackingStatus | None = None
    gpc_support: GpcSupport | None = None


class Cookies(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Cookies that a visitor who objected still gets, by exact name."""

    essential: frozenset[Annotated[str, Meta(min_length=1, max_length=128)]] = frozenset()


class Entity(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A company of the group: who it is in law, the hosts and the site it serves, the places it is right for.

    `countries` and `subdivisions` (ISO 3166, such as `DE` and `US-CA`) are those whose visitors it serves;
    `contracts_with` the countries whose customers must contract with it, where these are others.
    """

    id: Id
    legal_name: Words
    hosts: tuple[Annotated[str, Meta(pattern=r"^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?\Z")], ...] = ()
    countries: tuple[str, ...] = ()
    subdivisions: tuple[str, ...] = ()
    site: Origin | None = None
    languages: tuple[Language, ...] = ()
    contracts_with: tuple[str, ...] = ()
    registration: Words | None = None
    jurisdiction: Words | None = None
    governing_law: Words | None = None
    residency: Id | None = None
    contact: Words | None = None


class Book(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where the records of one residency, or of one entity, lie, and where those of days that are over may go."""

    of: str
    directory: Path
    archive: ArchiveUrl | None = None
    stream: Stream | UnsetType = UNSET


class Log(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where the visitors' book lies; a residency or an entity may have a book of its own elsewhere. Each may have a
    stream of its own.

    In each folder the book takes `max_total_bytes` at most, and leaves `min_free_ratio` of the volume free: the oldest
    visits that no hold keeps go first. `archive` is the store for shelves of days that are over, of the common book;
    each other book has its own or none.
    """

    directory: Path = Path("visitors-book")
    archive: ArchiveUrl | None = None
    books: tuple[Book, ...] = ()
    stream: Stream | UnsetType = UNSET
    max_total_bytes: Annotated[int, Meta(ge=1 << 20)] | None = None
    min_free_ratio: Annotated[float, Meta(ge=0, le=0.9)] = 0.0


class Visitors(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Whether visitors are told apart within one day, without a cookie: an id by a key that is gone the next day."""

    daily_id: bool = False


class Recipient(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Somebody outside an entity, a processor or another company, who may be handed records of it."""

    id: Id
    legal_name: Words
    country: str
    entities: Annotated[tuple[str, ...], Meta(min_length=1)]
    classes: Annotated[tuple[RetentionClass, ...], Meta(min_length=1)]
    purposes: Annotated[tuple[str, ...], Meta(min_length=1)]
    safeguard: Words | None = None


class Database(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The network database; without a file, the embedded one.

    With sources, `frontdesk geodb update` builds the file from them. What it fetches lies in `sources_directory`, or
    in `sources` beside the file; networks smaller than `cut`, IPv4 and IPv6, are not told apart. `country` says how a
    build chooses it: the first source that has one, or the majority of the public sources.
    """

    file: Path | UnsetType = UNSET
    country: CountryChoice = "first"
    sources: tuple[Source, ...] = ()
    sources_directory: Path | UnsetType = UNSET
    cut: Annotated[str, Meta(pattern=_CUT)] = "32/128"


class WebService(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """MaxMind's web service, asked about visitors of whom the database knows no organisation.

    `daily_limit` is the most look-ups in a day of UTC, by all workers that share a book. `cache_days` is how long an
    answer is used: in memory only, and no longer than MaxMind lets old data be kept.
    """

    account: Secret
    key: Secret
    daily_limit: Annotated[int, Meta(ge=1, le=1_000_000)]
    service: MaxMindService = "insights"
    cache_days: Annotated[int, Meta(ge=1, le=30)] = 7


class Operations(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the operator's own machines are answered, at paths of their own, instead of by the app.

    `health`: the process answers. `ready`: the book can be written and the database may be used. `metrics`: figures of
    all workers of the book, for Prometheus. Only clients in `allow` are answered; of others the app hears as ever.
    """

    allow: Networks
    health: OwnPath | UnsetType = UNSET
    ready: OwnPath | UnsetType = UNSET
    metrics: OwnPath | UnsetType = UNSET


class OpenTelemetry(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A collector that is sent a copy of each record as an OpenTelemetry log, by OTLP over HTTP.

    It is the own one of `entities`, or that of a recipient, who gets what the policy lets a recipient have.
    """

    endpoint: Annotated[str, Meta(pattern=FETCHABLE)]
    entities: tuple[str, ...] = ()
    recipient: str | None = None


class Policy(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A whole policy. `load` reads one from a file; two workers with the same file hold equal policies."""

    version: Annotated[str, Meta(pattern=r"^[\w.:+ -]{1,64}\Z")]
    entities: Annotated[tuple[Entity, ...], Meta(min_length=1)]
    default_entity: str
    proxies: Proxies = Proxies()
    signals: Signals = Signals()
    cookies: Cookies = Cookies()
    routing: Routing = Routing()
    retention: Retention = Retention()
    log: Log = Log()
    database: Database = Database()
    visitors: Visitors = Visitors()
    recipients: tuple[Recipient, ...] = ()
    web_service: WebService | UnsetType = UNSET
    operations: Operations | UnsetType = UNSET
    opentelemetry: OpenTelemetry | UnsetType = UNSET
    page: AnalystsPage = AnalystsPage()
    analysts: tuple[Analyst, ...] = ()

    def directory_of(self, entity: Entity) -> Path:
        """The folder of an entity's book: its own, else that of its residency, else the common one."""
        directories = {book.of: book.directory for book in self.log.books}
        return directories.get(entity.id) or directories.get(entity.residency or "") or self.log.directory

    def archive_of(self, directory: Path) -> str | None:
        """The store for days that are over of the book in a folder; None where they stay."""
        if directory == self.log.directory:
            return self.log.archive
        return next((book.archive for book in self.log.books if book.directory == directory), None)

    def directories(self) -> list[Path]:
        """The folder of every book, the common one first."""
        return list(dict.fromkeys([self.log.directory, *map(self.directory_of, self.entities)]))

    def streams(self) -> dict[str, tuple[Path, Stream]]:
        """The folder and the stream of each book that has one, by whose book it is; the common one's name is empty."""
        books = [("", self.log.directory, self.log.stream)]
        books += [(book.of, book.directory, book.stream) for book in self.log.books]
        return {of: (folder, stream) for of, folder, stream in books if isinstance(stream, Stream)}
