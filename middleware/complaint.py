"""What is said in the log of trouble in here, without a word of the visitor."""

import logging
from typing import Final

from frontdesk.policy.seldom import Seldom

seldom = Seldom()
"""Which complaints of this process were told lately."""

_LONGEST_TYPE: Final = 64

_log = logging.getLogger("frontdesk")


def error_type(error: BaseException) -> str:
    """The name of an exception's class, where it is a plain one: a class can be made at run time, with any name."""
    name = type(error).__name__
    return name if name.isascii() and name.isidentifier() and len(name) <= _LONGEST_TYPE else "_OTHER"


def place_of(error: BaseException) -> str:
    """Where in the code an error was raised."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else "unknown place"


def complain(error: Exception) -> None:
    """Say that something went wrong in here, of each place in the code once a minute at most.

    The error's own text stays out of the log: it may hold an address.
    """
    name, where = error_type(error), place_of(error)
    if seldom.admits((name, where)):
        _log.error("a visit was not noted as it should be: %s at %s", name, where)
