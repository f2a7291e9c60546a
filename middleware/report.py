"""What one process tells of itself, and the sum of several: counters and states, no address, no organisation."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

from frontdesk.policy import RetentionClass, Treatment
from frontdesk.policy.stream import Topics
from frontdesk.systemdata.counts import Came
from frontdesk.systemdata.latency import BOUNDS

WITHHELD: Final = "withheld"
"""Stands for the kind of network of a visitor who objected."""
KINDS: Final = frozenset(
    [
        "business",
        "education",
        "government",
        "isp",
        "mobile",
        "hosting",
        "cdn",
        "vpn",
        "tor",
        "proxy",
        "relay",
        "satellite",
        "reserved",
        "unknown",
    ]
)
"""The kinds of networks."""
OTHER: Final = "other"
"""Stands for a name that is none of ours."""
REASONS: Final = frozenset(
    ["queue_full", "too_large", "encode_error", "disk_full", "io_error", "closed", "shutdown_deadline"]
)
"""Why lines are dropped."""
COUNTS: Final = (
    *("cookies_held_back", "forwarding_refused", "troubles", "warnings"),
    *("lookups_cached", "lookups_made", "swaps", "databases_refused", "policies", "policies_refused"),
    *("accepted", "deleted", "suspects", "recovered", "torn"),
    *("web_queued", "web_dropped", "web_over_limit", "web_answered", "web_failed", "web_cached"),
    *("export_sent", "export_withheld", "export_dropped", "export_failed"),
)
"""The plain counters."""
Side = Literal["ship", "intake"]
"""Where a stream's records leave a book, and where they come into another."""
STREAM_COUNTS: Final = (
    *("ship_delivered", "ship_expired", "ship_refused", "ship_damaged", "ship_troubles"),
    *("intake_written", "intake_twice", "intake_expired", "intake_rejected"),
)
"""The counters of a stream, each with the side that it is of."""

Count = Annotated[int, Meta(ge=0)]


class Visits(Struct, frozen=True, array_like=True):
    """How many visits of one treatment, entity and kind of network have ended."""

    treatment: Treatment
    entity: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,62}\Z")]
    kind: str
    visits: Count


class Totals(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What only ever grows. `write_buckets` has as many writes as took so long: see `systemdata.latency`."""

    visits: tuple[Visits, ...] = ()
    counts: dict[str, Count] = {}
    written: dict[str, Count] = {}
    dropped: dict[str, Count] = {}
    write_buckets: tuple[Count, ...] = (0,) * (len(BOUNDS) + 1)
    write_seconds: float = 0.0
    streams: dict[Topics, dict[str, Count]] = {}
    ended: Count = 0  # processes that are no more


class Warned(Struct, frozen=True, array_like=True):
    """A warning that was logged, at a time (since 1970)."""

    at: float
    text: str


class DatabaseReport(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The network database in use: its age in days, and how that is judged."""

    name: str
    built: str
    age: int
    state: str


class Report(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="worker"):
    """What one worker tells of itself at a time (`at`, since 1970). `policy` is the version of the one it follows."""

    process: int
    began: float
    at: float
    totals: Totals
    queue_bytes: Count
    queue_records: Count
    queue_capacity: Count
    book: str
    policy: str
    database: DatabaseReport
    web_service: str | None = None
    warnings: tuple[Warned, ...] = ()


class StreamReport(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="stream"):
    """What a shipper or an intake tells of itself at a time: of one stream, known by what its topics begin with."""

    process: int
    began: float
    at: float
    totals: Totals
    stream: Topics
    side: Side
    behind: Count | None = None  # records that are not delivered, or not written, yet; None where nobody knows so far
    behind_since: float | None = None  # when the oldest segment that is not delivered was begun, since 1970


AnyReport = Report | StreamReport
"""What a process that keeps a book may tell of itself."""


def visits_of(counts: Mapping[Came, int]) -> tuple[Visits, ...]:
    """The visits that were counted. Of those who objected no kind of network is told, and an odd kind is unknown."""
    told: Counter[Came] = Counter()
    for (treatment, entity, kind), count in counts.items():
        known = kind if kind in KINDS else "unknown"
        told[treatment, entity, known if treatment == Treatment.FULL else WITHHELD] += count
    return tuple(Visits(Treatment(treatment), entity, kind, count) for (treatment, entity, kind), count in told.items())


def total(each: Iterable[Totals]) -> Totals:
    """The sum. Every name in it is one of ours."""
    visits: Counter[Came] = Counter()
    counts, written, dropped = Counter[str](), Counter[str](), Counter[str]()
    streams: dict[Topics, Counter[str]] = {}
    buckets, seconds, ended = [0] * (len(BOUNDS) + 1), 0.0, 0
    for one in each:
        for row in one.visits:
            kind = row.kind if row.kind in KINDS or row.kind == WITHHELD else "unknown"
            visits[row.treatment, row.entity, kind] += row.visits
        _add(counts, one.counts, COUNTS)
        _add(written, one.written, frozenset(RetentionClass))
        _add(dropped, one.dropped, REASONS)
        for name, told in one.streams.items():
            _add(streams.setdefault(name, Counter()), told, STREAM_COUNTS)
        buckets = [sum(pair) for pair in zip(buckets, one.write_buckets, strict=False)]
        seconds += one.write_seconds
        ended += one.ended
    return Totals(
        visits=tuple(Visits(Treatment(came[0]), came[1], came[2], count) for came, count in sorted(visits.items())),
        counts=dict(counts),
        written=dict(written),
        dropped=dict(dropped),
        write_buckets=tuple(buckets),
        write_seconds=seconds,
        streams={name: dict(told) for name, told in sorted(streams.items())},
        ended=ended,
    )


def _add(sums: Counter[str], counts: Mapping[str, int], names: Iterable[str]) -> None:
    for name, count in counts.items():
        sums[name if name in names else OTHER] += count
