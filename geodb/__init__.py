"""Network databases: vendors' files read, merged into one, opened and asked."""

from frontdesk.geodb.errors import DatabaseError, SourceError
from frontdesk.geodb.manifest import Manifest
from frontdesk.geodb.reader import EMBEDDED, Database
from frontdesk.geodb.record import NOT_LISTED, Holder, NetworkRecord

__all__ = [
    "EMBEDDED",
    "NOT_LISTED",
    "Database",
    "DatabaseError",
    "Holder",
    "Manifest",
    "NetworkRecord",
    "SourceError",
]
