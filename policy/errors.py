"""What can go wrong, as one tree.

    FrontdeskError
    ├── PolicyError                  the policy file is wrong (frontdesk.policy)
    ├── DatabaseError                a network database is refused (frontdesk.geodb)
    ├── SourceError                  a file to build a database from is refused (frontdesk.geodb)
    ├── FetchError                   such a file cannot be fetched (frontdesk.geodb)
    ├── SecretError                  a secret is not where the policy says (frontdesk.policy)
    ├── BookError                    the visitors' book cannot be opened (frontdesk.systemdata)
    └── RefusedError                 an app reports what may not stand in the book (frontdesk.systemdata)

Each message is one line that names the file, the place, the value and the way out. None holds an address of
a visitor.
"""


class FrontdeskError(Exception):
    """Any mistake that a person can mend; `str()` of it is one line meant for that person."""


class PolicyError(FrontdeskError):
    """A policy that cannot be followed as written.

    Attributes:
        file: the policy file, as it was named; empty where the policy was given as an object.
        line: the line in the file, counted from 1, or None where the file cannot tell.
        key: the path of the key, such as `proxies.trusted[0]`; empty for the file as a whole.
    """

    def __init__(self, file: str, line: int | None, key: str, problem: str) -> None:
        self.file = file
        self.line = line
        self.key = key
        place = f"{file}:{line}" if line else file
        super().__init__(": ".join(filter(None, [place, key, problem])))


class SecretError(FrontdeskError):
    """A secret is not where the policy says. The message names the place, never the secret."""

    def __init__(self, place: str, problem: str) -> None:
        self.place = place
        super().__init__(f"{place} {problem}")
