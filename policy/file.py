"""Reading `frontdesk.toml`: from text to a checked `Policy`, or one line that says what to mend."""

import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NoReturn, TypeVar, get_args

import msgspec

from frontdesk.policy.analysts import Analyst, AnalystsPage
from frontdesk.policy.contradictions import contradictions
from frontdesk.policy.declarations import GpcSupport, TrackingStatus
from frontdesk.policy.errors import PolicyError
from frontdesk.policy.model import (
    Book,
    Cookies,
    CountryChoice,
    Database,
    Entity,
    ForwardingHeader,
    Log,
    MaxMindService,
    OpenTelemetry,
    Operations,
    Policy,
    Proxies,
    Recipient,
    Signals,
    Treatment,
    Visitors,
    WebService,
)
from frontdesk.policy.networks import Networks
from frontdesk.policy.problem import Problem
from frontdesk.policy.retention import (
    AggregateRetention,
    AuditRetention,
    Retention,
    RetentionClass,
    SecurityRetention,
    VisitRetention,
)
from frontdesk.policy.routing import Mode, On, Page, Routing, Words
from frontdesk.policy.secret import PLACE, Secret
from frontdesk.policy.source import SECRETS, Layer, Source
from frontdesk.policy.stream import Stream

EXAMPLE = Path(__file__).with_name("frontdesk.toml")
"""The commented example policy, which the demo runs."""

_AT = re.compile(r" - at `\$\.?(?P<key>[^`]*)`$")
_FIELD = re.compile(r"^Object (contains unknown|missing required) field `(?P<name>.*)`$", re.DOTALL)
_TABLE = re.compile(r"\s*(?P<brackets>\[\[?)\s*(?P<name>[\w.-]+)\s*\]")
_SETTING = re.compile(r"\s*(?P<name>[\w.-]+)\s*=")
_TOML_LINE = re.compile(r"at line (\d+)")
_CHOICES = {
    "header": get_args(ForwardingHeader),
    "dnt": tuple(Treatment),
    "gpc": tuple(Treatment),
    "classes": tuple(RetentionClass),
    "country": get_args(CountryChoice),
    "layer": get_args(Layer),
    "service": get_args(MaxMindService),
    "mode": tuple(Mode),
    "tracking": ("!", "N", "T", "C", "P", "D"),
}
# Where somebody may have put a secret by mistake, it is not shown.
_NEVER_SHOWN = re.compile(
    r"database\.sources(?!\[\d+\]\.(layer|file|maxmind|ipinfo|dbip|iptoasn)$)|web_service\.(account|key)"
    r"|log\.(books\[\d+\]\.)?(archive|stream\.(?!(topics|classes|keep)\b))"
    r"|log\.books\Z|opentelemetry\.endpoint|analysts(?!\[\d+\]\.(name|purposes|users))"
)
# What each pattern in the model asks for, in words.
_SHAPES = {
    "version": "1 to 64 letters, digits, spaces or any of . : + - _",
    "id": "1 to 63 lower-case letters, digits or hyphens",
    "residency": "1 to 63 lower-case letters, digits or hyphens",
    "hosts": "a host name in lower case, without scheme, port or path",
    "cut": "two prefix lengths, IPv4 from 8 to 32 and IPv6 from 16 to 128, such as 24/48",
    "maxmind": "MaxMind's name of a database, such as GeoLite2-ASN",
    "ipinfo": "IPinfo's name of a file, such as ipinfo_lite.mmdb",
    "dbip": "DB-IP's name of a free database, such as country-lite",
    "iptoasn": "iptoasn.com's name of a file, such as ip2asn-combined.tsv.gz",
    "url": "an https:// address without a password in it; http:// is for this machine only",
    "endpoint": "an https:// address with a path, such as https://collector.example/v1/logs, without a password in it;"
    " http:// is for this machine only",
    "sha256_url": "an https:// address without a password in it; http:// is for this machine only",
    "archive": "the address of a store such as s3://bucket/prefix, gs://, az:// or file:///folder, without a name or"
    " password in it: credentials come from the environment",
    "site": "an origin by https, such as https://www.example.com",
    "languages": "a language such as de or en-GB",
    "language": "a language such as de or en-GB",
    "name": "1 to 63 lower-case letters, digits or hyphens",
    "brokers": "a host and a port, such as kafka-1.example:9093",
    "topics": "1 to 200 letters, digits or any of . _ -",
    "users": "a user's name as the proxy gives it: 1 to 64 letters, digits or any of . @ + - _",
    "user_header": "a header's name in lower case, such as x-forwarded-user",
    "parameter": "1 to 32 lower-case letters, digits, hyphens or underscores",
    "cookie": "1 to 64 letters, digits, hyphens or underscores",
    "entry_paths": "a path such as / or /products",
    "exempt_paths": "a path such as /feed, or /api/* for all that begin so",
    **dict.fromkeys(("health", "ready", "metrics"), "a path such as /-/health"),
    "path": "a path such as / or /products/{product}",
    **dict.fromkeys(("compliance", "controller", "audit", "policy", "config"), "a path, or an https address"),
    "same_party": "a host name in lower case, without scheme, port or path",
}
_MAX_BYTES = 1 << 20
_LONGEST_SHOWN = 80


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
        policy = msgspec.convert(data, Policy, dec_hook=_decode, strict=True)
    except msgspec.ValidationError as error:
        _refuse(str(file), text, data, _explain(str(error)))
    for problem in contradictions(policy):
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


