"""Columns: how a record lies in a table, by the names of its fields. One list for every class and kind of record.

What no column holds, as a field of a later schema, stands as JSON text in `OTHER`, so that a record always comes back
as it was written.
"""

from enum import StrEnum

from frontdesk.systemdata import fields as f


class Kind(StrEnum):
    """What a column holds."""

    TEXT = "text"
    NUMBER = "number"  # whole, of 64 bits
    TRUTH = "truth"
    TEXTS = "texts"  # a list of texts
    OBJECT = "object"  # JSON text of an object with keys of its own
    MOMENT = "moment"  # a time, told to the millisecond
    SECOND = "second"  # a time, told to the second


GAP_REASONS = f.GAP_REASON + "reasons"
"""JSON text: how many records are missing for each reason, `{"disk_full":3}`; a field of its own each in a record."""
OTHER = "frontdesk.other"
"""JSON text: an object of the fields that no column holds; absent where there is none, as is usual."""

_KINDS = {
    Kind.NUMBER: (
        *(f.SCHEMA_VERSION, f.AS_NUMBER, f.STATUS, f.ORGANISATION_PREFIX, f.GAP_RECORDS, f.INCIDENT_COUNT),
        *(f.VISITS, f.ANONYMOUS, f.COUNTED, f.OBJECTED_DNT, f.OBJECTED_GPC, f.OBJECTED_BOTH, f.BOTS, f.BOTS_OBJECTED),
    ),
    Kind.TRUTH: (f.MAY_IDENTIFY, f.GPC),
    Kind.TEXTS: (f.PURPOSES,),
    Kind.OBJECT: (f.INCIDENT_DETAILS, f.ACTION_DETAILS),
    Kind.MOMENT: (f.TIMESTAMP, f.GAP_SINCE),
    Kind.SECOND: (f.EXPIRES_AT,),
}
_KIND_OF = {name: kind for kind, names in _KINDS.items() for name in names}
_FIELDS = [value for name, value in vars(f).items() if name.isupper() and isinstance(value, str)]

COLUMNS: dict[str, Kind] = {name: _KIND_OF.get(name, Kind.TEXT) for name in _FIELDS if name != f.GAP_REASON} | {
    GAP_REASONS: Kind.OBJECT,
    OTHER: Kind.OBJECT,
}
"""Every column with what it holds, in the order of `fields`."""
