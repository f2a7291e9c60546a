"""What requests cost."""

from typing import NamedTuple


class Spent(NamedTuple):
    """Microseconds for each request of one round: of the processor in all threads, and by the clock."""

    processor: float
    clock: float
