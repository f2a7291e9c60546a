"""Reading `frontdesk.toml`: from text to a checked `Policy`, or one line that says what to mend."""

import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, NoReturn, get_args

import msgspec

from frontdesk.policy.countries import COUNTRIES
from frontdesk.policy.errors import PolicyError
from frontdesk.policy.model import (
    LIST_HEADERS,
    Cookies,
    Database,
    Entity,
    ForwardingHeader,
    Log,
    Policy,
    Proxies,
    Retention,
    Signals,
    Treatment,
    VisitRetention,
)
from frontdesk.policy.networks import Networks
from frontdesk.policy.purposes import PURPOSES, DataClass, purposes_for

EXAMPLE = Path(__file__).with_name("frontdesk.toml")
"""The commented example policy, which the demo runs."""

_AT = re.compile(r" - at `\$\.?(?P<key>[^`]*)`$")
_FIELD = re.compile(r"^Object (contains unknown|missing required) field `(?P<name>.*)`$", re.DOTALL)
_TABLE = re.compile(r"\s*(?P<brackets>\[\[?)\s*(?P<name>[\w.-]+)\s*\]")
_SETTING = re.compile(r"\s*(?P<name>[\w.-]+)\s*=")
_TOML_LINE = re.compile(r"at line (\d+)")
_CHOICES = {"header": get_args(ForwardingHeader), "dnt": tuple(Treatment), "gpc": tuple(Treatment)}
# What each pattern in the model asks for, in words.
_SHAPES = {
    "version": "1 to 64 letters, digits, spaces or any of . : + - _",
    "id": "1 to 63 lower-case letters, digits or hyphens",
    "hosts": "a host name in lower case, without scheme, port or path",
}
_MAX_BYTES = 1 << 20
_LONGEST_SHOWN = 80


class _Problem(NamedTuple):
    """What is wrong at a key: `("proxies.trusted", "…")`."""

    key: str
    text: str


def load(file: str | Path) -> Policy:
    """Read, check and freeze a policy file.

    Paths inside it are taken from the folder that the file is in. Raises `PolicyError` with the file, the line, the
    key, the value and what is allowed.
    """
    path = Path(file)
    text = _read(path)
    try:
        data = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # numbers too long to read and brackets too deep leak through
        line = _TOML_LINE.search(str(error))
        raise PolicyError(str(file), int(line[1]) if line else None, "", f"not TOML: {error}") from None
    try:
        policy = msgspec.convert(data, Policy, dec_hook=_decode, strict=True)
    except msgspec.ValidationError as error:
        _refuse(str(file), text, data, _explain(str(error)))
    for problem in _contradictions(policy):
        _refuse(str(file), text, data, problem)
    return _anchored(policy, path.parent)


