"""Incidents: what was identified as malicious, as a record of its own with its own purpose and end.

An app may report one with a kind, an account's opaque id and a few plain details. What is no System Data is refused:
Content, Threat Protection Data, and of Account Information all but that id.
"""

import math
import re
from collections.abc import Mapping
from typing import NamedTuple

from frontdesk.policy import Entity, RetentionClass
from frontdesk.policy.purposes import DataClass, in_words
from frontdesk.systemdata import fields as f
from frontdesk.systemdata.concealed import NOWHERE, Concealed
from frontdesk.systemdata.errors import RefusedError
from frontdesk.systemdata.minimise import known_method
from frontdesk.systemdata.tags import Record, Tags, head
from frontdesk.systemdata.told import check_account, check_text
from frontdesk.systemdata.visit import Exchange

Detail = str | int | float | bool
"""What may stand under a key of an incident's details."""

_NAME = re.compile(r"[a-z][a-z0-9_]{0,47}\Z")
_MOST_DETAILS = 16
_LARGEST = 1 << 53  # beyond it not every reader of JSON keeps a number whole


class Incident(NamedTuple):
    """What happened, when (seconds since 1970), and how many times this one stands for."""

    kind: str
    at: float
    account: str | None = None
    details: Mapping[str, Detail] = {}
    times: int = 1


class Reported(NamedTuple):
    """An incident with what is known of the visit that it happened in."""

    incident: Incident
    address: Concealed
    network_type: str
    entity: Entity
    exchange: Exchange
    stays: bool  # in its entity, as a visitor with Global Privacy Control wants it
    objected: bool = False

    def record(self, tags: Tags, encrypted: str | None) -> Record:
        """The security record, with the address as `ipcrypt` encrypted it."""
        incident, exchange = self.incident, self.exchange
        record = head("security", incident.at) | {f.INCIDENT: incident.kind, f.INCIDENT_COUNT: incident.times}
        told = {
            f.ENCRYPTED_ADDRESS: encrypted,
            f.NETWORK_TYPE: self.network_type,
            f.ACCOUNT: incident.account,
            f.INCIDENT_DETAILS: dict(incident.details) or None,
            f.METHOD: known_method(exchange.method),
            f.ROUTE: exchange.route,
            f.STATUS: exchange.status,
        }
        record |= {name: value for name, value in told.items() if value is not None}
        return record | tags.of(RetentionClass.SECURITY, self.entity.id, incident.at, stays=self.stays)

    def without_address(self) -> "Reported":
        """The same, to be written although its address could not be encrypted."""
        return self._replace(address=NOWHERE)


def incident(
    kind: str,
    at: float,
    *,
    account: str | None = None,
    details: Mapping[str, Detail] | None = None,
    data_class: DataClass | str = DataClass.SYSTEM_DATA,
) -> Incident:
    """An incident as an app reports it. Raises `RefusedError` where it may not stand in the book."""
    if data_class != DataClass.SYSTEM_DATA:
        known = data_class in list(DataClass)
        told = in_words([DataClass(data_class)]) if known else "data of no known class"
        raise RefusedError(f"{told} may not be reported: the visitors' book holds System Data only")
    if not isinstance(kind, str) or not _NAME.match(kind):
        raise RefusedError(
            "an incident's kind is 1 to 48 lower-case letters, digits or underscores, such as brute_force"
        )
    if account is not None:
        check_account(account)
    return Incident(kind, at, account, _checked(details or {}))


def _checked(details: Mapping[str, Detail]) -> dict[str, Detail]:
    if not isinstance(details, Mapping) or len(details) > _MOST_DETAILS:
        raise RefusedError(f"an incident's details are a mapping of at most {_MOST_DETAILS} keys")
    for key, value in details.items():
        if not isinstance(key, str) or not _NAME.match(key):
            raise RefusedError("a key of an incident's details is 1 to 48 lower-case letters, digits or _")
        _check(key, value)
    return dict(details)


def _check(key: str, value: object) -> None:
    """Refuse a detail that is not plain. Its key may be told, for it is one of ours; the value may not."""
    if isinstance(value, bool):
        return
    if isinstance(value, int | float):
        if not math.isfinite(value) or abs(value) > _LARGEST:
            raise RefusedError(f"the detail {key!r} is too large a number")
    elif isinstance(value, str):
        check_text(f"the detail {key!r}", value)
    else:
        raise RefusedError(f"the detail {key!r} is neither text, number nor truth value")
