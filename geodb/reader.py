"""Opening a network database and asking it about an address."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import maxminddb

from frontdesk.geodb.copy import private_copy
from frontdesk.geodb.errors import DatabaseError
from frontdesk.geodb.manifest import Manifest
from frontdesk.geodb.manifest import read as read_manifest
from frontdesk.geodb.ranges import Range
from frontdesk.geodb.record import NetworkRecord, Told, from_mmdb, record_of, told

EMBEDDED = Path(__file__).with_name("frontdesk-lite.mmdb")
"""The database that ships with the package."""

# Every database of ours says that this is reserved; one that does not is damaged, or is not ours.
_PROBE = "127.0.0.1"
_ATTEMPTS = 3
_LOW = "::1:0:0:0"
_PROBE_TYPE = "reserved"


def read_whole(file: Path) -> None:
    """Prove a database that nobody else edits, by its manifest and by reading every network of it.

    Raises `DatabaseError` where it is not whole.
    """
    read_manifest(file)
    try:
        with maxminddb.open_database(file, maxminddb.MODE_AUTO) as reader:
            for network, stored in reader:
                from_mmdb(cast("dict[str, Any]", stored), network.prefixlen)
    except Exception as error:  # noqa: BLE001 - a bad file raises nearly anything
        raise DatabaseError(file, f"is damaged: {type(error).__name__}") from None


_Get = Callable[[str], tuple[dict[str, Any] | None, int]]


class Database:
    """An open database. It is never closed: a swap drops it, and the last lookup under way frees it."""

    def __init__(self, file: Path = EMBEDDED, *, settled: bool = False) -> None:
        """Open a database and prove it whole. Raises `DatabaseError` where it is not, or is not one of ours.

        One that is `settled` is nobody's to edit while this process lives, and is mapped where it lies.
        """
        self.file = file
        self.manifest: Manifest = read_manifest(file)
        for attempt in range(_ATTEMPTS):
            # Packages are replaced file by file, never in place: the embedded database may be mapped where it lies.
            mapped = file if settled or file == EMBEDDED else private_copy(file, self.manifest)
            try:
                self._reader = maxminddb.open_database(mapped, maxminddb.MODE_AUTO)
                # Bound and typed once: a look-up is so short that either would be a tenth of it.
                self._get = cast("_Get", self._reader.get_with_prefix_len)
                probe = self.lookup(_PROBE)
                self.mapped = mapped
                """The file that is read: nobody changes it while this process lives."""
                break
            except Exception as error:  # noqa: BLE001 - a bad file raises nearly anything
                if isinstance(error, FileNotFoundError) and attempt + 1 < _ATTEMPTS:
                    continue  # another worker has just changed over and dropped this copy
                told = " ".join(str(error).split()) or type(error).__name__
                raise DatabaseError(file, f"is refused: {told}") from None
        if probe.type != _PROBE_TYPE:
            raise DatabaseError(file, f"is refused: it does not say that {_PROBE} is reserved")

    def networks(self) -> Iterator[Range]:
        """Every network in order, with its `NetworkRecord`; all of it takes some seconds."""
        for network, stored in self._reader:
            record = from_mmdb(cast("dict[str, Any]", stored), network.prefixlen)
            yield Range(int(network.network_address), int(network.broadcast_address), record)

    def told(self, address: str) -> Told:
        """What the database tells of an address in text: of networks that are alike, the same."""
        # ::/8 is reserved, but its first part is where the format keeps IPv4.
        return told(*self._get(_LOW if address[:2] == "::" else address))

    def lookup(self, address: str) -> NetworkRecord:
        """The network record of an address in text; `NOT_LISTED` where the database says nothing."""
        return record_of(self.told(address))