def _read(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            raw = stream.read(_MAX_BYTES + 1)
    except OSError as error:
        raise PolicyError(str(path), None, "", f"cannot be read: {error.strerror}") from None
    if len(raw) > _MAX_BYTES:
        raise PolicyError(str(path), None, "", "is larger than 1 MiB; is this a policy?")
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        raise PolicyError(str(path), None, "", f"is not UTF-8 at byte {error.start}") from None


def _decode(wanted: type, value: Any) -> Any:
    if wanted is Networks:
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise ValueError("expected a list of networks, such as ['10.0.0.0/8']")
        return Networks(value)
    if wanted is Path:
        if not isinstance(value, str) or not value or "\0" in value:
            raise ValueError("expected a path as text")
        return Path(value)
    raise TypeError(f"nothing reads a {wanted.__name__}")


def _explain(message: str) -> _Problem:
    """msgspec's message as the key and what is wrong there."""
    where = _AT.search(message)
    table = where["key"] if where else ""
    text = _AT.sub("", message)
    field = _FIELD.match(text)
    if "matching regex" in text:
        return _Problem(table, f"expected {_SHAPES[re.split(r'[.[]', table.rstrip('0123456789]['))[-1]]}")
    if not field:
        choices = _CHOICES.get(table.rpartition(".")[2], ()) if text.startswith("Invalid enum") else ()
        return _Problem(table, f"not one of {', '.join(choices)}" if choices else text)
    name = field["name"] if field["name"].isprintable() else repr(field["name"])
    key = f"{table}.{name}".removeprefix(".")
    if "unknown" in text:
        return _Problem(key, f"no such key; allowed here are {', '.join(_fields_of(table))}")
    return _Problem(key, "is missing")


def _fields_of(table: str) -> tuple[str, ...]:
    """The keys that a table may have: `entities[0]` gives those of an entity."""
    names = {"": Policy, "entities": Entity, "proxies": Proxies, "signals": Signals, "cookies": Cookies}
    names |= {"retention": Retention, "retention.visit": VisitRetention, "log": Log, "database": Database}
    return names[table.partition("[")[0]].__struct_fields__


def _contradictions(policy: Policy) -> Iterator[_Problem]:
    """What the types cannot say."""
    yield from _entity_problems(policy)
    proxies = policy.proxies
    for index, text in enumerate(proxies.trusted.texts):
        if Networks([text]).holds_everything():
            yield _Problem(f"proxies.trusted[{index}]", "this trusts everybody: name the networks of your proxies")
    if proxies.hops and proxies.header not in LIST_HEADERS:
        yield _Problem("proxies.hops", f"{proxies.header} holds one address: name the networks in proxies.trusted")
    if proxies.hops and not proxies.trusted and not proxies.only_way_in:
        yield _Problem(
            "proxies.hops",
            "a hop count alone believes any peer: name the proxies in proxies.trusted too, or say"
            " only_way_in = true if nobody can reach the app except through them",
        )
    for index, name in enumerate(policy.retention.visit.purposes):
        key = f"retention.visit.purposes[{index}]"
        if name not in PURPOSES:
            yield _Problem(key, f"no such purpose; known are {', '.join(PURPOSES)}")
        elif DataClass.SYSTEM_DATA not in PURPOSES[name].classes:
            allowed = ", ".join(purposes_for(DataClass.SYSTEM_DATA))
            yield _Problem(key, f"this purpose may not use System Data; those that may are {allowed}")


def _entity_problems(policy: Policy) -> Iterator[_Problem]:
    seen: dict[tuple[str, str], str] = {}
    for number, entity in enumerate(policy.entities):
        for country in entity.countries:
            if country not in COUNTRIES:
                yield _Problem(f"entities[{number}].countries", f"{country!r} is no ISO 3166-1 code, such as DE or GB")
        for field, values in (("id", (entity.id,)), ("hosts", entity.hosts), ("countries", entity.countries)):
            for value in values:
                if other := seen.get((field, value)):
                    yield _Problem(f"entities[{number}].{field}", f"{value!r} is taken already, by {other!r}")
                seen[field, value] = entity.id
    if policy.default_entity not in {entity.id for entity in policy.entities}:
        known = ", ".join(entity.id for entity in policy.entities)
        yield _Problem("default_entity", f"no entity has this id; known are {known}")


def _anchored(policy: Policy, folder: Path) -> Policy:
    """The same policy with its paths taken from the policy's own folder."""
    database = policy.database
    if isinstance(database.file, Path):
        database = Database(file=folder / database.file)
    log = Log(directory=folder / policy.log.directory)
    return msgspec.structs.replace(policy, log=log, database=database)


def _refuse(file: str, text: str, data: dict[str, Any], problem: _Problem) -> NoReturn:
    value = _value_at(data, problem.key)
    given = f" (the file says {_short(value)})" if value is not None else ""
    raise PolicyError(file, _line_of(text, problem.key), problem.key, problem.text + given)


def _short(value: Any) -> str:
    shown = repr(value)
    return shown if len(shown) <= _LONGEST_SHOWN else shown[: _LONGEST_SHOWN - 1] + "…"


def _value_at(data: Any, key: str) -> Any:
    """The plain value at a key path; None for a table, an absent key, or no key at all."""
    for step in re.findall(r"[^.\[\]]+", key):
        try:
            data = data[int(step) if step.isdigit() else step]
        except (KeyError, IndexError, TypeError):
            return None
    return None if isinstance(data, dict) else data


def _line_of(text: str, key: str) -> int | None:
    """The line that sets a key, or failing that the nearest thing around it."""
    lines = _lines(text)
    while key and key not in lines:
        key = key[: max(key.rfind("."), key.rfind("["), 0)]
    return lines.get(key)


def _lines(text: str) -> dict[str, int]:
    """The line of each key path, for tables, arrays of tables and settings that start a line."""
    lines: dict[str, int] = {}
    items: Counter[str] = Counter()
    table = ""
    for number, line in enumerate(text.split("\n"), start=1):
        if header := _TABLE.match(line):
            table = header["name"]
            if header["brackets"] == "[[":
                table = f"{table}[{items[table]}]"
                items[header["name"]] += 1
            lines.setdefault(table, number)
        elif setting := _SETTING.match(line):
            lines.setdefault(f"{table}.{setting['name']}".removeprefix("."), number)
    return lines
