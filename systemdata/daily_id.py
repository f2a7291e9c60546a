"""Telling visitors apart within one day, without a cookie: a keyed hash of the address by a key of that day.

The key is random, lives in memory only, and is gone the next day, so that nothing links a visitor's days, and nobody
can find out afterwards whose id it was. Each entity has ids of its own. The workers of one host share the key in a file
on a memory file system, one for each book. As memory, it may be swapped out;
where that matters, swap is to be encrypted. Where there is no memory file system each process has a key of its own, and
one visitor may have an id in each. So an id begins with a tag of its key: whoever counts ids of several keys would
count one visitor several times, and can tell that there are several.
"""

import hashlib
import hmac
import logging
import os
import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from frontdesk.policy.bounded import keep
from frontdesk.systemdata.errors import BookError
from frontdesk.systemdata.ipcrypt import KEY_BYTES, long_form
from frontdesk.systemdata.keys import Keys

_log = logging.getLogger("frontdesk")

_ID_BYTES: Final = 12
_TAG_BYTES: Final = 4
TAG_DIGITS: Final = 2 * _TAG_BYTES
"""Of the hex digits of an id, the first so many tell its key."""

# Shorter than whatever an id is of, so that no tag is the beginning of one.
_KEY_ITSELF: Final = b"key"
_CACHED: Final = 4096
_DAY: Final = 86_400
_IN_MEMORY = frozenset({"tmpfs", "ramfs"})
_MOUNTS = Path("/proc/self/mounts")


class DayKey:
    """The key of a day, made ready to hash with: for many ids, as to begin with a key takes longer than the rest."""

    __slots__ = ("_keyed", "_tag")

    def __init__(self, key: bytes) -> None:
        self._keyed = hmac.new(key, digestmod="sha256")
        self._tag = tag_of(key)

    def id(self, entity: str, address: bytes) -> str:
        """The same as `daily_id` gives."""
        keyed = self._keyed.copy()
        keyed.update(_named(entity, address))
        return self._tag + keyed.digest()[:_ID_BYTES].hex()


class _Day:
    """A day in seconds since 1970, its key, and the ids that were asked for: they are let go of together."""

    __slots__ = ("begins", "ends", "ids", "key")

    def __init__(self, number: int, key: bytes) -> None:
        self.begins = float(number * _DAY)
        self.ends = self.begins + _DAY
        self.key = DayKey(key)
        self.ids: dict[tuple[str, bytes], str] = {}

    def has(self, at: float) -> bool:
        """Whether a time is of this day."""
        return self.begins <= at < self.ends


class DailyIds:
    """The ids of one book's visitors."""

    def __init__(self, keys: Keys | None) -> None:
        """Take the keys from a folder in memory, or, without one, make them in this process."""
        self._keys = keys
        self._today: _Day | None = None

    def of(self, address: bytes, entity: str, at: float) -> str:
        """The id of a packed address for one entity, on the UTC day of a time."""
        day = self._today
        if day is None or not day.has(at):
            day = self._today = _Day(int(at // _DAY), self._begin(at))
        visitor = (entity, address)
        return day.ids.get(visitor) or keep(day.ids, visitor, day.key.id(entity, address), _CACHED)

    def forget(self, now: float) -> None:
        """Let go of keys whose day is over, as nobody may be there to ask for the next."""
        if self._today is not None and not self._today.has(now):
            self._today = None
        if self._keys is not None:
            _drop_others(self._keys, day_of(now))

    def _begin(self, at: float) -> bytes:
        if self._keys is None:
            return secrets.token_bytes(KEY_BYTES)
        day = day_of(at)
        try:
            _drop_others(self._keys, day)
            return self._keys.make(day)
        except (OSError, BookError) as error:
            told = error if isinstance(error, BookError) else error.strerror
            _log.warning("visitors are told apart in each process only: %s", told)
            self._keys = None
            return secrets.token_bytes(KEY_BYTES)


def daily_id(key: bytes, entity: str, address: bytes) -> str:
    """HMAC-SHA-256 of the entity's id and the address in 16 bytes, cut to 96 bits, in hex, after the key's tag.

    The entity is part of it, so that one visitor to two companies' sites is two: nobody is followed between them.
    """
    return tag_of(key) + hmac.digest(key, _named(entity, address), "sha256")[:_ID_BYTES].hex()


def tag_of(key: bytes) -> str:
    """What tells a key from others, and tells nothing of it."""
    return hmac.digest(key, _KEY_ITSELF, "sha256")[:_TAG_BYTES].hex()


def _named(entity: str, address: bytes) -> bytes:
    """What an id is of."""
    return entity.encode() + b"\0" + long_form(address)


def memory_keys(book: Path, owner: int | None = None) -> Keys | None:
    """Where the daily keys for a book are kept: a folder in memory, or None where this host has none.

    `owner` is the id of the user whose processes keep the book, where it is another than ours.
    """
    user = os.geteuid() if owner is None else owner
    for place in (Path("/dev/shm"), Path(os.environ.get("XDG_RUNTIME_DIR") or "/nowhere")):  # noqa: S108 - a folder of ours below it
        if _is_in_memory(place) and os.access(place, os.W_OK | os.X_OK):
            name = hashlib.sha256(os.fsencode(book.resolve())).hexdigest()[:16]
            return Keys(place / f"frontdesk-{user}-{name}", user)
    return None


def day_of(at: float) -> str:
    """The UTC day of a time in seconds since 1970, such as `2026-11-23`."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d")


def _drop_others(keys: Keys, day: str) -> None:
    for other in keys.days():
        if other != day:
            keys.destroy(other)


def _is_in_memory(place: Path) -> bool:
    try:
        mounts = _MOUNTS.read_text("utf-8", "surrogateescape").splitlines()
    except OSError:
        return False
    return any(mount.split(" ")[1] == str(place) and mount.split(" ")[2] in _IN_MEMORY for mount in mounts)
