"""What a running process cannot change: whatever it opened by the policy that it started with."""

from collections.abc import Iterator

from msgspec import Struct

from frontdesk.policy import Policy
from frontdesk.policy.model import OpenTelemetry, Recipient
from frontdesk.policy.problem import Problem


def needs_restart(before: Policy, after: Policy) -> Iterator[Problem]:
    """Everything in a changed policy that only new workers can follow, in the order of the file's tables."""
    for key in _opened(before, after):
        yield Problem(key, "restart the workers to change it")


def _opened(before: Policy, after: Policy) -> Iterator[str]:
    old, new = before.log, after.log
    for name in ("directory", "max_total_bytes", "min_free_ratio"):
        yield from _changed(f"log.{name}", getattr(old, name), getattr(new, name))
    yield from _changed("log.books", *({book.of: book.directory for book in log.books} for log in (old, new)))
    lain = {entity.id: before.directory_of(entity) for entity in before.entities}
    for number, entity in enumerate(after.entities):
        there = after.directory_of(entity)
        # Of a company that is new, the folder must be one that was proved to be ours alone.
        is_open = lain[entity.id] == there if entity.id in lain else there in before.directories()
        if not is_open:
            yield f"entities[{number}].residency"
    yield from _changed("database.file", before.database.file, after.database.file)
    yield from _changed("web_service", before.web_service, after.web_service)
    yield from _changed("opentelemetry", before.opentelemetry, after.opentelemetry)
    exported = _recipient(before)
    for number, recipient in enumerate(after.recipients):
        if exported is not None and recipient.id == exported.id:
            yield from _changed(f"recipients[{number}]", exported, recipient)


def _recipient(policy: Policy) -> Recipient | None:
    """Whom the OpenTelemetry collector belongs to, where that is a recipient."""
    settings = policy.opentelemetry
    name = settings.recipient if isinstance(settings, OpenTelemetry) else None
    return next((recipient for recipient in policy.recipients if recipient.id == name), None)


def _changed(key: str, before: object, after: object) -> Iterator[str]:
    """The keys below one whose values differ, as deep as both have them."""
    if isinstance(before, Struct) and type(before) is type(after):
        for name in before.__struct_fields__:
            yield from _changed(f"{key}.{name}", getattr(before, name), getattr(after, name))
    elif before != after:
        yield key
