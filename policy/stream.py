"""A book's stream: the Kafka topics that a copy of its records goes to, and nobody else's."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from frontdesk.policy.port import PORT
from frontdesk.policy.problem import Problem
from frontdesk.policy.retention import RetentionClass

Topics = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,199}\Z")]
"""What the names of a stream's topics begin with."""

_BROKER = r"^(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?):" + PORT + r"\Z"


class Stream(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where a book's records are streamed to. Each retention class has a topic: `<topics>.visit` and so on.

    `keep` says whether segments stay in the book when everything in them was delivered. `properties` is a file of
    librdkafka's own settings, such as how to log in; no secret stands in a policy.
    """

    brokers: Annotated[tuple[Annotated[str, Meta(pattern=_BROKER)], ...], Meta(min_length=1, max_length=64)]
    topics: Topics = "frontdesk"
    classes: Annotated[tuple[RetentionClass, ...], Meta(min_length=1)] = (
        RetentionClass.VISIT,
        RetentionClass.AGGREGATE,
    )
    keep: bool = True
    properties: Path | UnsetType = UNSET

    def topic(self, retention_class: str) -> str:
        """The topic of a retention class."""
        return f"{self.topics}.{retention_class}"


def stream_problems(books: Iterable[tuple[str, Path, Stream | UnsetType]]) -> Iterator[Problem]:
    """What cannot be followed in the streams of books, each given by the key of its stream and its folder."""
    topics: set[str] = set()
    folders: set[Path] = set()
    for key, folder, stream in books:
        if stream is UNSET:
            continue
        if RetentionClass.AUDIT in stream.classes:
            told = "audit records stay beside what they testify of, and outlive what a topic keeps"
            yield Problem(f"{key}.classes", told)
        if stream.topics in topics:
            yield Problem(f"{key}.topics", "another book's records go there: each book has topics of its own")
        if folder in folders:
            yield Problem(key, "the book in this folder has a stream already")
        topics.add(stream.topics)
        folders.add(folder)
