"""The organisations of an answer: what is known of each, and whether it may be named at all."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from frontdesk.analytics.answer import Organisation
from frontdesk.analytics.cells import EVERYTHING
from frontdesk.analytics.library import fill
from frontdesk.analytics.question import Question
from frontdesk.analytics.threshold import AT_ONCE, Key
from frontdesk.enrich.person import is_person

# Organisations come again and again, and a name is judged alike each time.
_is_person = lru_cache(maxsize=1 << 15)(is_person)

_KNOWN = ("name", "kind", "country", "confidence", "source", "method", "rule")


class Named:
    """What the cells say of the organisations that are told, whatever the filters of the question."""

    def __init__(self, connected: Any, question: Question, rows: Iterable[Key]) -> None:
        """Gather it from the view `all_cells`, once, for the organisations of some rows."""
        self._connected = connected
        self._question = question
        place = question.by.index("organisation")
        fill(connected, "named", ["organisation"], [(name,) for name in {key[place] for key in rows}])
        connected.execute(
            f"CREATE OR REPLACE TEMP TABLE known AS SELECT organisation, {', '.join(_KNOWN)}, registered,"
            " day BETWEEN ? AND ? AS asked, sum(visits) AS visits,"
            " min(prefix_length) AS shortest, max(prefix_length) AS longest FROM all_cells"
            f" WHERE lens = '{EVERYTHING}' AND organisation IN (FROM named) GROUP BY ALL",
            [question.since, question.until],
        )

    def organisations(self) -> dict[str, Organisation]:
        """What is known of each, by key: what most of its visits say, and to which companies enough came."""
        entities = self._entities()
        most = ", ".join(f"arg_max({name}, visits)" for name in _KNOWN)
        found = self._connected.execute(
            f"SELECT organisation, {most}, min(shortest), max(longest) FROM known WHERE asked GROUP BY organisation"
        ).fetchall()
        return {
            key: Organisation._make([*told, (shortest or 0, longest or 0), tuple(entities.get(key, ()))])
            for key, *told, shortest, longest in found
        }

    def _entities(self) -> dict[str, list[str]]:
        """The companies to which enough visitors of each came, and not one person again and again."""
        of_day = (
            "SELECT organisation, entity, day, sum(visitors) AS visitors FROM all_cells WHERE lens = ?"
            " AND day BETWEEN ? AND ? AND organisation IN (SELECT organisation FROM known) GROUP BY ALL"
        )
        found: dict[str, list[str]] = {}
        for key, entity in self._connected.execute(
            f"SELECT organisation, entity FROM ({of_day}) GROUP BY ALL"
            f" HAVING sum(visitors) >= ? AND max(visitors) >= {AT_ONCE} ORDER BY ALL",
            [EVERYTHING, self._question.since, self._question.until, self._question.k],
        ).fetchall():
            found.setdefault(key, []).append(entity)
        return found

    def persons(self) -> set[str]:
        """The organisations, by key, whose name is a person's. No record should have one; but see for oneself."""
        found = self._connected.execute(
            "SELECT DISTINCT organisation, name, coalesce(registered, name), coalesce(rule, '') FROM known"
            " WHERE coalesce(method, '') <> 'own_list' AND name IS NOT NULL"
        ).fetchall()
        # As in `enrich`: where a word tells what kind of network it is, proof is asked for.
        return {
            key
            for key, *names, rule in found
            if any(_is_person(name, sure=not rule.startswith("list")) for name in names)
        }
