"""Remembering: the sums of days that are over are made, after a compaction, for the first question to be quick."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from frontdesk.analytics.library import connection, engine
from frontdesk.analytics.sums import keep, kept_cells, may_keep
from frontdesk.analytics.view import View
from frontdesk.policy import FrontdeskError, Policy, RetentionClass
from frontdesk.systemdata.sums import Day, sweep_unfinished

_LONGEST_TOLD = 500
Progress = Callable[[float], object]
"""Is told what part of the work is done, from 0 to 1."""


class Remembered(NamedTuple):
    """Of how many days sums were made, or would be; and of which none could be, with the reason."""

    days: int
    failed: list[str]


def remember(
    policy: Policy, book: Path, now: datetime, *, dry_run: bool = False, progress: Progress = lambda _: None
) -> Remembered:
    """Keep the cells of the days of a book that are over and of which they are not kept yet; in a dry run only count.

    A day that fails, as by a damaged segment, is passed over. Raises `FrontdeskError` where DuckDB is not installed,
    and `OSError` where the book cannot be listed.
    """
    with connection() as connected:
        view = View(connected, policy, now)
        wanted = [day for day in _over(view, book, now) if may_keep(day, now) and kept_cells(day, now) is None]
        done, failed = 0, []
        if not dry_run:
            with suppress(OSError):
                sweep_unfinished(book)
        for number, day in enumerate(wanted):
            progress(number / len(wanted))
            try:
                done += dry_run or keep(connected, view, day, now)
            except FileNotFoundError:
                continue  # taken away meanwhile, by a purge or to make room
            except (FrontdeskError, OSError, engine().Error) as error:
                failed.append(f"{day.day}: {' '.join(str(error).split())[:_LONGEST_TOLD]}")
        progress(1)
    return Remembered(done, failed)


def _over(view: View, book: Path, now: datetime) -> list[Day]:
    """Days of which no line can be waiting anywhere, as for a compaction: not of today nor of yesterday."""
    last = now.astimezone(UTC).date() - timedelta(days=2)
    there = view.days(RetentionClass.VISIT, date.min, last)
    return [day for day in there if day.book == book]
