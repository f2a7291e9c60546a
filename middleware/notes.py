"""What is noted in a visit besides its own record: incidents, and which company was named for a contract."""

from typing import NamedTuple

from frontdesk.systemdata import RefusedError
from frontdesk.systemdata.contract import Contract
from frontdesk.systemdata.incident import Incident

_MOST = 16


class Noted(NamedTuple):
    """Everything that was noted in a visit."""

    incidents: list[Incident]
    contracts: list[Contract]


class Notes:
    """The notes of one visit: few, and none twice. They are written when the request ends."""

    __slots__ = ("_ended", "_noted")

    def __init__(self) -> None:
        self._noted = Noted([], [])
        self._ended = False

    def happened(self, incident: Incident) -> None:
        """Note an incident; one that is noted already is counted. Raises `RefusedError`."""
        self._check_open("report an incident")
        incidents = self._noted.incidents
        for place, known in enumerate(incidents):
            if known[2:4] == incident[2:4] and known.kind == incident.kind:
                incidents[place] = known._replace(times=known.times + incident.times)
                return
        if len(incidents) >= _MOST:
            raise RefusedError(f"more than {_MOST} different incidents in one visit")
        incidents.append(incident)

    def named(self, contract: Contract) -> None:
        """Note which company was named; the same answer is noted once. Raises `RefusedError`."""
        self._check_open("ask for the contracting entity")
        contracts = self._noted.contracts
        if any(known[1:] == contract[1:] for known in contracts):
            return
        if len(contracts) >= _MOST:
            raise RefusedError(f"more than {_MOST} different answers about a contract in one visit")
        contracts.append(contract)

    def end(self) -> Noted:
        """Take no more notes. What was noted."""
        noted, self._noted = self._noted, Noted([], [])
        self._ended = True
        return noted

    def _check_open(self, wanted: str) -> None:
        if self._ended:
            raise RefusedError(f"the visit is over: {wanted} before the request ends")


OVER = Notes()
"""Stands for the notes of a visit that is over: it takes none."""
OVER.end()
