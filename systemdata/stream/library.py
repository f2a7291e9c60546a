"""librdkafka by confluent-kafka, an extra; and the settings that a client of ours has."""

import os
import stat
from functools import cache
from importlib import import_module
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from frontdesk.policy.errors import FrontdeskError
from frontdesk.policy.stream import Stream

_LARGEST = 64 << 10
# What an operator may say of the connection. The rest is what our promises rest on, or loads code, or writes secrets.
_OPERATORS = (
    *("security.protocol", "ssl.", "sasl.", "enable.ssl.certificate.verification", "enable.sasl.oauthbearer."),
    *("client.", "socket.", "broker.address.", "broker.version.", "api.version.", "metadata.", "topic.metadata."),
    *("reconnect.", "retry.", "connections.", "compression.", "linger.ms", "batch.", "fetch.", "session.timeout.ms"),
    *("heartbeat.interval.ms", "group.instance.id"),
)
# Of these, what runs a command or loads code.
_NEVER = frozenset({"sasl.kerberos.kinit.cmd", "ssl.engine.location", "ssl.engine.callback_data", "ssl.providers"})


@cache
def kafka() -> Any:
    """The library. Raises `FrontdeskError` where it is not installed."""
    try:
        import_module("confluent_kafka.admin")
        return import_module("confluent_kafka")
    except ImportError:
        raise FrontdeskError("a stream needs librdkafka: pip install 'frontdesk[kafka]'") from None


def client(kind: Any, said: dict[str, Any]) -> Any:
    """A client of the library's. Raises `FrontdeskError` where it refuses what it is told; no value is repeated."""
    try:
        return kind(said)
    except (kafka().KafkaException, ValueError, TypeError) as error:
        told = str(error.args[0].str() if isinstance(error, kafka().KafkaException) else error)
        for value in sorted(map(str, said.values()), key=len, reverse=True):
            told = told.replace(value, "…") if value else told
        raise FrontdeskError(f"librdkafka refuses the stream's properties: {told}") from None


def settings(stream: Stream) -> dict[str, Any]:
    """What every client is told: the brokers, how to reach them, and silence but for what we tell ourselves.

    To brokers elsewhere the connection is encrypted unless the properties say otherwise. Raises `FrontdeskError`
    where the file of properties cannot be used; it tells no value of it.
    """
    here = all(map(_is_here, stream.brokers))
    said = properties(stream.properties) if isinstance(stream.properties, Path) else {}
    return {
        "security.protocol": "plaintext" if here else "ssl",
        "allow.auto.create.topics": False,  # one that is made by itself keeps records as long as the broker likes
        "client.id": "frontdesk",
        **said,
        "bootstrap.servers": ",".join(stream.brokers),
        "log_level": 0,
    }


def properties(file: Path) -> dict[str, str]:
    """The settings in a file of librdkafka's, `name=value` a line, `#` before what is none."""
    found: dict[str, str] = {}
    for number, line in enumerate(_text(file).splitlines(), start=1):
        name, equals, value = (part.strip() for part in line.partition("="))
        if not name or name.startswith("#"):
            continue
        if not equals:
            raise FrontdeskError(f"{file}:{number}: expected name=value, as librdkafka names its properties")
        if not name.startswith(_OPERATORS) or name in _NEVER:
            raise FrontdeskError(f"{file}:{number}: {_shown(name)} is not for a properties file to say: see stream.md")
        found[name] = value
    return found


def _is_here(broker: str) -> bool:
    """Whether a broker is on this machine, by its address."""
    host = broker.rpartition(":")[0].strip("[]")
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _shown(name: str) -> str:
    return name if name.replace(".", "").isalnum() and len(name) <= 64 else "what stands here"  # noqa: PLR2004 - short


def _text(file: Path) -> str:
    """The file's text. It may hold a password, so only its owner and group may read it."""
    try:
        with file.open("rb") as stream:
            mode = os.fstat(stream.fileno()).st_mode
            raw = stream.read(_LARGEST + 1)
    except OSError as error:
        raise FrontdeskError(f"{file}: cannot be read: {error.strerror}") from None
    if mode & (stat.S_IROTH | stat.S_IWOTH | stat.S_IWGRP):
        raise FrontdeskError(f"{file}: others may read or write it, and it may hold a password: chmod g-w,o-rw")
    if len(raw) > _LARGEST:
        raise FrontdeskError(f"{file}: is larger than {_LARGEST} bytes; is this a file of properties?")
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise FrontdeskError(f"{file}: is not UTF-8") from None
