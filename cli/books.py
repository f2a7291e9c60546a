"""The books that a command is about. One that is not there yet is no matter to a chore, and a mistake to a question."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from frontdesk.policy import FrontdeskError, Policy

NOT_THERE = "no such folder; a book is made when an app starts (see [log] in the policy)"
"""What is said to who asks about a book that is not there."""
NOT_YET = "there is no book yet, so nothing is to be done; one is made when an app starts"
"""What a chore says of it."""


def named(policy: Policy) -> list[Path]:
    """The books of a policy's companies, the common one first, and those that no company has any more, if they are
    there: what was written before is purged and found too.
    """
    used = {policy.directory_of(entity) for entity in policy.entities}
    every = dict.fromkeys([*policy.directories(), *(book.directory for book in policy.log.books)])
    return [directory for directory in every if directory in used or is_begun(directory)]


def asked_about(policy: Policy) -> list[Path]:
    """The books that are there. Raises `FrontdeskError` where none is: a question makes no book."""
    books = named(policy)
    there = [directory for directory in books if directory.is_dir()]
    if not there:
        raise FrontdeskError(f"{books[0]}: {NOT_THERE}")
    return there


def tended(directories: Iterable[Path]) -> Iterator[Path]:
    """The books that are there, for a chore; of each other one it is said that it is not there yet."""
    for directory in directories:
        if is_begun(directory):
            yield directory
        else:
            print(f"{directory}: {NOT_YET}")


def is_begun(directory: Path) -> bool:
    """Whether anything is where a book is to be; if that is no book, the command says what it is."""
    try:
        directory.lstat()
    except FileNotFoundError:
        return False
    except OSError:
        pass
    return True
