"""How far an update is, for whoever wants to show it."""

from typing import NamedTuple


class Outcome(NamedTuple):
    """What became of one source.

    Attributes:
        what: the source, in words.
        news: `new`, `unchanged`, `on disk` for a file that is not fetched, `kept` where the fetch failed and the file
            from before stays, `missing` where there is none.
        problem: why the fetch failed.
    """

    what: str
    news: str
    problem: str = ""


class Show:
    """Shows nothing; what is overridden is shown."""

    def fetching(self, what: str, done: int, total: int | None) -> None:
        """So many bytes of a source have come, of as many as the server says."""

    def fetched(self, outcome: Outcome) -> None:
        """A source is done with."""

    def waiting(self, text: str) -> None:
        """Something went wrong, and is tried again after a pause."""

    def building(self, text: str, share: float) -> None:
        """The build does this, and so much of it is done, from 0 to 1."""


NOTHING = Show()
