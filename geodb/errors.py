"""What can go wrong with network databases and the files that they are built from."""

from frontdesk.policy.errors import FrontdeskError


class DatabaseError(FrontdeskError):
    """A network database is refused. The one in use, if any, stays."""

    def __init__(self, file: object, problem: str) -> None:
        self.file = str(file)
        super().__init__(f"{file}: {problem}")


class SourceError(FrontdeskError):
    """A source file is refused: unknown to us, or damaged.

    Attributes:
        file: the file, as it was named.
        place: where in it, such as `line 7`; empty for the file as a whole.
    """

    def __init__(self, file: object, problem: str, *, place: str = "") -> None:
        self.file = str(file)
        self.place = place
        super().__init__(f"{file}, {place}: {problem}" if place else f"{file}: {problem}")


class FetchError(FrontdeskError):
    """A source cannot be fetched. What was fetched before, if anything, stays; the message never holds a secret."""

    def __init__(self, what: str, problem: str) -> None:
        self.what = what
        super().__init__(f"{what}: {problem}")
