"""Reading `frontdesk.toml`: from text to a checked `Policy`, or one line that says what to mend."""

import re
import tomllib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import msgspec

from frontdesk.policy.contradictions import contradictions
from frontdesk.policy.errors import PolicyError
from frontdesk.policy.lines import line_of
from frontdesk.policy.mistake import mistake
from frontdesk.policy.model import Policy, WebService
from frontdesk.policy.plain import from_plain
from frontdesk.policy.problem import Problem
from frontdesk.policy.secret import Secret
from frontdesk.policy.shown import shown
from frontdesk.policy.stream import Stream

EXAMPLE = Path(__file__).with_name("frontdesk.toml")
"""The commented example policy, which the demo runs."""

_TOML_LINE = re.compile(r"at line (\d+)")
_MAX_BYTES = 1 << 20


_Table = TypeVar("_Table", bound=msgspec.Struct)


def load(file: str | Path, *, besides: Callable[[Policy], Iterable[Problem]] = lambda _: ()) -> Policy:
    """Read, check and freeze a policy file.

    Paths inside it are taken from the folder that the file is in. `besides` finds what else is wrong where the policy
    is to be followed. Raises `PolicyError` with the file, the line, the key, the value and what is allowed.
    """
    path = Path(file)
    text = _read(path)
    try:
        data = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # numbers too long to read and brackets too deep leak through
        line = _TOML_LINE.search(str(error))
        raise PolicyError(str(file), int(line[1]) if line else None, "", f"not TOML: {error}") from None
    try:
        policy = from_plain(data)
    except msgspec.ValidationError as error:
        _refuse(str(file), text, data, mistake(error))
    for problem in contradictions(policy, path.parent):
        _refuse(str(file), text, data, problem)
    policy = _anchored(policy, path.parent)
    for problem in besides(policy):
        _refuse(str(file), text, data, problem)
    return policy


def _read(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            raw = stream.read(_MAX_BYTES + 1)
    except OSError as error:
        raise PolicyError(str(path), None, "", f"cannot be read: {error.strerror}") from None
    if len(raw) > _MAX_BYTES:
        raise PolicyError(str(path), None, "", "is larger than 1 MiB; is this a policy?")
    try:
        return raw.decode().removeprefix("\ufeff")  # the mark that Windows' editors put in front
    except UnicodeDecodeError as error:
        raise PolicyError(str(path), None, "", f"is not UTF-8 at byte {error.start}") from None


def _anchored(policy: Policy, folder: Path) -> Policy:
    """The same policy with its paths taken from the policy's own folder."""
    database = _at(policy.database, folder)
    sources = tuple(_at(source, folder) for source in database.sources)
    database = msgspec.structs.replace(database, sources=sources)
    books = tuple(_at(book, folder) for book in policy.log.books)
    log = msgspec.structs.replace(_at(policy.log, folder), books=books)
    service = policy.web_service
    if isinstance(service, WebService):
        service = _at(service, folder)
    analysts = tuple(_at(analyst, folder) for analyst in policy.analysts)
    return msgspec.structs.replace(policy, log=log, database=database, web_service=service, analysts=analysts)


def _at(table: _Table, folder: Path) -> _Table:
    """The same table with its paths, and those of its secrets and its stream, taken from a folder."""
    said = {name: getattr(table, name) for name in table.__struct_fields__}
    paths: dict[str, Any] = {name: folder / value for name, value in said.items() if isinstance(value, Path)}
    tables = {name: _at(value, folder) for name, value in said.items() if isinstance(value, Secret | Stream)}
    return msgspec.structs.replace(table, **paths, **tables)


def _refuse(file: str, text: str, data: dict[str, Any], problem: Problem) -> NoReturn:
    told = problem.text + shown(data, problem.key, "the file")
    raise PolicyError(file, line_of(text, problem.key), problem.key, told)
