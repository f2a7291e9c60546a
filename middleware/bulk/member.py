"""A process that writes blocks: one of a `crew`. It is told what to write by, then piece after piece."""

import os
import pickle
import signal
import sys
from typing import IO, Any

from frontdesk.middleware.bulk import memory


def main() -> None:
    """Answer on standard output whatever is asked on standard input, until that ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    asked, answer = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what anything prints would be taken for an answer
    memory.keep()
    from frontdesk.middleware.bulk.piece import written  # noqa: PLC0415 - Polars is to know first how memory is kept
    from frontdesk.policy import FrontdeskError  # noqa: PLC0415 - the same

    def say(what: Any) -> None:
        pickle.dump(what, answer)
        answer.flush()

    told = _next(asked)
    if told is None:
        return
    (rules, book), _ = told
    try:
        receiver = rules.receiver()
        memory.make_ready()
    except FrontdeskError as error:
        say(FrontdeskError(str(error)))
        return
    say(None)
    while (told := _next(asked)) is not None:
        piece, data = told
        try:
            done: Any = written(receiver, piece._replace(block=piece.block._replace(data=data)), book)
        except FrontdeskError as error:
            done = FrontdeskError(str(error))  # others of its kind take more than their words
        except OSError as error:
            done = error
        say(done)


def _next(asked: IO[bytes]) -> tuple[Any, bytes] | None:
    """What comes next, and the bytes behind it; None where nobody asks any more."""
    try:
        what, size = pickle.load(asked)  # noqa: S301 - from the process that started this one
    except EOFError:
        return None
    data = asked.read(size)
    return (what, data) if len(data) == size else None


if __name__ == "__main__":
    try:
        main()
    except BrokenPipeError:
        os._exit(1)  # who asked is gone, and nobody need hear of it
