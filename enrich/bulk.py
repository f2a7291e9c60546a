"""Findings for many addresses at once: each that the database can give is judged once, by the rules for one visit."""

from collections.abc import Iterable
from threading import Lock
from typing import NamedTuple

import numpy as np

from frontdesk.enrich.addresses import V4, V6, Addresses
from frontdesk.enrich.finding import NO_ADDRESS, Enricher, Finding
from frontdesk.enrich.organisation import in_network, of_household
from frontdesk.geodb import Database
from frontdesk.geodb.leaves import ASK, I32, Kind, leaves_of
from frontdesk.policy.networks import unpack

NOBODY = 0
"""The number of the finding for a client without an address."""

_UNKNOWN = -1
_MOST_ASKED = 1 << 20


class _Alike(NamedTuple):
    """What networks have in common of which the same is said, but for the length of what an AS holds."""

    record: int
    v6: bool
    household: bool
    whole: bool  # of all addresses there are

    @classmethod
    def of(cls, kind: Kind) -> "_Alike":
        record, v6, prefix_length = kind[:3]
        return cls(record, v6, of_household(prefix_length, v6=v6), prefix_length == 0)


class Findings:
    """Numbers findings: the same number is the same finding. It may be asked by several threads.

    Networks of which the database has one record share a finding, whose `record` tells the length of the first of them.
    """

    def __init__(self, database: Database, enricher: Enricher) -> None:
        self._enricher = enricher
        self._leaves = leaves_of(database)
        self._found: list[Finding] = [NO_ADDRESS]
        self._numbers: I32 = np.full(len(self._leaves), _UNKNOWN, np.int32)  # of the answers of the database
        self._judged: dict[_Alike, int] = {}
        self._of_length: dict[tuple[int, int], int] = {}
        self._asked: dict[bytes, int] = {}
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._found)

    def of(self, addresses: Addresses) -> I32:
        """The number of each address's finding."""
        numbers = np.full(len(addresses.family), NOBODY, np.int32)
        v4 = np.flatnonzero(addresses.family == V4)
        numbers[v4] = self._of_answers(self._leaves.of_v4(addresses.v4[v4]))
        v6 = np.flatnonzero(addresses.family == V6)
        if len(v6):
            answers = self._leaves.of_v6(addresses.high[v6])
            singly = answers == ASK
            numbers[v6[~singly]] = self._of_answers(answers[~singly])
            for place in v6[singly].tolist():
                numbers[place] = self._ask(addresses.packed(place) or b"")
        return numbers

    def find(self, number: int) -> Finding:
        """The finding of a number."""
        return self._found[number]

    def all_of(self, numbers: Iterable[int]) -> list[Finding]:
        """The findings of numbers."""
        return [self.find(number) for number in numbers]

    def _of_answers(self, answers: I32) -> I32:
        numbers = self._numbers[answers]
        new = answers[numbers == _UNKNOWN]
        if not len(new):
            return numbers
        with self._lock:
            new = np.unique(new)
            self._numbers[new] = list(map(self._judge, self._leaves.kinds(new)))
        return self._numbers[answers]

    def _judge(self, kind: Kind) -> int:
        """The number for an answer: its record is judged once, in whatever networks it stands."""
        number = self._judged.get(alike := _Alike.of(kind))
        if number is None:
            number = self._judged[alike] = self._add(self._enricher.find_once(kind.address))
            return number
        finding = self._found[number]
        if finding.organisation is None:
            return number
        named = in_network(finding.organisation, kind.prefix_length)
        if named is finding.organisation:
            return number
        return self._in_network(number, kind.prefix_length, Finding(finding.record, named, finding.reason))

    def _in_network(self, number: int, prefix_length: int, finding: Finding) -> int:
        found = self._of_length.get((number, prefix_length))
        if found is None:
            record = finding.record._replace(prefix_length=prefix_length)
            found = self._of_length[number, prefix_length] = self._add(
                Finding(record, finding.organisation, finding.reason)
            )
        return found

    def _ask(self, packed: bytes) -> int:
        with self._lock:
            number = self._asked.get(packed)
            if number is None:
                # Equal findings would do, but few addresses come here: parts of one /64, and ::/32.
                number = self._add(self._enricher.find(unpack(packed)))
                if len(self._asked) < _MOST_ASKED:
                    self._asked[packed] = number
            return number

    def _add(self, finding: Finding) -> int:
        self._found.append(finding)
        return len(self._found) - 1
