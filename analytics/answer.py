"""An answer: its rows, and what one must know to read them rightly."""

from typing import NamedTuple

from frontdesk.analytics.objections import Objections
from frontdesk.analytics.question import Question


class Organisation(NamedTuple):
    """What is known of an organisation beside its visits. Evidence is that of most of its visits."""

    name: str
    kind: str
    country: str | None
    confidence: str
    source: str
    method: str  # a key of `enrich.organisation.METHOD_WORDS`
    rule: str
    prefix_lengths: tuple[int, int]  # the shortest and the longest
    entities: tuple[str, ...]  # that enough of its visitors came to


class Row(NamedTuple):
    """One row. Counts are rounded (see `rounding`).

    `key` has a value for each dimension of the question; `threshold.OTHERS` stands for rows that are told together,
    `threshold.WHOLE` for the whole period or the rest of it, a month among days for the rest of that month, and UNKNOWN
    for what the book does not say. `first` and `last` are days, or months where a day would tell of too few. `pages`
    counts those that five visitors saw at least, or is None where rows are told apart by pages or the like, and for a
    purpose that may not ask by page. `before` is the count of visits in the period before, or None where there were too
    few then.
    """

    key: tuple[str, ...]
    visits: int
    visitors: int
    pages: int | None
    first: str | None
    last: str | None
    before: int | None
    organisation: Organisation | None = None

    @property
    def trend(self) -> int | None:
        """By how many hundredths visits grew or shrank against the period before."""
        return None if not self.before else round((self.visits - self.before) * 100 / self.before)


UNKNOWN = "?"
"""What stands in a dimension where the book does not say."""


class Withheld(NamedTuple):
    """Rows that are not shown by themselves, because they stand for too few.

    Told as the multiple of five below, and as 0 where they are fewer than k: whether one is hidden or none would tell
    whether somebody came at all.
    """

    together: int
    left_out: int


class Summary(NamedTuple):
    """What holds for all visits of the days and of the filter, as far as they are enough. Counts are rounded.

    `unnamed` are visits by why nobody is named, for a purpose that may ask by reason: of each reason that gives no few
    others away, and of none where rows tell the reasons.

    `objections` are of all visits that the books counted, whatever is kept of them, and know no filter but the company.
    """

    visits: int | None
    visitors: int | None
    bots: int | None
    unnamed: dict[str, int]
    objections: Objections
    by_id: bool  # whether visitors are told apart by an id of the day; else by their network, which tells fewer
    missing: dict[str, int]  # records that the book says are missing, by reason
    databases: tuple[str, ...]  # that named the organisations


class Answer(NamedTuple):
    """The answer to a question."""

    question: Question
    rows: tuple[Row, ...]
    withheld: Withheld
    summary: Summary

    @property
    def visits(self) -> int:
        """The total: of what is shown, and of nothing else."""
        return sum(row.visits for row in self.rows)
