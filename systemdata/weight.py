"""What is true of records that are a table: the seal that their lines would have, without writing one of them."""

from datetime import UTC, datetime

from frontdesk.systemdata import fields as f
from frontdesk.systemdata.footer import NO_DIGEST
from frontdesk.systemdata.seal import Seal

_MOMENT, _SECOND = '"2026-11-25T12:00:00.000Z"', '"2026-11-25T12:00:00Z"'
# Each record has both times, and stands between braces with its newline.
_IN_EACH = len(f'{{"{f.TIMESTAMP}":{_MOMENT},"{f.EXPIRES_AT}":{_SECOND}}}\n')


class Weight:
    """Adds up what records take as lines of JSON; each has its time and its expiry, and whatever is added."""

    def __init__(self, records: int) -> None:
        self._records = records
        self._size = records * _IN_EACH

    def add(self, values: int, size: int) -> None:
        """Count the values of a field, and the bytes that they take in all, with the field's name each time."""
        self._size += size + values  # a comma for each

    def seal(self, first: int, last: int, earliest: int, latest: int) -> Seal:
        """The seal, with the first and last time and expiry in milliseconds since 1970. The digest comes later."""
        times = (_text(first, "milliseconds"), _text(last, "milliseconds"))
        return Seal(self._records, self._size, NO_DIGEST, *times, _text(earliest, "seconds"), _text(latest, "seconds"))


def _text(milliseconds: int, unit: str) -> str:
    second, rest = divmod(milliseconds, 1000)
    moment = datetime.fromtimestamp(second, UTC).replace(tzinfo=None, microsecond=rest * 1000)
    return moment.isoformat(timespec=unit) + "Z"
