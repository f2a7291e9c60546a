"""Entering a record into the book."""

from pathlib import Path

from frontdesk.policy import Policy, Treatment
from frontdesk.systemdata import fields as f
from frontdesk.systemdata.record import encode
from frontdesk.systemdata.shelf import Shelf
from frontdesk.systemdata.tags import Record
from frontdesk.systemdata.writer import Writer


def enter(record: Record, book: Writer, *, heard: bool = True) -> bool:
    """Hand a record over to the writer: it is taken, or counted as dropped. Nothing waits.

    With `heard`, who listens to records is told of it. Raises `TypeError` or `ValueError` where the record is none.
    """
    line = encode(record)
    if heard and book.listener is not None:
        book.listener(record)
    return book.put(line, Shelf.of(record), anonymous=record.get(f.TREATMENT) == Treatment.ANONYMOUS)


def elsewhere(policy: Policy) -> dict[str, Path]:
    """The folders of the entities whose records do not lie in the common one, as the writer wants them."""
    folders = {entity.id: policy.directory_of(entity) for entity in policy.entities}
    return {entity: folder for entity, folder in folders.items() if folder != policy.log.directory}
