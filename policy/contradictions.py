"""What the types of a policy cannot say: names that must be known, values that must fit together."""

import os
from collections.abc import Iterator
from pathlib import Path

from msgspec import UNSET

from frontdesk.policy.analysts import analyst_problems
from frontdesk.policy.countries import COUNTRIES
from frontdesk.policy.model import LIST_HEADERS, Database, OpenTelemetry, Operations, Policy, Proxies, WebService
from frontdesk.policy.networks import Networks
from frontdesk.policy.problem import Problem
from frontdesk.policy.purposes import PURPOSES, in_words, purposes_for
from frontdesk.policy.retention import TOUCHES, RetentionClass
from frontdesk.policy.sites import declaration_problems, entity_problems, routing_problems
from frontdesk.policy.stream import stream_problems


def contradictions(policy: Policy, folder: Path) -> Iterator[Problem]:
    """Everything in a policy that cannot be followed, in the order of the file's tables.

    `folder` is where its paths are taken from.
    """
    yield from entity_problems(policy)
    yield from _proxy_problems(policy.proxies)
    yield from declaration_problems(policy)
    yield from routing_problems(policy)
    yield from _retention_problems(policy)
    yield from _book_problems(policy, folder)
    yield from stream_problems(
        [("log.stream", policy.log.directory, policy.log.stream)]
        + [(f"log.books[{number}].stream", book.directory, book.stream) for number, book in enumerate(policy.log.books)]
    )
    yield from _recipient_problems(policy)
    yield from _database_problems(policy.database)
    if isinstance(policy.operations, Operations):
        yield from _operations_problems(policy.operations)
    if isinstance(policy.opentelemetry, OpenTelemetry):
        yield from _opentelemetry_problems(policy, policy.opentelemetry)
    service, days = policy.web_service, policy.retention.visit.days
    if isinstance(service, WebService) and service.cache_days > days:
        yield Problem("web_service.cache_days", f"an answer may not outlive the visit, which is kept {days} days")
    yield from analyst_problems(policy.analysts, policy.page, policy.retention.visit.purposes)


def _proxy_problems(proxies: Proxies) -> Iterator[Problem]:
    for index, text in enumerate(proxies.trusted.texts):
        if Networks([text]).holds_everything():
            yield Problem(f"proxies.trusted[{index}]", "this trusts everybody: name the networks of your proxies")
    if proxies.hops and proxies.header not in LIST_HEADERS:
        yield Problem("proxies.hops", f"{proxies.header} holds one address: name the networks in proxies.trusted")
    if proxies.hops and not proxies.trusted and not proxies.only_way_in:
        yield Problem(
            "proxies.hops",
            "a hop count alone believes any peer: name the proxies in proxies.trusted too, or say"
            " only_way_in = true if nobody can reach the app except through them",
        )


def _retention_problems(policy: Policy) -> Iterator[Problem]:
    for retention_class in RetentionClass:
        touched = TOUCHES[retention_class]
        for index, name in enumerate(policy.retention.of(retention_class).purposes):
            key = f"retention.{retention_class}.purposes[{index}]"
            if name not in PURPOSES:
                yield Problem(key, f"no such purpose; known are {', '.join(PURPOSES)}")
            elif not touched <= PURPOSES[name].classes:
                allowed = ", ".join(purposes_for(*touched))
                yield Problem(key, f"this purpose may not use {in_words(touched)}; those that may are {allowed}")


def _book_problems(policy: Policy, folder: Path) -> Iterator[Problem]:
    ids = {entity.id for entity in policy.entities}
    residencies = {entity.residency for entity in policy.entities if entity.residency}
    seen: set[str] = set()
    for number, book in enumerate(policy.log.books):
        key = f"log.books[{number}].of"
        if book.of not in ids | residencies:
            known = ", ".join(sorted(ids | residencies))
            yield Problem(key, f"no entity has this id or residency; known are {known}")
        elif book.of in ids & residencies:
            yield Problem(key, "is an entity and a residency: give one of them another name")
        elif book.of in seen:
            yield Problem(key, f"{book.of!r} has a book already")
        seen.add(book.of)
        for other in (policy.log.directory, *(another.directory for another in policy.log.books[:number])):
            if told := _in_the_way(book.directory, other, folder):
                yield Problem(f"log.books[{number}].directory", told)
    yield from _archive_problems(policy)


def _in_the_way(directory: Path, other: Path, folder: Path) -> str | None:
    """Why two books cannot lie in their folders. One folder may have two books' names, but must be written in one way:
    everything else tells books apart by what is written.
    """
    one, two = _real(folder / directory), _real(folder / other)
    if directory == other:
        return None
    if one == two:
        return f"is the same folder as {other}, written in another way: write it as there"
    return f"one book cannot lie inside another, here {other}" if one in two.parents or two in one.parents else None


