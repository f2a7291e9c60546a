"""`frontdesk policy`: what a policy says, and the record of processing that follows from it."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import orjson

from frontdesk.policy import RetentionClass, load
from frontdesk.policy.model import OpenTelemetry, Operations, Policy
from frontdesk.policy.networks import Networks
from frontdesk.policy.processing import as_markdown, record_of_processing


def check(file: Path) -> None:
    """Say that a policy can be followed; one that cannot raises `PolicyError`."""
    policy = load(file)
    companies = "1 company" if len(policy.entities) == 1 else f"{len(policy.entities)} companies"
    print(f"{file}: can be followed: version {policy.version}, {companies}")


def show(file: Path, *, as_json: bool) -> None:
    """Print a policy with everything that it leaves to the defaults."""
    policy = load(file)
    if as_json:
        print(msgspec.json.format(msgspec.json.encode(policy, enc_hook=_encode)).decode())
    else:
        print("\n".join(_in_words(policy)))


def processing(file: Path, *, as_json: bool) -> None:
    """Print the record of processing activities."""
    record = record_of_processing(load(file))
    print(orjson.dumps(record, option=orjson.OPT_INDENT_2).decode() if as_json else as_markdown(record), end="")


def _encode(value: object) -> object:
    if isinstance(value, Networks):
        return value.texts
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"nothing writes a {type(value).__name__}")


def _in_words(policy: Policy) -> Iterator[str]:
    yield f"version        {policy.version}"
    for entity in policy.entities:
        default = ", the default" if entity.id == policy.default_entity else ""
        told = f"{entity.legal_name}{default}; residency {entity.residency or 'not told'}"
        yield f"entity         {entity.id}: {told}; book {policy.directory_of(entity)}"
    yield f"signals        DNT {policy.signals.dnt}, GPC {policy.signals.gpc}"
    yield f"visitors       {'told apart within one day' if policy.visitors.daily_id else 'not told apart'}"
    for retention_class in RetentionClass:
        kept = policy.retention.of(retention_class)
        purposes = ", ".join(kept.purposes) or "no purpose"
        yield f"{retention_class:<14} {kept.days} days, for {purposes}"
    for of, (folder, stream) in policy.streams().items():
        topics = ", ".join(map(stream.topic, stream.classes))
        yield f"stream         of {of or 'the common book'}, {folder}: {topics} at {', '.join(stream.brokers)}"
    if isinstance(policy.operations, Operations):
        paths = [f"{key} {path}" for key in ("health", "ready", "metrics") if (path := getattr(policy.operations, key))]
        yield f"operations     {', '.join(paths)}, for {', '.join(policy.operations.allow.texts)}"
    if isinstance(policy.opentelemetry, OpenTelemetry):
        whose = policy.opentelemetry.recipient or ", ".join(policy.opentelemetry.entities)
        yield f"opentelemetry  {policy.opentelemetry.endpoint}, the collector of {whose}"
    for recipient in policy.recipients:
        classes = ", ".join(recipient.classes)
        yield f"recipient      {recipient.id}: {recipient.legal_name}, {recipient.country}: {classes} records"
