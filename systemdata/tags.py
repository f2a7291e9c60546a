"""The tags of a record: what it is, for which purposes and until when it is kept, whose it is and who may have it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from frontdesk.policy import Policy, RetentionClass
from frontdesk.policy.purposes import DataClass
from frontdesk.systemdata import fields as f

Record = dict[str, Any]
"""One line of System Data, by the names in `fields`."""

_DAY = 86_400


class Tags:
    """The tags that a policy gives.

    A company that the policy does not know any more may still have records in the book, of which something is to be
    told: that is tagged as any other's, but for the residency.
    """

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._days = {each: policy.retention.of(each).days for each in RetentionClass}
        self._constant = {
            (each, entity.id): _constant(policy, each, entity.id, entity.residency)
            for each in RetentionClass
            for entity in policy.entities
        }

    def constant(self, retention_class: RetentionClass, entity: str, *, stays: bool) -> Record:
        """The tags but for the expiry: the same for all records of a class and an entity, stay they or not."""
        constant = self._constant.get((retention_class, entity)) or _constant(
            self._policy, retention_class, entity, None
        )
        return {**constant, f.TRANSFER: "entity" if stays else "recipients"}

    def expiry(self, retention_class: RetentionClass, second: int) -> str:
        """Until when a record of a second is kept."""
        return _text(second + self._days[retention_class] * _DAY) + "Z"

    def of(self, retention_class: RetentionClass, entity: str, at: float, *, stays: bool = False) -> Record:
        """The tags of a record.

        Args:
            retention_class: the class of the record.
            entity: the id of the entity whose record it is.
            at: when it happened, in seconds since 1970; its expiry counts from then.
            stays: whether the record may not leave its entity, whoever the policy's recipients are.
        """
        expires = self.expiry(retention_class, milliseconds(at) // 1000)
        return self.constant(retention_class, entity, stays=stays) | {f.EXPIRES_AT: expires}


@lru_cache(maxsize=16)
def tags_of(policy: Policy) -> Tags:
    """The tags that a policy gives: the same object for the same policy, by which its records are told apart."""
    return Tags(policy)


def head(event: str, at: float) -> Record:
    """The first fields of every record: when it happened, and what."""
    second, millisecond = divmod(milliseconds(at), 1000)
    return {f.TIMESTAMP: f"{_text(second)}.{millisecond:03d}Z", **kind(event)}


def kind(event: str) -> Record:
    """What a record is of, and which version of the schema it follows."""
    return {f.EVENT_NAME: f"frontdesk.{event}", f.SCHEMA_VERSION: f.SCHEMA}


def milliseconds(at: float) -> int:
    """A time in seconds since 1970, in whole milliseconds as records have it."""
    return int(at * 1000 + 0.5)


@lru_cache(maxsize=1024)
def _text(second: int) -> str:
    """A second in UTC, as RFC 3339 without a zone."""
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _constant(policy: Policy, retention_class: RetentionClass, entity: str, residency: str | None) -> Mapping[str, Any]:
    tags: Record = {f.ENTITY: entity}
    if residency:
        tags[f.RESIDENCY] = residency
    return tags | {
        f.DATA_CLASS: DataClass.SYSTEM_DATA.value,
        f.RETENTION_CLASS: retention_class.value,
        f.PURPOSES: list(policy.retention.of(retention_class).purposes),
        f.POLICY_VERSION: policy.version,
    }
