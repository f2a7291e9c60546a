"""Which company was named to an app as the party to a contract, and why, so that it can be shown later.

It is what a person was told, and no decision: who overruled it is recorded with the reason. There is no address in it
and no network, and of a visitor who objected no country either.
"""

from typing import NamedTuple

from frontdesk.enrich import EntityAnswer
from frontdesk.policy import Entity, RetentionClass
from frontdesk.systemdata import fields as f
from frontdesk.systemdata.errors import RefusedError
from frontdesk.systemdata.tags import Record, Tags, head
from frontdesk.systemdata.told import check_account, check_text


class ContractingEntity(NamedTuple):
    """The company that is named as the party to a contract.

    `reason` is `override` (the app's, with its own words), `choice` or `remembered` (the visitor's), or that of
    `suggested`, which the rules gave: `account`, `contract_rule`, `host`, `country` or `default`.
    """

    entity: Entity
    reason: str
    suggested: EntityAnswer


class Contract(NamedTuple):
    """An answer as it is recorded: when it was given (seconds since 1970), and what the app told besides."""

    at: float
    answer: ContractingEntity
    country: str | None = None
    account: str | None = None
    because: str | None = None

    def record(self, tags: Tags, entity: Entity, *, stays: bool) -> Record:
        """The record, for the entity whose visit it was."""
        answer = self.answer
        told = {
            f.CONTRACT_ENTITY: answer.entity.id,
            f.CONTRACT_REASON: answer.reason,
            f.CONTRACT_SUGGESTED: answer.suggested.entity.id,
            f.CONTRACT_SUGGESTED_REASON: answer.suggested.reason,
            f.CONTRACT_BECAUSE: self.because,
            f.CONTRACT_ACCOUNT: self.account,
            f.COUNTRY: self.country,
        }
        record = head("contract", self.at) | {name: value for name, value in told.items() if value is not None}
        return record | tags.of(RetentionClass.AUDIT, entity.id, self.at, stays=stays)


def check(account: str | None, override: str | None, because: str | None) -> None:
    """Raise `RefusedError` where what an app tells may not stand in the book, or an override is not explained."""
    if account is not None:
        check_account(account)
    if (override is None) != (because is None):
        raise RefusedError("an override and its reason go together: give both override= and because=, or neither")
    if because is not None:
        if not isinstance(because, str) or not because.strip():
            raise RefusedError("because is the reason of an override, in a few words")
        check_text("because", because)
