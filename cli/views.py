"""`frontdesk log views`: the book as views for an analyst's own DuckDB."""

from frontdesk.analytics.sql import views
from frontdesk.cli.books import asked_about
from frontdesk.policy import Policy
from frontdesk.systemdata import BookError


def run(policy: Policy) -> None:
    """Print the SQL."""
    books = asked_about(policy)
    try:
        print(views(policy, books), end="")
    except OSError as error:
        raise BookError(error.filename or books[0], f"cannot be read: {error.strerror}") from None
