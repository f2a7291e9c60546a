"""The topics of a stream as the brokers keep them: whether they are there, and let go of records in time."""

from collections.abc import Mapping
from typing import Any

from frontdesk.policy import Policy, RetentionClass
from frontdesk.policy.errors import FrontdeskError
from frontdesk.policy.stream import Stream
from frontdesk.systemdata.stream.library import client, kafka, settings

PATIENCE = 5.0
"""Seconds that a broker may take for an answer."""

_DAY = 86_400_000


class AwayError(Exception):
    """The brokers do not do what is asked now; later they may. The message says what is wrong."""


def check_topics(policy: Policy, stream: Stream) -> list[str]:
    """Prove that every topic is there and keeps no record longer than the policy does; what cannot be told, in words.

    Raises `FrontdeskError` for a topic that keeps records too long, and `AwayError`.
    """
    admin = client(kafka().admin.AdminClient, settings(stream))
    names = {stream.topic(each): each for each in stream.classes}
    missing = sorted(names.keys() - _there(admin))
    if missing:
        raise AwayError(f"there is no topic {missing[0]}: make it, with a retention.ms (docs/stream.md)")
    unknown = []
    for name, config in _configs(admin, list(names)).items():
        if isinstance(config, str):
            unknown.append(f"what topic {name} keeps cannot be told ({config}): see to its retention.ms yourself")
        else:
            judge(name, config, policy.retention.of(names[name]).days, names[name])
    return unknown


def judge(name: str, config: Mapping[str, str | None], days: int, retention_class: RetentionClass) -> None:
    """Raise `FrontdeskError` where a topic keeps records longer than so many days, or for ever.

    A broker deletes whole files of its own, each `segment.ms` after it was begun at the earliest: both count.
    """
    if "compact" in (config.get("cleanup.policy") or ""):
        raise FrontdeskError(f"topic {name} is compacted, so its last records never go: set cleanup.policy=delete")
    kept, begun = _number(config, "retention.ms"), _number(config, "segment.ms")
    if kept is None:
        return
    if kept < 0 or kept + (begun or 0) > days * _DAY:
        told = "for ever" if kept < 0 else f"{(kept + (begun or 0)) / _DAY:.1f} days (retention.ms and segment.ms)"
        raise FrontdeskError(
            f"topic {name} keeps records {told}, and the policy keeps {retention_class} records {days} days:"
            f" set retention.ms and segment.ms to {days * _DAY} together at most"
        )


def _there(admin: Any) -> set[str]:
    try:
        return {name for name, topic in admin.list_topics(timeout=PATIENCE).topics.items() if topic.error is None}
    except kafka().KafkaException as error:
        raise AwayError(f"no broker answers ({error.args[0].name()})") from None


def _configs(admin: Any, names: list[str]) -> dict[str, dict[str, str | None] | str]:
    """The configuration of each topic, or in a word why the brokers do not tell it."""
    found: dict[str, dict[str, str | None] | str] = {}
    resource = kafka().admin.ConfigResource
    asked = [resource(kafka().admin.ResourceType.TOPIC, name) for name in names]
    for each, answer in admin.describe_configs(asked, request_timeout=PATIENCE).items():
        try:
            found[each.name] = {name: entry.value for name, entry in answer.result().items()}
        except kafka().KafkaException as error:
            found[each.name] = error.args[0].name()
    return found


def _number(config: Mapping[str, str | None], name: str) -> int | None:
    try:
        return int(config.get(name) or "")
    except ValueError:
        return None