def _real(path: Path | str) -> Path:
    """Where a path leads, whatever links and dots are in it; of what is not there yet, where it will be."""
    return Path(os.path.realpath(path))


def _archive_problems(policy: Policy) -> Iterator[Problem]:
    """A store is of one book, so that no record comes to another residency's."""
    named = [("log.archive", policy.log.directory, policy.log.archive)]
    named += [(f"log.books[{n}].archive", book.directory, book.archive) for n, book in enumerate(policy.log.books)]
    seen: list[tuple[Path, str | None]] = []
    for key, directory, url in named:
        for other, theirs in seen:
            if directory == other and url != theirs:
                yield Problem(key, f"another archive than {theirs} is named for the same book, {other}")
            elif directory != other and url and theirs and _is_inside(url, theirs):
                yield Problem(key, "is the archive of another book, or lies inside it: give each a place of its own")
        seen.append((directory, url))


def _is_inside(url: str, other: str) -> bool:
    one, two = _place(url), _place(other)
    return one.startswith(two) or two.startswith(one)


def _place(url: str) -> str:
    """An archive's address in the one form in which it is compared, with a slash at its end."""
    disk = "file://"
    place = f"{disk}{_real(url.removeprefix(disk))}" if url.startswith(disk) else url
    return place.rstrip("/") + "/"


def _recipient_problems(policy: Policy) -> Iterator[Problem]:
    ids = [entity.id for entity in policy.entities]
    seen: set[str] = set()
    for number, recipient in enumerate(policy.recipients):
        key = f"recipients[{number}]"
        if recipient.id in seen:
            yield Problem(f"{key}.id", f"{recipient.id!r} is taken already")
        seen.add(recipient.id)
        if recipient.country not in COUNTRIES:
            yield Problem(f"{key}.country", f"{recipient.country!r} is no ISO 3166-1 code, such as DE or GB")
        for entity in recipient.entities:
            if entity not in ids:
                yield Problem(f"{key}.entities", f"no entity has the id {entity!r}; known are {', '.join(ids)}")
        for retention_class in recipient.classes:
            allowed = policy.retention.of(retention_class).purposes
            for purpose in recipient.purposes:
                if purpose not in allowed:
                    told = f"{retention_class} records are not kept for {purpose!r}, but for {', '.join(allowed)}"
                    yield Problem(f"{key}.purposes", told)


def _operations_problems(operations: Operations) -> Iterator[Problem]:
    if not operations.allow:
        yield Problem("operations.allow", "is empty: name the networks of those who are answered")
    for index, text in enumerate(operations.allow.texts):
        if Networks([text]).holds_everything():
            yield Problem(f"operations.allow[{index}]", "this answers everybody: name your own networks")
    seen: set[str] = set()
    for key in ("health", "ready", "metrics"):
        path = getattr(operations, key)
        if path in seen:
            yield Problem(f"operations.{key}", f"{path!r} is taken already")
        elif path is not UNSET and path.startswith("/.well-known/"):
            yield Problem(f"operations.{key}", "nothing of a group's own lies below /.well-known/ (RFC 8615)")
        elif path is not UNSET:
            seen.add(path)
    if not seen:
        yield Problem("operations", "names no path: health, ready or metrics")


def _opentelemetry_problems(policy: Policy, settings: OpenTelemetry) -> Iterator[Problem]:
    if bool(settings.entities) == (settings.recipient is not None):
        yield Problem("opentelemetry", "name the entities whose own collector it is, or else its recipient")
    known = [entity.id for entity in policy.entities]
    for entity in settings.entities:
        if entity not in known:
            told = f"no entity has the id {entity!r}; known are {', '.join(known)}"
            yield Problem("opentelemetry.entities", told)
    recipients = [recipient.id for recipient in policy.recipients]
    if settings.recipient is not None and settings.recipient not in recipients:
        yield Problem("opentelemetry.recipient", f"no such recipient; known are {', '.join(recipients) or 'none'}")


def _database_problems(database: Database) -> Iterator[Problem]:
    if database.sources and database.file is UNSET:
        yield Problem("database.file", "is missing: it is what is built from database.sources")
    seen: set[tuple[str, str]] = set()
    for index, source in enumerate(database.sources):
        said = (source.kind, str(getattr(source, source.kind)))
        if said in seen:
            yield Problem(f"database.sources[{index}].{source.kind}", "is a source already")
        seen.add(said)
