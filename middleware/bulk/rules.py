"""What the blocks of a run are written by."""

from pathlib import Path
from typing import NamedTuple

from frontdesk.geodb import Database, DatabaseError
from frontdesk.middleware.bulk.receive import NOTHING_BESIDES, Besides, Receiver
from frontdesk.policy import Policy


class Rules(NamedTuple):
    """What blocks are written by. It goes to other processes through their pipes only."""

    policy: Policy
    database: Path
    sha256: str  # of the database, in hex
    as_of: float
    besides: Besides = NOTHING_BESIDES
    secret: bytes | None = None  # that the ids of the day come of
    latest: float | None = None  # later lines are rejected

    def __repr__(self) -> str:
        """Nothing that is secret: an exception may show it."""
        return "Rules()"

    def receiver(self) -> Receiver:
        """One that receives by these rules. Raises `FrontdeskError`."""
        database = Database(self.database)
        if database.manifest.sha256 != self.sha256:
            raise DatabaseError(self.database, "was replaced just now: run the command again")
        return Receiver(self.policy, database, self.as_of, self.besides, self.secret, self.latest)
