"""Memory for one long piece of work: what is free again is kept for what comes next.

The system clears each page that it gives anew, which was a tenth of all the work.
"""

import ctypes
import gc
import os
from contextlib import suppress

from frontdesk.systemdata.table import arrow

_OBJECTS = 1_000_000
"""So many new objects are made before the next search for such as hold one another."""
# Of `mallopt`, in `malloc.h` of glibc: what is free is not given back, all is one arena, nothing is mapped by itself.
_KEEP_ALL = ((-1, -1), (-8, 1), (-4, 0))
# Of jemalloc, which comes with Polars and reads this when it is loaded. Polars has it give back what is free after half
# a second, which is between two blocks.
_KEEP_A_WHILE = "dirty_decay_ms:10000"


def keep() -> None:
    """Have memory that is free again kept; before Polars is loaded."""
    os.environ.setdefault("_RJEM_MALLOC_CONF", _KEEP_A_WHILE)
    with suppress(AttributeError):  # another library of C
        set_option = ctypes.CDLL(None).mallopt
        for option, value in _KEEP_ALL:
            set_option(option, value)


def make_ready() -> None:
    """Set this process up, which makes many objects that stay and few that go round."""
    arrow().set_memory_pool(arrow().system_memory_pool())  # not its own, which gives pages back
    gc.freeze()
    gc.set_threshold(_OBJECTS)
