"""Scenarios: what goes wrong while visitors come, and what must hold besides the account."""

import os
import shutil
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from itertools import cycle
from pathlib import Path
from typing import NamedTuple

from frontdesk.geodb.build import build
from frontdesk.geodb.manifest import beside
from frontdesk.policy import EXAMPLE
from frontdesk.systemdata import fields as f
from frontdesk.systemdata.daily_id import memory_keys
from frontdesk.systemdata.tags import Record

from .account import Account, Kill, audits, visits
from .ledger import now
from .process import mapped
from .served import Counted, Settings
from .server import Server

SWAP_INTERVAL = 0.1
POLICY_INTERVAL = 0.5
_SMALL, _LARGE = "192k", "64m"  # sizes of the disk that fills, and is grown
_BUFFER = 32 << 10  # bytes that may wait for it, so that its being full is soon felt
_LEAPS = (86_400.0, -172_800.0, 3_600.0, 0.0)  # seconds that the clock is off, one after the other
_MOST_MAPPED = 4
_WORKERS = 2
_POLICIES = {"2026-11-01": 90, "changed": 60}
"""The versions that the policy has in turn, and the days that each keeps a visit."""


class Ground:
    """Where a scenario takes place, and what it leaves for the account."""

    def __init__(self, folder: Path, seconds: float) -> None:
        self.folder = folder
        self.seconds = seconds
        self.server: Server | None = None
        self.over = threading.Event()
        self.kills: list[Kill] = []
        self.disturbed: list[float] = []
        """When connections were cut by somebody else, on the ledger's clock."""
        self.notes: Counter[str] = Counter()
        self.mapped = 0
        self.trouble: list[str] = []
        """Why what was to go wrong did not."""

    @property
    def book(self) -> Path:
        """The book's folder."""
        return self.folder / "visitors-book"

    @property
    def books(self) -> list[Path]:
        """The book, and what was taken away of it."""
        return [self.book, *sorted(self.folder.glob("taken-away-*"))]

    def sleep(self, share: float) -> bool:
        """Wait for a share of the run's time; whether the run still goes on."""
        return not self.over.wait(share * self.seconds)

    def forget_keys(self) -> None:
        """Remove the keys to the book's daily ids, which lie outside of the folder."""
        keys = memory_keys(self.book)
        if keys is not None:
            shutil.rmtree(keys.folder, ignore_errors=True)

    def run(self, inject: "Callable[[Ground], None]") -> None:
        """Let something go wrong; if that does not succeed, the run has shown nothing, and says so."""
        try:
            inject(self)
        except (OSError, subprocess.SubprocessError) as error:
            self.trouble.append(f"what was to go wrong did not: {error}")


class Scenario(NamedTuple):
    """One thing that goes wrong."""

    told: str
    inject: Callable[[Ground], None] = lambda _ground: None
    prepare: Callable[[Ground], None] = lambda _ground: None
    wrong: Callable[[Ground, Account, list[Counted]], list[str]] = lambda _ground, _account, _counted: []
    workers: int = 1
    settings: Settings = Settings()
    drops: bool = False  # whether dropping is what must happen
    mounts: bool = False  # whether a file system is mounted for it


def write_policy(ground: Ground) -> None:
    """The example policy, whose book then lies in the folder."""
    (ground.folder / "frontdesk.toml").write_text(EXAMPLE.read_text("utf-8"), "utf-8")


def _prepare_databases(ground: Ground) -> None:
    for country in ("DE", "FR"):
        folder = ground.folder / country
        folder.mkdir()
        (folder / "package.json").write_text('{"name": "@ip-location-db/asn", "version": "2.3.2026061719"}')
        (folder / "country.csv").write_text(f"1.0.0.0,223.255.255.255,{country}\n")
        (folder / "asn.csv").write_text(f'1.0.0.0,223.255.255.255,64500,"University of {country}"\n')
        build([folder / "country.csv", folder / "asn.csv"], folder / "networks.mmdb")
    _put_in_place(ground, "DE")
    policy = ground.folder / "frontdesk.toml"
    policy.write_text(policy.read_text("utf-8") + '\n[database]\nfile = "networks.mmdb"\n', "utf-8")


