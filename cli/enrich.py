"""`frontdesk enrich`: access logs that exist become System Data, as if the middleware had written it."""

import ctypes
import gc
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from frontdesk.geodb import EMBEDDED, Database
from frontdesk.policy import FrontdeskError, Policy
from frontdesk.systemdata.audit import testify
from frontdesk.systemdata.table import arrow

if TYPE_CHECKING:
    from frontdesk.middleware.bulk.totals import Totals

_NEEDED = ("numpy", "polars", "pyarrow")
_OBJECTS = 1_000_000
"""So many new objects are made before the next search for such as hold one another."""
# Of `mallopt`, in `malloc.h` of glibc: what is free is not given back, all is one arena, nothing is mapped by itself.
_KEEP_ALL = ((-1, -1), (-8, 1), (-4, 0))
# Of jemalloc, which comes with Polars and reads this when it is loaded. Polars has it give back what is free after half
# a second, which is between two blocks.
_KEEP_A_WHILE = "dirty_decay_ms:10000"


def run(
    policy: Policy,
    logs: Sequence[Path],
    out: Path,
    *,
    format_: str | None,
    rejects: Path | None,
    as_of: datetime | None,
    besides: tuple[str | None, str | None, Sequence[str]],
    spark: bool,
    as_json: bool,
) -> None:
    """Write what is new in the logs into a book, and say what became of each line."""
    if any(find_spec(name) is None for name in _NEEDED):
        raise FrontdeskError("enrich needs Polars and Arrow: pip install 'frontdesk[bulk]'")
    _keep_memory()
    # Half a second of imports that no other command needs.
    from frontdesk.enrich.logs.formats import named  # noqa: PLC0415
    from frontdesk.middleware.bulk.receive import CLOCKS_DIFFER, Besides, Receiver  # noqa: PLC0415
    from frontdesk.middleware.bulk.rejects import Rejects  # noqa: PLC0415
    from frontdesk.middleware.bulk.run import Run  # noqa: PLC0415

    for log in logs:
        if str(log) != "-" and not log.is_file():
            raise FrontdeskError(f"{log}: there is no such file; - is standard input")
        if str(log) == "-" and spark:
            raise FrontdeskError("standard input is on one machine, and the executors are on others: give files")
    _make_ready()
    known = None if format_ is None else named(format_)
    now = time.time()
    judged = now if as_of is None else as_of.replace(tzinfo=UTC).timestamp()
    host, scheme, routes = besides
    database = policy.database.file or EMBEDDED
    told_besides = Besides(host, scheme, tuple(routes))
    receiver = Receiver(policy, Database(database), judged, told_besides, latest=now + CLOCKS_DIFFER)
    refused = Rejects(rejects or out.with_name(out.name + ".rejects.jsonl"))
    with _none_left(out), _followed(logs) as progress:
        if spark:
            given = (out, refused, policy, database, judged)
            settings = {"besides": told_besides, "format_": format_, "latest": now + CLOCKS_DIFFER}
            totals = _on_spark(logs, *given, progress=progress, **settings)
        else:
            totals = Run(receiver, out, refused, format_=known, progress=progress).run(logs)
    gc.freeze()  # what is left goes with the process, and nobody need look through it before
    if totals.read:
        told = {"logs": len(logs), **totals._asdict(), "database": receiver.version}
        testify(policy, out, now, "enrich", told | {"as_of": None if as_of is None else f"{as_of:%Y-%m-%d}"})
    if totals.rejected:
        Console(stderr=True, soft_wrap=True).print(
            f"frontdesk: {totals.rejected:,} lines could not be read; {refused.path} has their numbers and the reasons",
            markup=False,
            highlight=False,
        )
    if as_json:
        print(orjson.dumps(totals._asdict()).decode())
        return
    counted = f", {totals.counted:,} counted only" if totals.counted else ""
    known_before = f"; {totals.known:,} were there already" if totals.known else ""
    print(
        f"{out}: {totals.read:,} lines read: {totals.written:,} written{counted}, {totals.expired:,} expired,"
        f" {totals.rejected:,} rejected{known_before}"
    )


def _keep_memory() -> None:
    """Have memory that is free again kept for what comes next: the system clears each page that it gives anew, which
    was a tenth of all the work."""
    os.environ.setdefault("_RJEM_MALLOC_CONF", _KEEP_A_WHILE)
    with suppress(AttributeError):  # another library of C
        set_option = ctypes.CDLL(None).mallopt
        for option, value in _KEEP_ALL:
            set_option(option, value)


def _make_ready() -> None:
    """Set this process up for one long piece of work, which makes many objects that stay and few that go round."""
    arrow().set_memory_pool(arrow().system_memory_pool())  # not its own, which gives pages back
    gc.freeze()
    gc.set_threshold(_OBJECTS)


@contextmanager
def _none_left(out: Path) -> Iterator[None]:
    """Where nothing could be written, take away the folders that were made for it."""
    from frontdesk.middleware.bulk.journal import FOLDER  # noqa: PLC0415 - as above

    made = [place for place in (out / FOLDER, out, *out.parents) if not place.exists()]
    try:
        yield
    except BaseException:
        for place in made:
            with suppress(OSError):  # something is in it, or it was not made at all
                place.rmdir()
        raise


def _on_spark(logs: Sequence[Path], *given: Any, **settings: Any) -> "Totals":
    """The same on a cluster; what is given is what `SparkRun` takes."""
    from frontdesk.middleware.bulk.spark.run import SparkRun  # noqa: PLC0415 - needs the extra
    from frontdesk.middleware.bulk.spark.session import session  # noqa: PLC0415 - the same

    with session() as spark:
        return SparkRun(spark, *given, **settings).run(logs)


@contextmanager
def _followed(logs: Sequence[Path]) -> Iterator[Callable[[int], object]]:
    """What shows how far it is and how long it takes yet: a bar on a terminal, on standard error, and else nothing."""
    console = Console(stderr=True)
    sizes = [log.stat().st_size for log in logs if str(log) != "-"]
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn(compact=True))
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("enriching", total=sum(sizes) if len(sizes) == len(logs) else None)
        yield lambda done: bar.advance(task, done)
