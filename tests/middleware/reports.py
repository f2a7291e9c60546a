"""Reports for the tests of what an operator sees."""

from typing import Any

import msgspec

from frontdesk.middleware.report import DatabaseReport, Report, Side, StreamReport, Totals, Visits, Warned
from frontdesk.policy import Treatment


def totals(**changes: Any) -> Totals:
    told = Totals(
        visits=(
            Visits(Treatment.FULL, "de", "education", 3),
            Visits(Treatment.FULL, "com", "isp", 2),
            Visits(Treatment.ANONYMOUS, "de", "withheld", 1),
        ),
        counts={"accepted": 10, "cookies_held_back": 4, "forwarding_refused": 5, "lookups_cached": 7, "swaps": 1},
        written={"visit": 6, "security": 2},
        dropped={"disk_full": 2},
        write_buckets=(1, 2, 0, 1, 0, 0, 0, 0, 0, 0, 1),
        write_seconds=6.5,
    )
    return msgspec.structs.replace(told, **changes)


def report(**changes: Any) -> Report:
    told = Report(
        process=4711,
        began=1_790_000_000.0,
        at=1_790_000_100.0,
        totals=totals(),
        queue_bytes=1024,
        queue_records=3,
        queue_capacity=8 << 20,
        book="open",
        policy="2026-11-01",
        database=DatabaseReport(name="networks", built="2026-11-01", age=12, state="fresh"),
        warnings=(Warned(1_790_000_050.0, "the visitors' book cannot be written to book: No space left on device"),),
    )
    return msgspec.structs.replace(told, **changes)


def stream_report(side: Side = "ship", **changes: Any) -> StreamReport:
    counts = {
        "ship": {"delivered": 20, "expired": 1, "refused": 2, "damaged": 3, "troubles": 4},
        "intake": {"written": 15, "twice": 5, "expired": 1, "rejected": 6},
    }[side]
    told = StreamReport(
        process=4712,
        began=1_790_000_000.0,
        at=1_790_000_100.0,
        totals=Totals(streams={"frontdesk": {f"{side}_{name}": count for name, count in counts.items()}}),
        stream="frontdesk",
        side=side,
        behind=7,
    )
    return msgspec.structs.replace(told, **changes)
