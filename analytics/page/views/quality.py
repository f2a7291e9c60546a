"""Data quality: what is missing, how old the database is, what stands apart, and whom thanks are owed."""

from frontdesk.analytics.page.asked import Asked
from frontdesk.analytics.page.chart import percent
from frontdesk.analytics.page.shown import Ground, Shown
from frontdesk.analytics.permission import may_ask
from frontdesk.enrich.organisation import REASON_WORDS

GAPS = {
    "queue_full": "more came than the disk took, and what waits is bounded",
    "too_large": "a record was longer than a line may be",
    "encode_error": "a record could not become a line",
    "disk_full": "the disk was full",
    "io_error": "the disk refused",
    "closed": "the book was closed already",
    "shutdown_deadline": "the app had to stop before all was written",
    "deleted_for_room": "deleted, because the book took too much room",
}
"""Why records are missing, in words."""


def show(ground: Ground, asked: Asked) -> Shown:
    """What one must know to read every other page rightly."""
    answer = ground.answers.ask(asked, "kind")
    summary = answer.summary
    longest = max(summary.unnamed.values(), default=0)
    unnamed = [
        (REASON_WORDS.get(reason, reason), visits, percent(100 * visits / longest))
        for reason, visits in sorted(summary.unnamed.items(), key=lambda each: -each[1])
    ]
    context = {
        "summary": summary,
        "unnamed": unnamed,
        "may_tell_why": "reason" in may_ask(asked.purpose),
        "missing": [(GAPS.get(reason, reason), count) for reason, count in summary.missing.items()],
        "lost": sum(summary.missing.values()),
        "origin": ground.origin,
        "kept": ground.policy.retention.visit.days,
    }
    rows = [{"what": "visits", "reason": reason, "count": count} for reason, count in summary.unnamed.items()]
    rows += [{"what": "missing records", "reason": reason, "count": count} for reason, count in summary.missing.items()]
    rows.append({"what": "machines", "reason": None, "count": summary.bots})
    return Shown("quality.html", "/quality", context, rows)
