"""What the types of a policy say of a mistake, in words for the person who is to mend it."""

import re
from typing import get_args

import msgspec

from frontdesk.policy.analysts import Analyst, AnalystsPage
from frontdesk.policy.declarations import GpcSupport, TrackingStatus
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

_AT = re.compile(r" - at `\$\.?(?P<key>[^`]*)`$")
_FIELD = re.compile(r"^Object (contains unknown|missing required) field `(?P<name>.*)`$", re.DOTALL)
_KINDS = re.compile(r"^Expected `(?P<wanted>\w+)[^`]*`, got `(?P<got>\w+)`$")
# Values that are a text once they stand in quotes.
_UNQUOTED = frozenset({"bool", "int", "float", "date", "datetime", "time"})
_CHOICES = {
    "proxies.header": get_args(ForwardingHeader),
    "signals.dnt": tuple(Treatment),
    "signals.gpc": tuple(Treatment),
    "signals.tracking_status.tracking": ("!", "N", "T", "C", "P", "D"),
    "routing.mode": tuple(Mode),
    "database.country": get_args(CountryChoice),
    "database.sources.layer": get_args(Layer),
    "web_service.service": get_args(MaxMindService),
    **dict.fromkeys(("recipients.classes", "log.stream.classes", "log.books.stream.classes"), tuple(RetentionClass)),
}
_TABLES: dict[str, type[msgspec.Struct]] = {
    "": Policy,
    "entities": Entity,
    "proxies": Proxies,
    "signals": Signals,
    "signals.gpc_support": GpcSupport,
    "signals.tracking_status": TrackingStatus,
    "cookies": Cookies,
    "routing": Routing,
    "routing.pages": Page,
    "routing.pages.on": On,
    "routing.text": Words,
    "retention": Retention,
    "retention.visit": VisitRetention,
    "retention.security": SecurityRetention,
    "retention.aggregate": AggregateRetention,
    "retention.audit": AuditRetention,
    "visitors": Visitors,
    "log": Log,
    "log.books": Book,
    "log.stream": Stream,
    "log.books.stream": Stream,
    "recipients": Recipient,
    "database": Database,
    "database.sources": Source,
    **{f"database.sources.{key}": Secret for key in SECRETS},
    "web_service": WebService,
    "web_service.account": Secret,
    "web_service.key": Secret,
    "operations": Operations,
    "opentelemetry": OpenTelemetry,
    "page": AnalystsPage,
    "analysts": Analyst,
    "analysts.token": Secret,
}
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
    "site": "an origin by https, such as https://www.example.com, with a port up to 65535 if with any",
    "languages": "a language such as de or en-GB",
    "language": "a language such as de or en-GB",
    "name": "1 to 63 lower-case letters, digits or hyphens",
    "brokers": "a host and a port from 1 to 65535, such as kafka-1.example:9093",
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


def mistake(error: msgspec.ValidationError) -> Problem:
    """msgspec's error as the key and what is wrong there."""
    message = str(error)
    where = _AT.search(message)
    key = where["key"] if where else ""
    text = _AT.sub("", message)
    field = _FIELD.match(text)
    if not field:
        return Problem(key, _asked_for(key, text))
    name = field["name"] if field["name"].isprintable() else repr(field["name"])
    inner = f"{key}.{name}".removeprefix(".")
    if "unknown" in text:
        allowed = ", ".join(_TABLES[_plain(key)].__struct_fields__)
        return Problem(inner, f"no such key; allowed here are {allowed}")
    return Problem(inner, "is missing")


def _asked_for(key: str, text: str) -> str:
    """What is asked for at a key, instead of a value that is of the wrong kind or that is not allowed."""
    last = key.rpartition(".")[2]
    if last in SECRETS and text.startswith("Expected"):
        return PLACE
    if "matching regex" in text:
        return f"expected {_SHAPES[_plain(last)]}"
    choices = _CHOICES.get(_plain(key))
    if choices and text.startswith(("Invalid enum", "Expected `str`")):
        return f"not one of {', '.join(choices)}"
    if text.startswith(("Invalid RFC3339 encoded date", "Expected `date`")):
        return "expected a day as YYYY-MM-DD, such as 2026-11-01"
    kinds = _KINDS.match(text)
    return _of_another_kind(key, text, kinds["wanted"], kinds["got"]) if kinds else text


def _of_another_kind(key: str, text: str, wanted: str, got: str) -> str:
    """How to write a value of the kind that is wanted, where somebody may not know."""
    if _plain(key) in _TABLES and (wanted == "object" or (wanted, got) == ("array", "object")):
        listed = wanted == "array" or key.endswith("]")
        return f"expected {'tables, each' if listed else 'a table'} under {_header(_plain(key), listed=listed)}"
    if (wanted, got) == ("array", "str"):
        return f"{text}: write it in brackets, as a list"
    return f"{text}: write it in quotes" if wanted == "str" and got in _UNQUOTED else text


def _header(table: str, *, listed: bool) -> str:
    return f"[[{table}]], in double brackets" if listed else f"[{table}], in single brackets"


def _plain(key: str) -> str:
    """A key path without its indices: `entities.hosts` of `entities[0].hosts[1]`."""
    return re.sub(r"\[(\d+|\.\.\.)\]", "", key)
