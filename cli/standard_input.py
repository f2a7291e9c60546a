"""Standard input, which whoever starts a command may have closed."""

import sys
from typing import BinaryIO

from frontdesk.policy import FrontdeskError


def standard_input() -> BinaryIO:
    """Its bytes. Raises `FrontdeskError` where it is closed: nothing is no empty input."""
    if sys.stdin is None:
        raise FrontdeskError("standard input is closed, and - would read it: pipe something in, or name a file")
    return sys.stdin.buffer
