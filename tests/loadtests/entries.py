"""Entries of a ledger, as a test wants them."""

from typing import Any

from frontdesk.loadtests.load.ledger import ANSWERED, OURS, Entry

PLAIN = Entry(100.0, OURS, "page", "1-1", ANSWERED, 200, expected=True, ms=1.0, worker=7)


def entry(**changes: Any) -> Entry:
    """A page that was answered as it should be, but for what is said."""
    return PLAIN._replace(**changes)
