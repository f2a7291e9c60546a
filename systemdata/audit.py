"""Audit records: what frontdesk itself did to the book or beside it. None holds anything of a visitor.

Records of contracts are kept as long, and stand beside them: see `contract`.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from frontdesk.policy import Entity, Policy, RetentionClass
from frontdesk.systemdata import fields as f
from frontdesk.systemdata.entry import enter
from frontdesk.systemdata.errors import BookError
from frontdesk.systemdata.tags import Record, Tags, head
from frontdesk.systemdata.writer import Writer

Action = Literal[
    "purge",
    "compact",
    "archive",
    "enrich",
    "hold",
    "release",
    "subject_find",
    "subject_export",
    "subject_erase",
    "export",
    "report",
    "database_swap",
    "policy_reload",
]
"""What may stand in an audit record."""


def audit(tags: Tags, at: float, action: Action, entity: Entity, details: Mapping[str, str | int | None]) -> Record:
    """The record of an action at a time (seconds since 1970); details that are None are left out."""
    told = {name: value for name, value in details.items() if value is not None}
    record = head("audit", at) | {f.ACTION: action, f.ACTION_DETAILS: told}
    return record | tags.of(RetentionClass.AUDIT, entity.id, at)


def auditor(policy: Policy, directory: Path) -> Entity:
    """The entity that a book's audit records stand under: the default one, or the first whose book it is."""
    there = [entity for entity in policy.entities if policy.directory_of(entity) == directory]
    default = next(entity for entity in policy.entities if entity.id == policy.default_entity)
    return default if default in there or not there else there[0]


def testify(
    policy: Policy, directory: Path, at: float, action: Action, details: Mapping[str, str | int | None]
) -> None:
    """Write one audit record into a book, and wait until it is there. Raises `BookError` where it cannot be."""
    book = Writer(directory)
    enter(audit(Tags(policy), at, action, auditor(policy, directory), details), book)
    book.close()
    if dropped := book.statistics().dropped:
        raise BookError(directory, f"the audit record of this {action} could not be written: {', '.join(dropped)}")