def _put_in_place(ground: Ground, country: str) -> None:
    """As `frontdesk geodb build` does: by rename, the manifest first."""
    source, target = ground.folder / country / "networks.mmdb", ground.folder / "networks.mmdb"
    for new, old in ((beside(source), beside(target)), (source, target)):
        part = ground.folder / f"{new.name}.part"
        part.write_bytes(new.read_bytes())
        part.replace(old)


def _swap(ground: Ground) -> None:
    while not ground.over.wait(SWAP_INTERVAL):
        ground.notes["databases put in place"] += 1
        _put_in_place(ground, "FR" if ground.notes["databases put in place"] % 2 else "DE")
        for pid in ground.server.pids() if ground.server else ():
            ground.mapped = max(ground.mapped, mapped(pid, ".mmdb"))


def _wrong_swap(ground: Ground, _account: Account, counted: list[Counted]) -> list[str]:
    swaps = sum(told.swaps for told in counted)
    ground.notes["swaps"], ground.notes["mapped databases at most"] = swaps, ground.mapped
    ground.notes["refused, manifest and database being of two"] = sum(told.databases_refused for told in counted)
    mixed = sum(
        record.get(f.ORGANISATION) != f"University of {record[f.COUNTRY]}"
        for record in visits(ground.book)
        if f.ORGANISATION in record
    )
    return [
        *([f"{mixed} records mix two databases"] if mixed else []),
        *(["no database was changed over to"] if not swaps else []),
        *([f"{ground.mapped} databases mapped at once"] if ground.mapped > _MOST_MAPPED else []),
    ]


def _mount_small(ground: Ground) -> None:
    ground.book.mkdir(mode=0o700)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={_SMALL},mode=700", "tmpfs", str(ground.book)]
    subprocess.run(mount, check=True)


def unmount(ground: Ground) -> None:
    """Let go of the disk that a scenario mounted."""
    subprocess.run(["umount", str(ground.book)], check=True)


def _grow(ground: Ground) -> None:
    if ground.sleep(0.6):
        subprocess.run(["mount", "-o", f"remount,size={_LARGE}", str(ground.book)], check=True)
        ground.notes["grown"] += 1


def _wrong_disk(ground: Ground, account: Account, counted: list[Counted]) -> list[str]:
    told, dropped = account.lines_dropped, sum(account.lines_dropped.values())
    ground.notes["lines dropped"] = dropped
    return [
        *([f"dropped for other reasons: {told}"] if set(told) - {"disk_full", "queue_full"} else []),
        *(["nothing was dropped, so the disk was never full"] if not account.dropped else []),
        *(["the disk was not grown again"] if not ground.notes["grown"] else []),
        *(["a process did not tell what it counted"] if not counted else []),
    ]


def _change_policy(ground: Ground) -> None:
    """By rename and in place, in turns: editors do either."""
    policy = ground.folder / "frontdesk.toml"
    (first, days), *_ = _POLICIES.items()
    text = policy.read_text("utf-8")
    for version in cycle(reversed(_POLICIES)):
        if ground.over.wait(POLICY_INTERVAL):
            return
        told = text.replace(f'"{first}"', f'"{version}"', 1).replace(
            f"days = {days}", f"days = {_POLICIES[version]}", 1
        )
        ground.notes["policies put in place"] += 1
        if ground.notes["policies put in place"] % 3:
            part = policy.with_suffix(".part")
            part.write_text(told, "utf-8")
            part.replace(policy)
        else:
            policy.write_text(told, "utf-8")


def _wrong_policy(ground: Ground, account: Account, counted: list[Counted]) -> list[str]:
    records = [record for record in visits(ground.book) if record["event_name"] == "frontdesk.visit"]
    found = Counter(record[f.POLICY_VERSION] for record in records)
    ground.notes.update({f"records under version {version}": number for version, number in found.items()})
    changes = ground.notes["changes of policy"] = sum(told.policies for told in counted)
    refused, mixed = sum(told.policies_refused for told in counted), sum(map(_mixes_policies, records))
    told_of = sum(record.get(f.ACTION) == "policy_reload" for record in audits(ground.book))
    told_of += account.lines_dropped.get("closed", 0)  # the book may be closed at the moment of the last change
    return [
        *([f"{mixed} records mix two policies"] if mixed else []),
        *([f"{refused} policies were refused"] if refused else []),
        *([f"{told_of} of {changes} changes are audit records"] if told_of != changes else []),
        *([f"visits came under {len(found)} policies: the run was too short"] if len(found) != len(_POLICIES) else []),
    ]


