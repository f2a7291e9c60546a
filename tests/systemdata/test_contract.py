"""The record of which company was named for a contract: what stands in it, and what an app may not put there."""

from typing import Any

import pytest

from frontdesk.enrich import EntityAnswer
from frontdesk.policy import EXAMPLE, load
from frontdesk.systemdata import RefusedError
from frontdesk.systemdata.contract import Contract, ContractingEntity, check
from frontdesk.systemdata.tags import Tags

AT = 1_795_444_924.123  # 2026-11-23T14:42:04.123Z
POLICY = load(EXAMPLE)
COM, DE, *_ = POLICY.entities


def test_a_contract_record_says_who_was_named_and_why_and_until_when_it_is_kept() -> None:
    answer = ContractingEntity(DE, "override", EntityAnswer(COM, "contract_rule"))
    record = Contract(AT, answer, "US", "account-7", "the parcel goes to Munich").record(Tags(POLICY), COM, stays=False)
    assert record == {
        "timestamp": "2026-11-23T14:42:04.123Z",
        "event_name": "frontdesk.contract",
        "frontdesk.schema": 3,
        "frontdesk.contract.entity": "aurora-de",
        "frontdesk.contract.reason": "override",
        "frontdesk.contract.suggested": "aurora-com",
        "frontdesk.contract.suggested_reason": "contract_rule",
        "frontdesk.contract.because": "the parcel goes to Munich",
        "frontdesk.contract.account": "account-7",
        "geo.country.iso_code": "US",
        "frontdesk.entity": "aurora-com",
        "frontdesk.residency": "us",
        "frontdesk.data_class": "system_data",
        "frontdesk.retention.class": "audit",
        "frontdesk.purposes": ["legal_audit"],
        "frontdesk.policy.version": "2026-11-01",
        "frontdesk.transfer": "recipients",
        "frontdesk.retention.expires_at": "2029-11-22T14:42:04Z",
    }


def test_what_was_not_told_is_left_out_and_a_record_may_have_to_stay() -> None:
    answer = ContractingEntity(COM, "host", EntityAnswer(COM, "host"))
    record = Contract(AT, answer).record(Tags(POLICY), COM, stays=True)
    assert record["frontdesk.transfer"] == "entity"
    assert not {"geo.country.iso_code", "frontdesk.contract.because", "frontdesk.contract.account"} & record.keys()


@pytest.mark.parametrize(
    ("account", "override", "because", "problem"),
    [
        ("jane@example.com", None, None, "opaque id"),
        ("Jane Doe", None, None, "opaque id"),
        ("128.112.0.77", None, None, "opaque id"),
        ("2001:db8::1", None, None, "opaque id"),
        ("", None, None, "opaque id"),
        (7, None, None, "opaque id"),
        (None, "aurora-de", None, "go together"),
        (None, None, "by hand", "go together"),
        (None, "aurora-de", "", "in a few words"),
        (None, "aurora-de", " ", "in a few words"),
        (None, "aurora-de", 7, "in a few words"),
        (None, "aurora-de", "x" * 201, "that is Content"),
        (None, "aurora-de", "two\nlines", "that is Content"),
        (None, "aurora-de", "jane@example.com asked for it", "that is Account Information"),
        (None, "aurora-de", "from 128.112.0.77:4711", "an IP address"),
        (None, "aurora-de", "[2001:db8::1]", "an IP address"),
    ],
)
def test_what_may_not_stand_in_the_book_is_refused(account: Any, override: Any, because: Any, problem: str) -> None:
    with pytest.raises(RefusedError, match=problem) as caught:
        check(account, override, because)
    for secret in ("jane", "128.112", "2001:db8"):
        assert secret not in str(caught.value).lower()


def test_an_override_with_a_reason_is_taken() -> None:
    check("550e8400-e29b", "aurora-de", "the customer asked for it, order 3.5.2")
    check(None, None, None)
