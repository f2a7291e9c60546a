"""The layers that a policy names, as the files that a database is built from."""

from datetime import date
from pathlib import Path
from typing import NamedTuple, get_args

from frontdesk.geodb.errors import SourceError
from frontdesk.geodb.update import state as states
from frontdesk.geodb.update.request import Request
from frontdesk.geodb.update.vendors import Vendors
from frontdesk.policy.errors import FrontdeskError
from frontdesk.policy.model import Database
from frontdesk.policy.source import Layer


class Place(NamedTuple):
    """Where a source lies, or will once it is fetched, and how it is fetched; a file on disk is not."""

    layer: Layer
    file: Path
    request: Request | None


def target(database: Database) -> Path:
    """The file that is built. Raises `FrontdeskError` where the policy lists nothing to build it from."""
    if not isinstance(database.file, Path) or not database.sources:
        raise FrontdeskError("the policy lists no [[database.sources]]: there is nothing to build a database from")
    return database.file


def directory(database: Database) -> Path:
    """Where fetched files lie."""
    if isinstance(database.sources_directory, Path):
        return database.sources_directory
    return target(database).with_name("sources")


def places(database: Database, vendors: Vendors, today: date) -> list[Place]:
    """Every source of the policy, in its order. Raises `FrontdeskError` where two would lie in one place."""
    found = [_place(database, index, vendors, today) for index in range(len(database.sources))]
    files = [place.file for place in found]
    for index, file in enumerate(files):
        if file in files[:index]:
            raise FrontdeskError(f"two of the policy's sources would lie at {file}")
    return found


def layers(found: list[Place]) -> list[list[Path]]:
    """The files of each layer that has any: own, proprietary, public."""
    ranked = [[place.file for place in found if place.layer == layer] for layer in get_args(Layer)]
    return [files for files in ranked if files]


def first_voter(found: list[Place]) -> int | None:
    """The number of the public layer, whose sources vote where the policy wants the country by majority."""
    ranked = sorted({get_args(Layer).index(place.layer) for place in found})
    public = get_args(Layer).index("public")
    return ranked.index(public) if public in ranked else None


def days(found: list[Place]) -> dict[Path, date]:
    """The days of fetched files, as their servers tell."""
    told = {place.file: states.recalled(place.file) for place in found if place.request}
    return {file: day for file, state in told.items() if state and (day := state.day())}


def require(found: list[Place]) -> None:
    """Raise `SourceError` for the first file that is not there."""
    for place in found:
        if not place.file.is_file():
            fetch = "" if place.request is None else ": `frontdesk geodb update` fetches it"
            raise SourceError(place.file, f"is not there{fetch}")


def _place(database: Database, index: int, vendors: Vendors, today: date) -> Place:
    source = database.sources[index]
    request = vendors.request(source, today)
    if request is None:
        assert isinstance(source.file, Path)  # noqa: S101 - what is not fetched is a file
        return Place(source.layer, source.file, None)
    return Place(source.layer, directory(database) / request.name, request)
