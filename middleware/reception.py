"""The reception: who comes is received, and the visit is shown to the app."""

import logging
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from starlette.types import Scope, Send

from frontdesk.middleware.answer import Answer, Ledgers
from frontdesk.middleware.asked import NOTHING_ASKED, Asked
from frontdesk.middleware.complaint import complain
from frontdesk.middleware.desk import Desk, Greeting
from frontdesk.middleware.pace import Pace
from frontdesk.middleware.path import both_paths
from frontdesk.middleware.seen import Seen, plain
from frontdesk.middleware.server_error import ANSWER, bring_back
from frontdesk.middleware.visit import Account, Visit
from frontdesk.policy import Entity
from frontdesk.systemdata.incident import Incident

AccountEntity = Callable[[Scope], str | None]
"""Gives the id of the entity that an account has its contract with."""

_NO_PEER: Final = (None, None)

_log = logging.getLogger("frontdesk")


class Reception:
    """Receives the visits of one app, at whichever desk is in use."""

    def __init__(self, ledgers: Ledgers, wake: Callable[[], None], account_entity: AccountEntity | None) -> None:
        """`wake` starts what works beside requests, before the first visit is received."""
        self.ledgers = ledgers
        self.awake = False
        self._wake = wake
        self._account_entity = account_entity
        self._pace = Pace()
        self._warned = False
        self._inside: object = None  # the app whose middleware this is, once it is known

    def welcome(self, desk: Desk, scope: Scope, send: Send) -> Answer:
        """Receive a visit, and show it to the app."""
        try:
            answer = self._receive(desk, scope, send)
        except Exception as error:  # noqa: BLE001 - no request fails because of the front desk
            self.ledgers.counts["troubles"] += 1
            complain(error)
            answer = Answer(desk, self.ledgers, scope, send, desk.stranger())
        # In a state of this request's own: some servers share theirs.
        read = plain(scope)
        scope["state"] = _state(read.get("state"), answer.visit)
        outer = read.get("app")
        if outer is not None:
            self._stand_inside(outer, scope, answer)
        return answer

    def _receive(self, desk: Desk, scope: Scope, send: Send) -> Answer:
        if not self.awake:
            self._wake()
            self.awake = True
        read = plain(scope)
        peer, port = read.get("client") or _NO_PEER
        seen = Seen(read["headers"])
        asked = NOTHING_ASKED
        if read["type"] == "http":
            path, within = both_paths(read)
            asked = desk.router.asked(read.get("method", ""), path, within, read.get("query_string", b""), seen)
        account = None if self._account_entity is None else self._account(desk, scope)
        visit, greeting = desk.welcome(peer, seen, asked, account)
        answer = Answer(desk, self.ledgers, scope, send, visit, seen.fields.get(b"referer"), greeting.address)
        if port == 0 or greeting.ignored or asked.refused or asked.opens:
            self._look_closer(desk, answer, greeting, asked, seen, port)
        return answer

    def _look_closer(
        self, desk: Desk, answer: Answer, greeting: Greeting, asked: Asked, seen: Seen, port: object
    ) -> None:
        """What is to be done for a visit with something about it."""
        visit = answer.visit
        if port == 0 and desk.forwarding(seen):
            self._warn_of_rewritten_peer()
        if greeting.ignored:
            self.ledgers.counts["forwarding_refused"] += 1
        if greeting.forged:
            self._note(visit, "spoofed_forwarding")
        if asked.refused:
            self._note(visit, "refused_redirect")
        answer.move = desk.move(visit)

    def _account(self, desk: Desk, scope: Scope) -> Account:
        """What asks the app for the account's entity."""

        def asked() -> Entity | None:
            try:
                return desk.entities.named(self._account_entity and self._account_entity(scope))
            except Exception as error:  # noqa: BLE001 - no request fails because the app cannot tell
                complain(error)
                return None

        return asked

    def _note(self, visit: Visit, kind: str) -> None:
        """Note what a stranger tried, as far as the pace allows."""
        at = time.time()
        times = self._pace.admit(kind, visit.guest.arrived.network or "", at)
        if times:
            visit.note(Incident(kind, at, times=times))

    def _stand_inside(self, outer: object, scope: Scope, answer: Answer) -> None:
        """As the middleware of a Starlette or FastAPI app: see to the page for errors that it sends outside of it."""
        scope[ANSWER] = answer.for_visitor
        if outer is not self._inside:
            self._inside = outer
            bring_back(outer)

    def _warn_of_rewritten_peer(self) -> None:
        """A peer with port 0 and a forwarding header: the server has put the header's word in the peer's place."""
        if not self._warned:
            self._warned = True
            _log.warning(
                "the server rewrites the peer from forwarding headers before the front desk sees it;"
                " switch that off (uvicorn: --no-proxy-headers)"
            )


def _state(given: object, visit: Visit) -> dict[str, Any]:
    """A state with the visit in it, and with what was in the one that was given."""
    if isinstance(given, dict):  # nearly always, and the general test takes longer
        return {**given, "visit": visit}
    return {**given, "visit": visit} if isinstance(given, Mapping) else {"visit": visit}