def _mixes_policies(record: Record) -> bool:
    """Whether a record's end is not that of its policy."""
    kept = datetime.fromisoformat(record[f.EXPIRES_AT]) - datetime.fromisoformat(record[f.TIMESTAMP]).replace(
        microsecond=0
    )
    return kept.days != _POLICIES[record[f.POLICY_VERSION]]


def _replace_workers(ground: Ground) -> None:
    if ground.sleep(0.25) and ground.server:
        left = set(ground.server.pids())
        ground.server.renew()
        while left and not ground.over.wait(0.02):
            gone = left - set(ground.server.pids())
            if gone:  # a worker that ends closes the connections that nobody uses at that moment
                left -= gone
                ground.disturbed.append(now())
                ground.notes["workers replaced"] += len(gone)


def _wrong_restart(ground: Ground, _account: Account, _counted: list[Counted]) -> list[str]:
    replaced = ground.notes["workers replaced"]
    return [] if replaced == _WORKERS else [f"{replaced} workers were replaced: the run was too short"]


def _kill(ground: Ground) -> None:
    if ground.sleep(0.4) and ground.server:
        pid = ground.server.pids()[0]
        ground.kills.append(Kill(pid, now()))
        os.kill(pid, signal.SIGKILL)
        ground.disturbed.append(now())
        ground.notes["workers killed"] += 1


def _wrong_kill(ground: Ground, account: Account, _counted: list[Counted]) -> list[str]:
    ground.notes["answered visits lost by it"] = account.lost_by_kill
    return [] if ground.kills else ["no worker was killed"]


def _take_away(ground: Ground) -> None:
    """Moved, not deleted: so it can be shown that nothing is lost but what was taken."""
    for number in (1, 2):
        if ground.sleep(0.3):
            with suppress(FileNotFoundError):
                ground.book.rename(ground.folder / f"taken-away-{number}")
                ground.notes["times the folder was taken away"] += 1


def _wrong_folder(ground: Ground, _account: Account, _counted: list[Counted]) -> list[str]:
    empty = [f"no visit is in {book.name}" for book in ground.books if not any(True for _ in visits(book))]
    return empty if len(ground.books) > 2 else [*empty, "the folder was not taken away twice"]  # noqa: PLR2004


def _leap(ground: Ground) -> None:
    for off in _LEAPS:
        if ground.sleep(0.2):
            part = ground.folder / "clock.part"
            part.write_text(str(off), "ascii")
            part.replace(ground.folder / "clock")
            ground.notes["leaps of the clock"] += 1


def _wrong_clock(ground: Ground, _account: Account, _counted: list[Counted]) -> list[str]:
    days = {record["timestamp"][:10] for record in visits(ground.book)}
    ground.notes["days in the book"] = len(days)
    now_ = time.time()
    expected = {time.strftime("%Y-%m-%d", time.gmtime(now_ + off)) for off in _LEAPS}
    return [] if len(days) >= len(expected) > 1 else [f"the clock did not leap: {sorted(days)}"]


SCENARIOS: Mapping[str, Scenario] = {
    "none": Scenario("nothing goes wrong"),
    "swap": Scenario(
        "a new network database every 100 ms",
        _swap,
        _prepare_databases,
        _wrong_swap,
        settings=Settings(watch_interval=0.05),
    ),
    "full-disk": Scenario(
        "the book's disk is full, and grown again when three fifths of the time are over",
        _grow,
        _mount_small,
        _wrong_disk,
        settings=Settings(capacity=_BUFFER),
        drops=True,
        mounts=True,
    ),
    "policy": Scenario(
        "the policy is changed every half second, to and fro, under two workers",
        _change_policy,
        wrong=_wrong_policy,
        workers=_WORKERS,
        settings=Settings(watch_interval=0.05),
    ),
    "restart": Scenario(
        "two workers are replaced one by one", _replace_workers, wrong=_wrong_restart, workers=_WORKERS
    ),
    "kill": Scenario("one of two workers is killed by SIGKILL", _kill, wrong=_wrong_kill, workers=_WORKERS),
    "folder": Scenario("the book's folder is taken away, twice", _take_away, wrong=_wrong_folder),
    "clock": Scenario(
        "the clock leaps: a day ahead, two back, and home",
        _leap,
        wrong=_wrong_clock,
        settings=Settings(clock=True),
    ),
}
"""The scenarios by their names."""
