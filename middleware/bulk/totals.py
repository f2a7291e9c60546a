"""What became of the lines of logs: exact numbers, which add up."""

from typing import NamedTuple


class Totals(NamedTuple):
    """`read` are the lines that were read now: each is `written`, `counted`, `expired` or `rejected`.

    Of `counted` ones the policy keeps nothing but their number in the hour; `known` lines were read by a run before.
    """

    read: int = 0
    written: int = 0
    counted: int = 0
    expired: int = 0
    rejected: int = 0
    known: int = 0

    def plus(self, other: "Totals") -> "Totals":
        """The sums of both."""
        return Totals(*(mine + others for mine, others in zip(self, other, strict=True)))

    def minus(self, other: "Totals") -> "Totals":
        """What came after the other."""
        return Totals(*(mine - others for mine, others in zip(self, other, strict=True)))
