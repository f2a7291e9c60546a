"""Keeping a database current: what the policy lists is fetched, and where anything is new it is built again."""

import hashlib
from collections.abc import Iterator
from importlib.metadata import version
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple

import msgspec

from frontdesk.geodb.age import today
from frontdesk.geodb.build import Cut, build
from frontdesk.geodb.errors import DatabaseError, FetchError
from frontdesk.geodb.manifest import FORMAT, Manifest, sha256
from frontdesk.geodb.manifest import read as read_manifest
from frontdesk.geodb.network_type import NetworkTypes
from frontdesk.geodb.update import state as states
from frontdesk.geodb.update.layers import Place, days, directory, first_voter, layers, places, target
from frontdesk.geodb.update.lock import lock
from frontdesk.geodb.update.patience import USUAL, Patience
from frontdesk.geodb.update.show import NOTHING, Outcome, Show
from frontdesk.geodb.update.vendors import EVERYBODY, Vendors
from frontdesk.policy.errors import FrontdeskError, SecretError
from frontdesk.policy.model import Database


class Update(NamedTuple):
    """What came of an update.

    Attributes:
        file: the database.
        manifest: what it is now.
        built: whether it was built again.
        outcomes: what became of each source, in the policy's order.
    """

    file: Path
    manifest: Manifest
    built: bool
    outcomes: tuple[Outcome, ...]

    @property
    def failed(self) -> tuple[Outcome, ...]:
        """The sources that could not be fetched, for which their files from before are used."""
        return tuple(outcome for outcome in self.outcomes if outcome.problem)


def update(
    database: Database,
    *,
    force: bool = False,
    vendors: Vendors = EVERYBODY,
    patience: Patience = USUAL,
    show: Show = NOTHING,
) -> Update:
    """Fetch every source that is new, build the database where anything is, prove it, and put it in place at once.

    A source that cannot be fetched leaves its file from before in use. Apps that have the database open change over
    by themselves.

    Args:
        database: what the policy says of the database.
        force: build, and replace the database even by one that knows much less.
        vendors: where each vendor is reached.
        patience: how long a fetch goes on.
        show: is told how far it is.

    Raises:
        FrontdeskError: there is no file for a source, or another update is under way.
        SourceError: a file cannot be used; the database is then as it was.
    """
    file = target(database)
    with lock(directory(database)):
        found = places(database, vendors, today())
        outcomes = tuple(_fetched(found, patience, show))
        _require_all(outcomes)
        record = directory(database) / f"{file.name}.built.json"
        fingerprint = _fingerprint(database, found)
        if not force and (manifest := _current(file, record, fingerprint)):
            return Update(file, manifest, built=False, outcomes=outcomes)
        manifest = build(
            layers(found),
            file,
            cut_to=Cut(*map(int, database.cut.split("/"))),
            days=days(found),
            voting_from=first_voter(found) if database.country == "majority" else None,
            force=force,
            prove=True,
            progress=show.building,
        )
        states.put(record, msgspec.json.encode(_Built(fingerprint=fingerprint, sha256=manifest.sha256)))
        return Update(file, manifest, built=True, outcomes=outcomes)


class _Built(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """From what the database was built last, and what it is."""

    fingerprint: str
    sha256: str


def _fetched(found: list[Place], patience: Patience, show: Show) -> Iterator[Outcome]:
    """What becomes of each source, one after the other."""
    try:
        # The library that speaks HTTP is an extra; nothing but an update needs it.
        from frontdesk.geodb.update.download import Download  # noqa: PLC0415
        from frontdesk.geodb.update.fetch import Fetch  # noqa: PLC0415
    except ImportError:
        raise FrontdeskError("fetching needs httpx2: pip install 'frontdesk[update]'") from None
    download = Download()
    try:
        for place in found:
            if place.request is None:
                outcome = _on_disk(place.file)
            else:
                what = place.request.what
                try:
                    news = Fetch(download, patience, show, place.request, place.file).run()
                    outcome = Outcome(what, "new" if news else "unchanged")
                except FetchError as error:
                    outcome = _failed(what, place.file, str(error))
                except SecretError as error:
                    outcome = _failed(what, place.file, f"{what}: {error}")
            show.fetched(outcome)
            yield outcome
    finally:
        download.close()


def _on_disk(file: Path) -> Outcome:
    return Outcome(str(file), "on disk") if file.is_file() else Outcome(str(file), "missing", f"{file}: is not there")


def _failed(what: str, file: Path, problem: str) -> Outcome:
    return Outcome(what, "kept" if file.is_file() else "missing", problem)


def _require_all(outcomes: tuple[Outcome, ...]) -> None:
    """Refuse to build without a source: the database would lose what only that source knows."""
    missing = [outcome for outcome in outcomes if outcome.news == "missing"]
    if missing:
        raise FrontdeskError(f"the database is as it was, for a source has no file: {missing[0].problem}")


def _fingerprint(database: Database, found: list[Place]) -> str:
    """The digest of all that the bytes of the database follow from; of paths only the names count."""
    told = {
        "policy": database,
        "files": [sha256(place.file) for place in found],
        "days": {file.name: day for file, day in days(found).items()},
        "rules": NetworkTypes.digest(),
        "format": FORMAT,
        "frontdesk": version("frontdesk"),
    }
    return hashlib.sha256(msgspec.json.encode(told, enc_hook=attrgetter("name"))).hexdigest()


def _current(file: Path, record: Path, fingerprint: str) -> Manifest | None:
    """What the database is, where it is the one that a build would give."""
    try:
        built = msgspec.json.decode(record.read_bytes(), type=_Built)
        manifest = read_manifest(file)
    except (OSError, DatabaseError, msgspec.DecodeError, UnicodeDecodeError):
        return None
    return manifest if built == _Built(fingerprint=fingerprint, sha256=manifest.sha256) else None
