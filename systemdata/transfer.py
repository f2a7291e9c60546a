"""Handing records over: which ones a recipient may have, by what the records say of themselves and the policy does.

Of a record that may not leave its entity, as one of a visitor with Global Privacy Control, nobody outside gets a copy.
"""

from collections.abc import Mapping
from typing import Any

from frontdesk.policy.model import Recipient
from frontdesk.systemdata import fields as f

# What only the entity itself may use: with its key it is an address, and a daily id tells visitors apart.
_OWN = frozenset({f.ENCRYPTED_ADDRESS, f.DAILY_ID})


def may_have(recipient: Recipient, record: Mapping[str, Any]) -> bool:
    """Whether a recipient may be handed a record; one that does not say it may is not handed over."""
    return (
        record.get(f.TRANSFER) == "recipients"
        and record.get(f.GPC) is not True
        and record.get(f.ENTITY) in recipient.entities
        and record.get(f.RETENTION_CLASS) in recipient.classes
        and not set(recipient.purposes).isdisjoint(record.get(f.PURPOSES, ()))
    )


def handed_over(recipient: Recipient, record: Mapping[str, Any]) -> dict[str, Any]:
    """A record as a recipient gets it: for its own purposes only, and without what tells visitors apart."""
    kept = {name: value for name, value in record.items() if name not in _OWN}
    kept[f.PURPOSES] = [purpose for purpose in record[f.PURPOSES] if purpose in recipient.purposes]
    return kept
