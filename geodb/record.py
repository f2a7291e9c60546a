"""The network record: what the merged database says of an address."""

from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple


class Holder(NamedTuple):
    """The organisation that uses a network, as one source has it; the holder of its AS may be another.

    `method` is how the source knows it: `own_list`, `vendor` or `registered`. `prefix_length` is that of the network
    that the source gives, where the merged database may have it in smaller pieces. `account` is the group's own name
    for the organisation, on its own list.
    """

    name: str
    method: str
    prefix_length: int
    domain: str | None = None
    account: str | None = None


class NetworkRecord(NamedTuple):
    """What is known of the network that an address is in; None where no source says.

    `prefix_length` is that of the database's own network, so at most as fine as the database was cut.
    `type_reason` tells by which rule the type was given. `provenance` names the source of each field, or the several
    that agreed on it (see `sources_in`). Of an `excluded` network nothing else is known, and nothing may be. From an
    `expired` record something was left out that is too old to be used (see `age`).
    """

    country: str | None = None
    subdivision: str | None = None
    as_number: int | None = None
    as_name: str | None = None
    type: str = "unknown"
    type_reason: str = "not in the database"
    prefix_length: int = 0
    provenance: Mapping[str, str] = {}
    holder: Holder | None = None
    excluded: bool = False
    expired: bool = False

    def __hash__(self) -> int:
        # Of the provenance, which has none, no two records differ that do not differ otherwise, but for a few.
        return hash(self[:7])

    @property
    def region(self) -> str | None:
        """The part of the country as ISO 3166-2 has it, such as `US-CA`; sources tell what follows the hyphen."""
        if not self.country or not self.subdivision:
            return None
        return self.subdivision if "-" in self.subdivision else f"{self.country}-{self.subdivision}"


_AND = ", "


def together(sources: Iterable[str]) -> str:
    """Several sources that agreed, as provenance names them."""
    return _AND.join(sources)


def sources_in(provenance: str) -> list[str]:
    """The sources that provenance names."""
    return provenance.split(_AND)


NOT_LISTED = NetworkRecord()
"""The answer for an address of which the database says nothing."""


_new = tuple.__new__


def to_mmdb(record: NetworkRecord) -> dict[str, Any]:
    """The record as stored. Country and AS stand under MaxMind's keys, so that other readers understand them."""
    stored: dict[str, Any] = {}
    if record.country:
        stored["country"] = {"iso_code": record.country}
    if record.subdivision:
        stored["subdivisions"] = [{"iso_code": record.subdivision}]
    if record.as_number is not None:
        stored["autonomous_system_number"] = record.as_number
    if record.as_name:
        stored["autonomous_system_organization"] = record.as_name
    stored["network"] = {"type": record.type, "reason": record.type_reason}
    if record.excluded:
        stored["network"]["excluded"] = 1
    if record.holder:
        stored["organization"] = {key: value for key, value in record.holder._asdict().items() if value is not None}
    if record.provenance:
        stored["provenance"] = dict(record.provenance)
    return stored


Told = tuple[Any, ...]
"""What a database tells of a network: the fields of a record in order, maps as pairs, to be looked up by."""


TYPE: Final = 4
LENGTH: Final = 6
HOLDER: Final = 8
"""Where these stand in what is told."""


def told(stored: dict[str, Any] | None, prefix_length: int) -> Told:
    """What an answer of the database tells; it is empty where the database says nothing."""
    if stored is None:
        return ()
    get = stored.get
    network, country, subdivisions = stored["network"], get("country"), get("subdivisions")
    provenance, holder = get("provenance"), get("organization")
    return (
        country["iso_code"] if country else None,
        subdivisions[0]["iso_code"] if subdivisions else None,
        get("autonomous_system_number"),
        get("autonomous_system_organization"),
        network["type"],
        network["reason"],
        prefix_length,
        tuple(provenance.items()) if provenance else (),
        tuple(holder.items()) if holder else (),
        "excluded" in network,
    )


def record_of(told: Told) -> NetworkRecord:
    """The record of what was told; `NOT_LISTED` where nothing was."""
    if not told:
        return NOT_LISTED
    provenance, holder, excluded = told[7:]
    # A named tuple's own constructor sorts names and defaults out each time; here every field is in its place.
    return _new(
        NetworkRecord, (*told[:7], dict(provenance), Holder(**dict(holder)) if holder else None, excluded, False)
    )


def from_mmdb(stored: dict[str, Any], prefix_length: int) -> NetworkRecord:
    """The record that `to_mmdb` stored."""
    return record_of(told(stored, prefix_length))
