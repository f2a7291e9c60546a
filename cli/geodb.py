"""`frontdesk geodb`: databases built, looked into, proved and compared."""

import re
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from frontdesk.cli.plain import plain
from frontdesk.geodb import Database, DatabaseError, Manifest
from frontdesk.geodb.age import age_of, today
from frontdesk.geodb.build import Cut
from frontdesk.geodb.build import build as build_database
from frontdesk.geodb.coverage import changes
from frontdesk.geodb.progress import Progress as Follower
from frontdesk.geodb.update.layers import days, first_voter, layers, places, require, target
from frontdesk.geodb.update.vendors import EVERYBODY
from frontdesk.policy import load


def cut_from(text: str) -> Cut:
    """The cut from text such as `24/48`."""
    match = re.fullmatch(r"(\d{1,2})/(\d{1,3})", text)
    if not match or not (8 <= int(match[1]) <= 32 and 16 <= int(match[2]) <= 128):  # noqa: PLR2004
        raise typer.BadParameter(
            f"{text!r} is not two prefix lengths, IPv4 from 8 to 32 and IPv6 from 16 to 128, such as 24/48",
            param_hint="--cut",
        )
    return Cut(int(match[1]), int(match[2]))


def build(sources: list[Path], out: Path, *, cut: Cut, made: date | None, majority: bool, force: bool) -> None:
    """Build the database, showing how far it is, and say what came of it."""
    with followed() as progress:
        manifest = build_database(
            sources,
            out,
            cut_to=cut,
            made=made,
            # Files on a command line are all alike: each is a layer of its own, and each votes.
            voting_from=0 if majority else None,
            force=force,
            progress=progress,
        )
    describe(out, manifest)


def build_by_policy(
    policy: Path, out: Path | None, *, cut: Cut | None, made: date | None, majority: bool | None, force: bool
) -> None:
    """The same from the layers that a policy names, as their files lie on disk: nothing is fetched."""
    database = load(policy).database
    found = places(database, EVERYBODY, today())
    require(found)
    out = out or target(database)
    majority = database.country == "majority" if majority is None else majority
    with followed() as progress:
        manifest = build_database(
            layers(found),
            out,
            cut_to=cut or cut_from(database.cut),
            made=made,
            days=days(found),
            voting_from=first_voter(found) if majority else None,
            force=force,
            progress=progress,
        )
    describe(out, manifest)


@contextmanager
def followed() -> Iterator[Follower]:
    """What shows how far a build is, on standard error: a bar on a terminal, else a line for each step."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _lines()
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn(compact=True))
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("starting", total=1)
        yield lambda words, done: bar.update(task, description=words, completed=done)


def _lines() -> Follower:
    said = ""

    def line(words: str, _done: float) -> None:
        nonlocal said
        if words != said:
            said = words
            print(words, file=sys.stderr, flush=True)

    return line


def inspect(file: Path) -> None:
    """Say what a database is, by its manifest."""
    describe(file, Database(file).manifest)


def verify(file: Path) -> None:
    """Read every network of a database, and say that it is whole."""
    database = Database(file)
    types = Counter[str]()
    try:
        for item in database.networks():
            types[item.value.type] += 1  # type: ignore[attr-defined]
    except Exception as error:  # noqa: BLE001 - a bad file raises nearly anything
        raise DatabaseError(file, f"is damaged: {type(error).__name__}") from None
    print(f"{file}: whole; {types.total():,} networks read")
    for kind, count in types.most_common():
        print(f"  {kind:11} {count:>9,}")


def diff(before: Path, after: Path, *, most: int) -> None:
    """Say what changes, for how much address space, when one database replaces another."""
    found = changes(Database(before).networks(), Database(after).networks())
    if not found:
        print("nothing changes")
        return
    print(f"{'IPv4 /24s':>10} {'IPv6 /48s':>14}  what changes")
    for change in found[:most]:
        print(f"{change.ipv4:>10,} {change.ipv6:>14,}  {change.field}: {plain(change.before)} -> {plain(change.after)}")
    if len(found) > most:
        print(f"and {len(found) - most:,} more")


def describe(file: Path, manifest: Manifest) -> None:
    """Say what a database is: size, sources, what it knows, the words to show."""
    print(f"{file}: {manifest.networks:,} networks, {manifest.size / 1e6:.1f} MB, {manifest.build_date}")
    chosen = "the country by majority" if manifest.country == "majority" else "the country of the first source"
    print(f"sha256 {manifest.sha256}, cut to {manifest.cut}, {chosen}")
    for source, age in zip(manifest.sources, age_of(manifest, today()).sources, strict=True):
        old = f"of {age.date}, {age.days} days old, {age.state}" if age.date else "of no known day"
        print(f"  {source.file}: {', '.join(source.fields)}; {old}; {source.licence}")
    for field, known in manifest.coverage.ipv4.items():
        ipv6 = manifest.coverage.ipv6[field]
        print(f"  {field} is known for {known:,} IPv4 /24s and {ipv6:,} IPv6 /48s")
    if manifest.attributions:
        print("Wherever you use it, show:")
        print("\n".join(f"  {words}" for words in manifest.attributions))
