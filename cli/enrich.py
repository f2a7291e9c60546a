"""`frontdesk enrich`: access logs that exist become System Data, as if the middleware had written it."""

import gc
import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from frontdesk.cli.plain import plain
from frontdesk.cli.standard_input import standard_input
from frontdesk.enrich import Enricher
from frontdesk.geodb import EMBEDDED, Database
from frontdesk.middleware.bulk import memory
from frontdesk.policy import FrontdeskError, Policy
from frontdesk.systemdata.afterwards import afterwards
from frontdesk.systemdata.audit import testify
from frontdesk.systemdata.ipcrypt import KEY_BYTES

if TYPE_CHECKING:
    from frontdesk.middleware.bulk.rejects import Rejects
    from frontdesk.middleware.bulk.rules import Rules
    from frontdesk.middleware.bulk.run import Run
    from frontdesk.middleware.bulk.spark.run import SparkRun

_DAY = 86_400
_NEEDED = ("numpy", "polars", "pyarrow")


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
    memory.keep()
    # Half a second of imports that no other command needs.
    from frontdesk.enrich.logs.formats import named  # noqa: PLC0415
    from frontdesk.middleware.bulk.journal import forgotten  # noqa: PLC0415
    from frontdesk.middleware.bulk.receive import CLOCKS_DIFFER, Besides  # noqa: PLC0415
    from frontdesk.middleware.bulk.rejects import Rejects  # noqa: PLC0415
    from frontdesk.middleware.bulk.rules import Rules  # noqa: PLC0415

    _require_logs(logs, spark=spark)
    told_in = rejects or _beside(out)
    _require_ours(policy, besides[0])
    memory.make_ready()
    if format_ is not None:
        named(format_)
    now = time.time()
    # What was purged is not written again, also by a policy that keeps visits for longer by now.
    gone = forgotten(out) + policy.retention.visit.days * _DAY
    judged = max(gone, now if as_of is None else as_of.replace(tzinfo=UTC).timestamp())
    host, scheme, routes = besides
    file = policy.database.file or EMBEDDED
    database = Database(file)
    told_besides = Besides(host, scheme, tuple(routes))
    given = (judged, told_besides, secrets.token_bytes(KEY_BYTES), now + CLOCKS_DIFFER)
    rules = Rules(policy, file, database.manifest.sha256, *given)
    refused = Rejects(told_in)
    told: _Told = {
        "logs": len(logs),
        "database": Enricher(database).version,
        "as_of": None if as_of is None else f"{as_of:%Y-%m-%d}",
    }
    account: dict[str, str] = {}
    with (
        _none_left(out),
        _followed(logs) as progress,
        _prepared(
            logs,
            rules,
            out,
            refused,
            spark=spark,
            format_=format_,
            progress=progress,
            begins=partial(_begin, policy, out, told, account),
        ) as prepared,
        afterwards(partial(_end, policy, out, told, account, prepared)),
    ):
        totals = prepared.run(logs)
        if account:
            account["state"] = "ended"
    gc.freeze()  # what is left goes with the process, and nobody need look through it before
    for doubt in prepared.doubts:
        _warn(plain(doubt))
    if totals.rejected:
        _warn(f"{totals.rejected:,} lines could not be read; {refused.path} has their numbers and the reasons")
    if as_json:
        print(orjson.dumps(totals._asdict()).decode())
        return
    counted = f", {totals.counted:,} counted only" if totals.counted else ""
    known_before = f"; {totals.known:,} were there already" if totals.known else ""
    print(
        f"{out}: {totals.read:,} lines read: {totals.written:,} written{counted}, {totals.expired:,} expired,"
        f" {totals.rejected:,} rejected{known_before}"
    )


def _warn(words: str) -> None:
    Console(stderr=True, soft_wrap=True).print(f"frontdesk: {words}", markup=False, highlight=False)


def _require_logs(logs: Sequence[Path], *, spark: bool) -> None:
    """Refuse what is no log, before any folder is made."""
    for log in logs:
        if log.is_dir():
            raise FrontdeskError(f"{log}: is a folder: name the logs in it, such as {log}/*.log")
        if str(log) != "-" and not log.is_file():
            raise FrontdeskError(f"{log}: there is no such file; - is standard input")
        if str(log) == "-" and spark:
            raise FrontdeskError("standard input is on one machine, and the executors are on others: give files")
        if str(log) == "-":
            standard_input()


def _beside(out: Path) -> Path:
    """Where rejected lines are told if nobody says where: beside the folder, whichever way that is named."""
    named = out if out.name not in {"", ".."} else out.resolve()
    if not named.name:
        raise FrontdeskError(f"--out {plain(str(out))}: is no folder of a book's own: name one in it")
    return named.with_name(named.name + ".rejects.jsonl")


def _require_ours(policy: Policy, host: str | None) -> None:
    """Refuse a host of no company: its lines would be written under another one, and be known when it is mended."""
    known = [name for entity in policy.entities for name in entity.hosts]
    if host is not None and host.partition(":")[0].lower() not in known:
        raise FrontdeskError(
            f"--host {plain(host)}: no company of the policy has this host; known are {', '.join(known) or 'none'}"
        )


@contextmanager
def _none_left(out: Path) -> Iterator[None]:
    """Where nothing could be written, take away the folders that were made for it."""
    from frontdesk.systemdata.pending import JOURNAL  # noqa: PLC0415 - as above

    made = [place for place in (out / JOURNAL, out, *out.parents) if not place.exists()]
    try:
        yield
    except BaseException:
        for place in made:
            with suppress(OSError):  # something is in it, or it was not made at all
                place.rmdir()
        raise


@contextmanager
def _prepared(
    logs: Sequence[Path], rules: "Rules", out: Path, refused: "Rejects", *, spark: bool, **settings: Any
) -> Iterator["Run | SparkRun"]:
    """What writes the logs, on this machine or on a cluster."""
    from frontdesk.middleware.bulk.hands import hands  # noqa: PLC0415 - as above
    from frontdesk.middleware.bulk.run import Run  # noqa: PLC0415 - as above

    if not spark:
        yield Run(hands(logs, rules), out, refused, **settings)
        return
    from frontdesk.middleware.bulk.spark.run import SparkRun  # noqa: PLC0415 - needs the extra
    from frontdesk.middleware.bulk.spark.session import session  # noqa: PLC0415 - the same

    given = (out, refused, rules.policy, rules.database, rules.as_of)
    with session() as started:
        yield SparkRun(started, *given, besides=rules.besides, latest=rules.latest, **settings)


_Told = Mapping[str, str | int | None]


def _begin(policy: Policy, out: Path, told: _Told, account: dict[str, str]) -> None:
    """Note that a run begins to write, before it does: else nobody would hear of one that is killed."""
    testify(policy, out, time.time(), "enrich", {**told, "state": "begun"})
    account["state"] = "broken_off"


def _end(policy: Policy, out: Path, told: _Told, account: _Told, run: "Run | SparkRun") -> None:
    """Note what a run has written that began to, also one that failed."""
    if account:
        testify(policy, out, time.time(), "enrich", {**told, **account, **run.totals._asdict()})


@contextmanager
def _followed(logs: Sequence[Path]) -> Iterator[Callable[[int], object]]:
    """What shows how far it is and how long it takes yet: a bar on a terminal, on standard error, and else nothing."""
    console = Console(stderr=True)
    sizes = [log.stat().st_size for log in logs if str(log) != "-"]
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn(compact=True))
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("enriching", total=sum(sizes) if len(sizes) == len(logs) else None)
        yield lambda done: bar.advance(task, done)
