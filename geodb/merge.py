"""What the sources say of one range of addresses, made one record: each field with the name of who says it."""

from collections.abc import Hashable

from frontdesk.geodb.extent import UNKNOWN_EXTENT, Extent, Placed
from frontdesk.geodb.majority import Choose
from frontdesk.geodb.network_type import NetworkTypes, Verdict
from frontdesk.geodb.precedence import Precedence
from frontdesk.geodb.record import Holder, NetworkRecord, together
from frontdesk.geodb.sources import Facts, Source
from frontdesk.geodb.sources.terms import OWN

_PROVENANCE = {"as_number": "as", "holder": "organisation", "type": "type"}
_RESERVED = NetworkRecord(type="reserved", type_reason="IANA special-purpose registry")
_EXCLUDED = NetworkRecord(type_reason="excluded", excluded=True)


class Merger:
    """Turns what the layers say of a range into the number of a record."""

    def __init__(
        self,
        sources: list[Source],
        precedence: Precedence,
        choose: Choose,
        types: NetworkTypes,
        reach: dict[int, Extent],
    ) -> None:
        self._sources = sources
        self._own = frozenset(source.name for source in sources if source.terms == OWN)
        self._precedence = precedence
        self._choose = choose
        self._types = types
        self._reach = reach
        self._numbers: dict[Hashable, int] = {}
        self.records: list[NetworkRecord] = []

    def merge(self, values: tuple[Hashable | None, ...]) -> int | None:
        """The number of the record for what each source says, or None where none says anything."""
        known = self._precedence.known(values)
        if any(facts.excluded for _, facts in known):
            return self._number(_EXCLUDED)
        record = self._merged(known)
        return self._number(record) if record.provenance else None

    def excludes(self, number: Hashable) -> bool:
        """Whether the record of a number is that of an excluded network."""
        return isinstance(number, int) and self.records[number].excluded

    def reserve(self, values: tuple[Hashable | None, ...]) -> Hashable | None:
        """The number of the record for reserved space, where there is any, above an excluded and a merged number."""
        reserved_here, excluded_here, merged = values
        if reserved_here is not None:
            return self._number(_RESERVED)
        return merged if excluded_here is None else excluded_here

    def _merged(self, told: list[tuple[int, Facts]]) -> NetworkRecord:
        """The country as it is chosen, each other field from the first source that has it, with the sources' names."""
        provenance: dict[str, str] = {}
        country, agreed = self._choose(told)
        if agreed:
            provenance["country"] = together(dict.fromkeys(self._sources[order].name for order in agreed))
        known = [(self._sources[order].name, facts) for order, facts in told]
        system = _first(known, "as_number", provenance)
        holder = _first(known, "holder", provenance).holder
        kind = _first(known, "type", provenance)
        if holder is not None and holder.method == "own_list" and provenance.get("type") not in self._own:
            # Whoever stands on the group's own list is there as an organisation, whatever others take the line for.
            provenance.pop("type", None)
            verdict = self._own_verdict(holder, country.country, provenance["organisation"])
        else:
            verdict = self._verdict(kind.type, holder, system, country.country, provenance)
        return NetworkRecord(
            country.country,
            country.subdivision,
            system.as_number,
            system.as_name,
            *verdict,
            provenance=provenance,
            holder=holder,
        )

    def _verdict(
        self, told: str | None, holder: Holder | None, system: Facts, country: str | None, provenance: dict[str, str]
    ) -> Verdict:
        """The network type: as a source tells it, else by the rules over the name of who holds the network."""
        if told is not None:
            return Verdict(told, f"source: {provenance['type']}")
        if holder is not None:
            verdict = self._types.of(0, holder.name, Extent(country=country))
            if verdict.type != "unknown":
                return verdict
        number = system.as_number or 0
        return self._types.of(number, system.as_name or "", self._reach.get(number, UNKNOWN_EXTENT))

    def _own_verdict(self, holder: Holder, country: str | None, source: str) -> Verdict:
        """The network type where the own list names an organisation and no kind: by its name, else a business."""
        verdict = self._types.of(0, holder.name, Extent(country=country))
        return verdict if verdict.type != "unknown" else Verdict("business", f"source: {source}")

    def _number(self, record: NetworkRecord) -> int:
        key = record._replace(provenance=tuple(sorted(record.provenance.items())))  # type: ignore[arg-type]
        if key not in self._numbers:
            self._numbers[key] = len(self.records)
            self.records.append(record)
        return self._numbers[key]


def placed(known: list[tuple[int, Facts]], choose: Choose) -> Placed | None:
    """Who announces a range, by the first source that says so, and where it lies, as the country is chosen."""
    number = next((facts.as_number for _, facts in known if facts.as_number is not None), None)
    return None if number is None else Placed(number, choose(known)[0].country)


def _first(known: list[tuple[str, Facts]], field: str, provenance: dict[str, str]) -> Facts:
    """What the first source says that has a field; its name is put down."""
    for name, facts in known:
        if getattr(facts, field) is not None:
            provenance[_PROVENANCE[field]] = name
            return facts
    return Facts()
