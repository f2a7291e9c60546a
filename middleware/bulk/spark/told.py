"""What a task tells the driver: its answer, or in one line why there is none."""

import socket

import msgspec

from frontdesk.middleware.bulk.spark.plan import Asked, Plan, plan
from frontdesk.middleware.bulk.spark.task import Answer, Order, Task, do
from frontdesk.policy import FrontdeskError

_pack = msgspec.msgpack.encode


def planned(asked: Asked) -> bytes:
    """The plan of a log."""
    try:
        return _pack(plan(asked))
    except FrontdeskError as error:
        return _pack(Plan(error=_here(str(error))))


def done(order: Order, attempts: int, task: Task) -> bytes:
    """What became of the blocks of a task, which Spark tries so many times.

    Raises `OSError` where another attempt, maybe on another machine, may do better.
    """
    from pyspark import TaskContext  # noqa: PLC0415 - an extra

    try:
        return _pack(do(order, task))
    except FrontdeskError as error:
        return _pack(Answer(error=_here(str(error))))
    except OSError as error:
        context = TaskContext.get()
        if context is not None and context.attemptNumber() + 1 < attempts:
            raise
        return _pack(Answer(error=_here(f"{error.filename or order.book}: cannot be written: {error.strerror}")))


def _here(told: str) -> str:
    return f"{told} (on {socket.gethostname()})"
