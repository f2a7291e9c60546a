"""Findings for many addresses at once: each answer that the database has is judged once, by the rules for one visit."""

from collections.abc import Iterable
from threading import Lock

import numpy as np

from frontdesk.enrich.addresses import V4, V6, Addresses
from frontdesk.enrich.finding import NO_ADDRESS, Enricher, Finding
from frontdesk.geodb import Database
from frontdesk.geodb.leaves import ASK, I32, leaves_of
from frontdesk.policy.networks import unpack

NOBODY = 0
"""The number of the finding for a client without an address."""

_MOST_ASKED = 1 << 20


class Findings:
    """Numbers findings: the same number is the same finding. It may be asked by several threads."""

    def __init__(self, database: Database, enricher: Enricher) -> None:
        self._enricher = enricher
        self._leaves = leaves_of(database)
        # Number 0 is nobody, then come the answers of the database, then addresses that had to be asked for singly.
        self._found: list[Finding | None] = [NO_ADDRESS, *[None] * len(self._leaves)]
        self._asked: dict[bytes, int] = {}
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._found)

    def of(self, addresses: Addresses) -> I32:
        """The number of each address's finding."""
        numbers = np.zeros(len(addresses.family), np.int32)
        v4 = np.flatnonzero(addresses.family == V4)
        numbers[v4] = self._leaves.of_v4(addresses.v4[v4]) + 1
        v6 = np.flatnonzero(addresses.family == V6)
        if len(v6):
            answers = self._leaves.of_v6(addresses.high[v6])
            numbers[v6] = answers + 1
            for place in v6[answers == ASK].tolist():
                numbers[place] = self._ask(addresses.packed(place) or b"")
        return numbers

    def find(self, number: int) -> Finding:
        """The finding of a number."""
        found = self._found[number]
        if found is None:
            found = self._found[number] = self._enricher.find(self._leaves.sample(number - 1))
        return found

    def all_of(self, numbers: Iterable[int]) -> list[Finding]:
        """The findings of numbers."""
        return [self.find(number) for number in numbers]

    def _ask(self, packed: bytes) -> int:
        with self._lock:
            number = self._asked.get(packed)
            if number is None:
                finding = self._enricher.find(unpack(packed))
                # Equal findings would do, but few addresses come here: parts of one /64, and ::/32.
                number = len(self._found)
                self._found.append(finding)
                if len(self._asked) < _MOST_ASKED:
                    self._asked[packed] = number
            return number
