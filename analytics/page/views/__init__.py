"""What each page shows: a question or a few, and what becomes of the answers."""

from typing import NamedTuple

from frontdesk.analytics.page.shown import View
from frontdesk.analytics.page.views import (
    accounts,
    entities,
    objections,
    organisation,
    organisations,
    quality,
    trends,
    withheld,
)


class Page(NamedTuple):
    """A page of the menu."""

    path: str
    name: str
    view: View


PAGES = (
    Page("/organisations", "Organisations", organisations.show),
    Page("/accounts", "Accounts", accounts.show),
    Page("/trends", "Trends", trends.show),
    Page("/entities", "Entities", entities.show),
    Page("/objections", "Objections honoured", objections.show),
    Page("/quality", "Data quality", quality.show),
    Page("/withheld", "Withheld", withheld.show),
)
"""The menu; the first page is the one that opens."""

VIEWS = {page.path: page.view for page in PAGES} | {"/organisations/{key:path}": organisation.show}
"""Every page by its path."""
