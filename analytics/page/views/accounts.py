"""Accounts: which of the group's own accounts came, matched by their names and networks."""

from frontdesk.analytics.page.asked import Asked
from frontdesk.analytics.page.errors import PageError
from frontdesk.analytics.page.shown import Ground, Shown
from frontdesk.analytics.page.views.trends import widths
from frontdesk.analytics.threshold import OTHERS


def show(ground: Ground, asked: Asked) -> Shown:
    """The accounts that enough people came from."""
    if not ground.answers.has_accounts:
        raise PageError(404, "This page knows no accounts: it was started without a list of them.")
    answer = ground.answers.ask(asked, "account")
    lines = [(row, width) for row, width in widths(answer, len(answer.rows)) if row.key != (OTHERS,)]
    others = next((row for row in answer.rows if row.key == (OTHERS,)), None)
    rows = [
        {
            "account": row.key[0],
            "visits": row.visits,
            "visitors": row.visitors,
            "first_seen": row.first,
            "last_seen": row.last,
            "visits_before": row.before,
            "trend_percent": row.trend,
        }
        for row, _ in lines
    ]
    return Shown("accounts.html", "/accounts", {"lines": lines, "others": others}, rows)