def _explain(message: str) -> Problem:
    """msgspec's message as the key and what is wrong there."""
    where = _AT.search(message)
    table = where["key"] if where else ""
    text = _AT.sub("", message)
    field = _FIELD.match(text)
    if table.rpartition(".")[2] in SECRETS and not field and text.startswith("Expected"):
        return Problem(table, PLACE)
    if "matching regex" in text:
        return Problem(table, f"expected {_SHAPES[_last_name(table)]}")
    if not field:
        choices = _CHOICES.get(_last_name(table), ()) if text.startswith("Invalid enum") else ()
        return Problem(table, f"not one of {', '.join(choices)}" if choices else text)
    name = field["name"] if field["name"].isprintable() else repr(field["name"])
    key = f"{table}.{name}".removeprefix(".")
    if "unknown" in text:
        return Problem(key, f"no such key; allowed here are {', '.join(_fields_of(table))}")
    return Problem(key, "is missing")


def _last_name(key: str) -> str:
    """The last name of a key path, without its index: `hosts` of `entities[0].hosts[1]`."""
    return re.split(r"[.[]", key.rstrip("0123456789]["))[-1]


def _fields_of(table: str) -> tuple[str, ...]:
    """The keys that a table may have: `entities[0]` gives those of an entity."""
    names: dict[str, type[msgspec.Struct]] = {
        "": Policy,
        "entities": Entity,
        "proxies": Proxies,
        "signals": Signals,
        "cookies": Cookies,
    }
    names |= {"retention": Retention, "retention.visit": VisitRetention, "retention.security": SecurityRetention}
    names |= {"retention.aggregate": AggregateRetention, "retention.audit": AuditRetention, "log": Log}
    names |= {"log.books": Book, "log.stream": Stream, "log.books.stream": Stream, "recipients": Recipient}
    names |= {"database": Database, "visitors": Visitors}
    names |= {"database.sources": Source} | {f"database.sources.{key}": Secret for key in SECRETS}
    names |= {"web_service": WebService, "web_service.account": Secret, "web_service.key": Secret}
    names |= {"operations": Operations, "opentelemetry": OpenTelemetry}
    names |= {"page": AnalystsPage, "analysts": Analyst, "analysts.token": Secret}
    names |= {"routing": Routing, "routing.text": Words, "routing.pages": Page, "signals.gpc_support": GpcSupport}
    names |= {"signals.tracking_status": TrackingStatus, "routing.pages.on": On}
    return names[re.sub(r"\[\d+\]", "", table)].__struct_fields__


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
    value = _value_at(data, problem.key)
    shown = value is not None and not _NEVER_SHOWN.match(problem.key)
    given = f" (the file says {_short(value)})" if shown else ""
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
