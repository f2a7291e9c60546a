"""The last warnings that the front desk logged in this process, for `frontdesk top`, and how many there were."""

import logging
import time
from collections import deque

from frontdesk.middleware.report import Warned

_MOST = 5
_LONGEST = 400
_LOGGERS = ("frontdesk", "frontdesk.age")


class _Notes(logging.Filter):
    """Notes each warning, and lets it pass. A handler would keep Python from printing what nobody handles."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0
        self.last: deque[Warned] = deque(maxlen=_MOST)

    def filter(self, record: logging.LogRecord) -> bool:
        """Note a record."""
        if record.levelno >= logging.WARNING:
            self.count += 1
            self.last.append(Warned(time.time(), record.getMessage()[:_LONGEST]))
        return True


_notes = _Notes()


def take_note() -> None:
    """Begin to note warnings, once in a process."""
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(_notes)  # a second time changes nothing


def warnings() -> tuple[int, tuple[Warned, ...]]:
    """How many warnings there were, and the last of them."""
    return _notes.count, tuple(_notes.last)
