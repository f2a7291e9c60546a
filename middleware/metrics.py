"""Figures for Prometheus: what the workers of a book tell, in its text format, by its own client library.

Labels are treatments, the policy's entities, version and streams, kinds of networks, reasons, classes, states and the
database's name: never an address, an organisation, a path or anything else that a visitor can choose.
docs/operations.md has each of them.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from frontdesk.middleware.board import Told
from frontdesk.middleware.report import OTHER, REASONS, Report, Side, StreamReport, Totals
from frontdesk.policy import FrontdeskError, RetentionClass
from frontdesk.systemdata.latency import BOUNDS

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric

CONTENT_TYPE: Final = b"text/plain; version=0.0.4; charset=utf-8"


_DAY: Final = 86_400
_Values = dict[tuple[str, ...], float]


class _Plain(NamedTuple):
    """A metric that shows plain counters, by a label where there is one."""

    name: str
    help: str
    counts: str | Mapping[str, str]
    label: str = ""


_PLAIN: Final = (
    _Plain("frontdesk_cookies_held_back", "Cookies that visitors who objected did not get", "cookies_held_back"),
    _Plain(
        "frontdesk_forwarding_refused", "Visits with forwarding elements that nobody believed", "forwarding_refused"
    ),
    _Plain("frontdesk_troubles", "Visits that could not be looked up, and were received as strangers", "troubles"),
    _Plain("frontdesk_warnings", "Warnings and errors that were logged", "warnings"),
    _Plain(
        "frontdesk_lookups",
        "How often it was looked who arrives, in memory or in the database",
        {"cached": "lookups_cached", "made": "lookups_made"},
        "answer",
    ),
    _Plain(
        "frontdesk_database_changes",
        "New databases that came, in all workers",
        {"used": "swaps", "refused": "databases_refused"},
        "outcome",
    ),
    _Plain(
        "frontdesk_policy_changes",
        "Changed policies that came, in all workers",
        {"used": "policies", "refused": "policies_refused"},
        "outcome",
    ),
    _Plain("frontdesk_book_accepted", "Records handed over to the book", "accepted"),
    _Plain("frontdesk_book_deleted_for_room", "Records deleted because the book took too much room", "deleted"),
    _Plain("frontdesk_book_suspect_segments", "Segments that the disk failed to sync", "suspects"),
    _Plain("frontdesk_book_recovered_segments", "Segments sealed for processes that died", "recovered"),
    _Plain("frontdesk_book_torn_lines", "Last lines that a crash had torn, cut off", "torn"),
    _Plain(
        "frontdesk_web_service_misses",
        "Visits that the web service could be asked about",
        {"cached": "web_cached", "queued": "web_queued", "dropped": "web_dropped", "over_limit": "web_over_limit"},
        "outcome",
    ),
    _Plain(
        "frontdesk_web_service_lookups",
        "Look-ups by the web service, each of which may cost",
        {"answered": "web_answered", "failed": "web_failed"},
        "outcome",
    ),
    _Plain(
        "frontdesk_opentelemetry_records",
        "Records for the OpenTelemetry collector",
        {name: f"export_{name}" for name in ("sent", "withheld", "dropped", "failed")},
        "outcome",
    ),
)


# What becomes of a stream's records.
_OUTCOMES: Final[Mapping[Side, tuple[str, ...]]] = {
    "ship": ("delivered", "expired", "refused"),
    "intake": ("written", "twice", "expired", "rejected"),
}


class Figures:
    """Collects the figures of a book whenever it is asked, as Prometheus's library wants it."""

    def __init__(self, read: Callable[[], Told]) -> None:
        """`read` gives what the workers tell. Raises `FrontdeskError` where the library is not installed."""
        try:
            from prometheus_client import exposition, metrics_core  # noqa: PLC0415 - an extra
        except ImportError:
            raise FrontdeskError("metrics need Prometheus's library: pip install 'frontdesk[metrics]'") from None
        self._of: Any = metrics_core
        self._text = exposition.generate_latest
        self._read = read

    def text(self) -> bytes:
        """The figures, in the format of `CONTENT_TYPE`."""
        return self._text(self)

    def collect(self) -> "Iterator[Metric]":
        """The figures as the library's own objects."""
        told = self._read()
        counted = told.total()
        yield from self._counted(counted)
        yield from self._now(told.reports)
        yield from self._streamed(counted.streams)
        yield from self._streams_now(told.streams)

    def _counted(self, totals: Totals) -> "Iterator[Metric]":
        yield self._counter(
            "frontdesk_visits",
            "Visits that ended",
            {(each.treatment, each.entity, each.kind): each.visits for each in totals.visits},
            "treatment",
            "entity",
            "kind",
        )
        for plain in _PLAIN:
            counts = {"": plain.counts} if isinstance(plain.counts, str) else plain.counts
            rows: _Values = {(label,) if label else (): totals.counts.get(key, 0) for label, key in counts.items()}
            yield self._counter(plain.name, plain.help, rows, *filter(None, [plain.label]))
        written = dict.fromkeys(RetentionClass, 0) | totals.written
        yield self._counter("frontdesk_book_written", "Records in the book, by class", _rows(written), "class")
        dropped = dict.fromkeys(sorted(REASONS), 0) | totals.dropped
        yield self._counter("frontdesk_book_dropped", "Records lost, by reason", _rows(dropped), "reason")
        bounds = [*map(str, BOUNDS), "+Inf"]
        yield self._of.HistogramMetricFamily(
            "frontdesk_book_write_seconds",
            "How long writes to the book took",
            buckets=list(zip(bounds, accumulate(totals.write_buckets), strict=True)),
            sum_value=totals.write_seconds,
        )
        yield self._counter("frontdesk_workers_ended", "Workers that are no more", {(): totals.ended})

    def _now(self, reports: list[Report]) -> "Iterator[Metric]":
        yield self._gauge("frontdesk_workers", "Workers that live", {(): len(reports)})
        oldest = max((max(0.0, time.time() - report.at) for report in reports), default=0.0)
        yield self._gauge(
            "frontdesk_report_age_seconds", "How long ago the quietest worker told of itself", {(): oldest}
        )
        for name, what, key in (
            ("bytes", "Bytes that wait for the disk", "queue_bytes"),
            ("records", "Records that wait for the disk", "queue_records"),
            ("capacity_bytes", "Bytes that may wait for the disk", "queue_capacity"),
        ):
            waiting = sum(getattr(report, key) for report in reports)
            yield self._gauge(f"frontdesk_book_queue_{name}", what, {(): waiting})
        states = Counter(report.book for report in reports)
        rows: _Values = {(state,): states[state] for state in ("open", "degraded", "closed")}
        yield self._gauge("frontdesk_book_state", "Workers by the state of their book", rows, "state")
        versions = Counter(report.policy for report in reports)
        rows = {(version,): count for version, count in sorted(versions.items())}
        yield self._gauge("frontdesk_policy_workers", "Workers by the policy that they follow", rows, "version")
        yield from self._database(reports)
        states = Counter(report.web_service for report in reports if report.web_service)
        rows = {(state,): states[state] for state in ("open", "paused", "over_limit")}
        yield self._gauge("frontdesk_web_service_state", "Workers by the state of the web service", rows, "state")

    def _database(self, reports: list[Report]) -> "Iterator[Metric]":
        ages: _Values = {}
        states: _Values = {}
        for database in (report.database for report in reports):
            ages[database.name,] = max(database.age * _DAY, ages.get((database.name,), 0))
            for state in ("fresh", "stale", "expired"):
                key = database.name, state
                states[key] = states.get(key, 0) + (database.state == state)
        yield self._gauge("frontdesk_database_age_seconds", "Time since the day of the newest source", ages, "database")
        yield self._gauge("frontdesk_database_state", "Workers by the oldest source", states, "database", "state")

    def _streamed(self, streams: Mapping[str, Mapping[str, int]]) -> "Iterator[Metric]":
        records: _Values = {
            (name, side, outcome): counts[f"{side}_{outcome}"]
            for name, counts in streams.items()
            for side, outcomes in _OUTCOMES.items()
            for outcome in outcomes
            if f"{side}_{outcome}" in counts
        }
        told = "Records that were shipped or taken in"
        yield self._counter("frontdesk_stream_records", told, records, "stream", "side", "outcome")
        for name, what, key in (
            ("damaged_segments", "Segments of which not all could be shipped", "ship_damaged"),
            ("troubles", "How often shipping had to begin again", "ship_troubles"),
        ):
            rows: _Values = {(stream,): counts[key] for stream, counts in streams.items() if key in counts}
            yield self._counter(f"frontdesk_stream_{name}", what, rows, "stream")

    def _streams_now(self, reports: Sequence[StreamReport]) -> "Iterator[Metric]":
        living: _Values = {}
        behind: _Values = {}
        seconds: _Values = {}
        for report in reports:
            key = report.stream, report.side
            living[key] = living.get(key, 0) + 1
            if report.behind is not None:
                behind[key] = behind.get(key, 0) + report.behind
            if report.behind is not None and report.side == "ship":
                late = 0.0 if report.behind_since is None else max(0.0, time.time() - report.behind_since)
                seconds[report.stream,] = max(late, seconds.get((report.stream,), 0.0))
        labels = "stream", "side"
        yield self._gauge("frontdesk_stream_processes", "Shippers and intakes that live", living, *labels)
        yield self._gauge("frontdesk_stream_behind_records", "Records not yet delivered, or written", behind, *labels)
        yield self._gauge("frontdesk_stream_behind_seconds", "Age of what is not yet delivered", seconds, "stream")

    def _counter(self, name: str, what: str, rows: _Values, *labels: str) -> "Metric":
        return _filled(self._of.CounterMetricFamily(name, what, labels=labels), rows)

    def _gauge(self, name: str, what: str, rows: _Values, *labels: str) -> "Metric":
        return _filled(self._of.GaugeMetricFamily(name, what, labels=labels), rows)


def _rows(counts: Mapping[str, int]) -> _Values:
    return {(name,): count for name, count in counts.items() if name != OTHER or count}


def _filled(family: Any, rows: _Values) -> "Metric":
    for labels, value in rows.items():
        family.add_metric([str(label) for label in labels], value)
    filled: Metric = family
    return filled
