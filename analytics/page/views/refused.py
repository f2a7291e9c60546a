"""A page that a rule refuses: which rule, what it says, and what may be asked instead."""

from frontdesk.analytics.errors import ForbiddenError
from frontdesk.analytics.page.asked import Asked
from frontdesk.analytics.page.shown import Shown
from frontdesk.analytics.permission import RULES


def refused(asked: Asked, error: ForbiddenError) -> Shown:
    """The page in the place of the one that was asked for."""
    context = {"rule": error.rule, "says": RULES[error.rule], "why": str(error)}
    section = f"/{asked.path.strip('/').partition('/')[0]}"
    return Shown("refused.html", section, context)
