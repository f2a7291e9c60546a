"""What the front desk did, as its user asks for it."""

from datetime import date
from typing import NamedTuple

from frontdesk import systemdata
from frontdesk.enrich import web_service
from frontdesk.geodb.age import State


class DatabaseStatistics(NamedTuple):
    """The network database in use, and how old it is."""

    name: str
    build_date: date
    age: int  # days since its newest source was made
    state: State  # of its oldest source: fresh, stale or expired


class Statistics(NamedTuple):
    """What the front desk did since it started, in this process."""

    visits: int  # that have ended
    objected: int  # visits whose visitor asked not to be tracked
    counted: int  # of these, the ones of which nothing at all was written
    cookies_held_back: int
    forwarding_refused: int  # visits that brought forwarding elements which were not believed
    troubles: int  # visits that could not be looked up, and were received as strangers
    swaps: int  # databases that were changed over to
    databases_refused: int  # databases that were refused, the old one staying
    policies: int  # changed policies that were taken over
    policies_refused: int  # changed policies that were refused, the old one staying
    book: systemdata.Statistics
    database: DatabaseStatistics
    web_service: web_service.Statistics | None  # None where the policy has none
