"""`frontdesk demo`: a group's example site behind the front desk, and its visitors over real HTTP."""

import logging
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import NoReturn

import orjson
from msgspec.structs import replace
from rich.console import Console

from frontdesk.cli.demo.server import Server, bind, port_of
from frontdesk.cli.demo.show import Frame, Look, invitation, line, opening, page_wide
from frontdesk.cli.demo.site import site
from frontdesk.cli.demo.summary import farewell, summary
from frontdesk.cli.demo.tally import Tally
from frontdesk.cli.demo.traffic import Traffic
from frontdesk.cli.demo.visitors import Way, population, ways_open
from frontdesk.geodb import EMBEDDED
from frontdesk.geodb.manifest import read as read_manifest
from frontdesk.middleware import FrontDesk
from frontdesk.middleware.address import is_believed
from frontdesk.policy import FrontdeskError, load
from frontdesk.policy.model import Log
from frontdesk.systemdata import fields as f
from frontdesk.systemdata.follow import Follower
from frontdesk.systemdata.tags import Record

_SETTLING = 3.0  # seconds; the writer flushes five times in one


def run(*, host: str, port: int, visits: int, once: bool, policy_file: Path, book: Path) -> None:
    """Serve the site, send the visitors, show who came; stay up until Ctrl-C unless it is to be done once.

    Raises:
        FrontdeskError: the policy, the book's folder or the port is wrong, uvicorn is missing, or, where it
            is done once, a visit was not answered or a record was dropped.
    """
    policy = replace(load(policy_file), log=Log(directory=book))
    console = page_wide(Console(highlight=False))
    with ExitStack() as stack:
        sockets = bind(host, port)
        for listener in sockets:
            stack.callback(listener.close)
        manifest = read_manifest(policy.database.file or EMBEDDED)
        # The summary gives the day of the data with the evidence.
        logging.getLogger("frontdesk.age").setLevel(logging.ERROR)
        desk = FrontDesk(site(policy, manifest), policy=policy)
        stack.callback(desk.book.close)
        ways = ways_open(policy.proxies, ipv6=len(sockets) > 1)
        traffic = Traffic(population(visits, policy, ways), port_of(sockets))
        trusted = is_believed(policy.proxies, Way.PROXY_V4.value[0])
        look = Look(console, policy, manifest, desk, traffic, Tally(), ways, trusted)
        _serve(look, Server(desk, sockets), once=once)
    if once:
        traffic.require_answers()
        _require_records(desk)


def _require_records(desk: FrontDesk) -> None:
    """Raise `FrontdeskError` if any record was lost."""
    dropped = desk.statistics().book.dropped
    if dropped:
        told = ", ".join(f"{count} ({reason})" for reason, count in dropped.items())
        raise FrontdeskError(f"records were dropped: {told}")


def _serve(look: Look, server: Server, *, once: bool) -> None:
    """From the first visitor to the closed book."""
    follower = Follower(look.book, from_now=True)

    def follow() -> list[Record]:
        records = [orjson.loads(line) for line in follower.read()]
        visits = [record for record in records if record[f.EVENT_NAME] == "frontdesk.visit"]
        look.tally.add(visits)
        return visits

    summed_up = False
    with _ended_like_interrupted(), server, suppress(KeyboardInterrupt):
        _receive(look, follow)
        if not once:
            _settle(look.desk)
            follow()
            summary(look)
            summed_up = True
            _stay(look, follow)
    follow()
    if summed_up:
        farewell(look)
    else:
        summary(look)


def _receive(look: Look, follow: Callable[[], list[Record]]) -> None:
    opening(look)
    with Frame(look) as frame:

        def tick() -> None:
            follow()
            frame.update()

        look.traffic.run(tick)


def _settle(desk: FrontDesk) -> None:
    """Wait until what was handed to the book is on the disk."""
    patience = time.monotonic() + _SETTLING
    while desk.statistics().book.buffered and time.monotonic() < patience:
        time.sleep(0.05)


def _stay(look: Look, follow: Callable[[], list[Record]]) -> NoReturn:
    """Stay up for a browser, and show each visit as it is written, until Ctrl-C."""
    invitation(look)
    while True:
        time.sleep(0.3)
        for record in follow():
            line(look, record)


@contextmanager
def _ended_like_interrupted() -> Iterator[None]:
    """Let SIGTERM end the demo as Ctrl-C does, so that `docker stop` closes the book too."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _interrupt(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt
