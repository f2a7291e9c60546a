"""Making a process's report out of its counters."""

import os
import time
from collections.abc import Mapping

from frontdesk import systemdata
from frontdesk.enrich import web_service
from frontdesk.middleware.desk import Lookups
from frontdesk.middleware.export import Exported
from frontdesk.middleware.report import DatabaseReport, Report, Totals, visits_of
from frontdesk.middleware.statistics import Statistics
from frontdesk.middleware.warned import warnings
from frontdesk.systemdata.counts import Came


def report_of(
    statistics: Statistics,
    counts: Mapping[Came, int],
    lookups: Lookups,
    policy: str,
    began: float,
    exported: Exported | None = None,
) -> Report:
    """What a process tells of itself now.

    Args:
        statistics: its counters.
        counts: how many visits ended, of each kind.
        lookups: how often it looked who arrives.
        policy: the version of the policy that it follows.
        began: when it began, since 1970.
        exported: what became of the records for OpenTelemetry, where there are any.
    """
    book, service, database = statistics.book, statistics.web_service, statistics.database
    warned, last = warnings()
    own = {
        "cookies_held_back": statistics.cookies_held_back,
        "forwarding_refused": statistics.forwarding_refused,
        "troubles": statistics.troubles,
        "swaps": statistics.swaps,
        "databases_refused": statistics.databases_refused,
        "policies": statistics.policies,
        "policies_refused": statistics.policies_refused,
        "lookups_cached": lookups.cached,
        "lookups_made": lookups.made,
        "warnings": warned,
    }
    return Report(
        process=os.getpid(),
        began=began,
        at=time.time(),
        totals=Totals(
            visits=visits_of(counts),
            counts=own | _of_book(book) | _of_service(service) | _of_export(exported),
            written=dict(book.written_by_class),
            dropped=dict(book.dropped),
            write_buckets=book.writes.buckets,
            write_seconds=book.writes.seconds,
        ),
        queue_bytes=book.buffered_bytes,
        queue_records=book.buffered,
        queue_capacity=book.capacity,
        book=book.state,
        policy=policy,
        database=DatabaseReport(
            name=database.name, built=database.build_date.isoformat(), age=database.age, state=database.state
        ),
        web_service=service.state if service else None,
        warnings=last,
    )


def _of_book(book: systemdata.Statistics) -> dict[str, int]:
    return {
        "accepted": book.accepted,
        "deleted": book.deleted,
        "suspects": book.suspects,
        "recovered": book.recovered.segments,
        "torn": book.recovered.torn,
    }


def _of_service(service: web_service.Statistics | None) -> dict[str, int]:
    if service is None:
        return {}
    told = ("queued", "dropped", "over_limit", "answered", "failed", "cached")
    return {f"web_{name}": getattr(service, name) for name in told}


def _of_export(exported: Exported | None) -> dict[str, int]:
    return {f"export_{name}": count for name, count in (exported._asdict() if exported else {}).items()}
