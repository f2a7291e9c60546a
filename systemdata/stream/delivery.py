"""What is on its way to the brokers: in the order in which it was sent, until it is noted."""

from collections import deque

from frontdesk.systemdata.stream.cursor import Position
from frontdesk.systemdata.stream.spool import Entry

WINDOW = 4096
"""Records that may be sent and not noted: what can stand in a topic twice if a shipper is killed."""


class Sent:
    """One record that is on its way."""

    __slots__ = ("place", "position", "safe")

    def __init__(self, entry: Entry, *, safe: bool) -> None:
        self.place = entry.place
        self.position = entry.position
        self.safe = safe

    def delivered(self) -> None:
        """The brokers have it."""
        self.safe = True


class Deliveries:
    """Everything that was sent and is not noted yet. The first that is not safe keeps all behind it."""

    def __init__(self) -> None:
        self._sent: deque[Sent] = deque()
        self._moved: dict[str, Position] = {}
        self._safe = 0

    def __len__(self) -> int:
        return len(self._sent) + self._safe

    @property
    def are_full(self) -> bool:
        """Whether nothing more may be sent before something is noted."""
        return len(self) >= WINDOW

    def add(self, sent: Sent) -> None:
        """Remember one more."""
        self._sent.append(sent)

    def settle(self) -> dict[str, Position]:
        """The segments that came further, and how far; to be noted, and then `noted` be called."""
        while self._sent and self._sent[0].safe:
            sent = self._sent.popleft()
            self._moved[sent.place] = sent.position
            self._safe += 1
        return self._moved

    def noted(self) -> None:
        """What `settle` gave is on the disk."""
        self._moved = {}
        self._safe = 0
