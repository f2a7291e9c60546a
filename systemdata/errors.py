"""What can go wrong with the visitors' book."""

from frontdesk.policy.errors import FrontdeskError


class BookError(FrontdeskError):
    """The book cannot be opened where the policy says."""

    def __init__(self, place: object, problem: str) -> None:
        self.place = str(place)
        super().__init__(f"{place}: {problem}")


class SegmentError(BookError):
    """A segment is not what was written.

    Attributes:
        offset: how far it is whole, in bytes: of the file, or of its plain content where `plain` is true.
    """

    def __init__(self, path: object, offset: int, problem: str, *, plain: bool = False) -> None:
        self.offset = offset
        self.plain = plain
        super().__init__(path, f"at byte {offset}{' of the plain content' if plain else ''}: {problem}")


class RefusedError(FrontdeskError):
    """An app hands over what may not stand in the book; nothing of it is written. The message does not repeat it."""
