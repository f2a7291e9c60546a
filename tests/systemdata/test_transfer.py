"""Handing over: nobody gets what the record, its class, its entity or its purposes do not let them have."""

from typing import Any

import pytest

from frontdesk.policy import EXAMPLE, RetentionClass, load
from frontdesk.policy.model import Recipient
from frontdesk.systemdata.ecs import as_ecs
from frontdesk.systemdata.transfer import handed_over, may_have

from .keeping import visit

POLICY = load(EXAMPLE)
AGENCY = Recipient(
    id="agency",
    legal_name="Northern Lights",
    country="DK",
    entities=("aurora-de",),
    classes=(RetentionClass.VISIT,),
    purposes=("marketing_analytics",),
)


def record(**more: Any) -> dict[str, Any]:
    return visit(POLICY, 0, "aurora-de") | {"frontdesk.signal.gpc": False} | more


@pytest.mark.parametrize(
    ("change", "may"),
    [
        ({}, True),
        ({"frontdesk.transfer": "entity"}, False),
        ({"frontdesk.signal.gpc": True}, False),
        ({"frontdesk.transfer": None}, False),
        ({"frontdesk.entity": "aurora-com"}, False),
        ({"frontdesk.retention.class": "security"}, False),
        ({"frontdesk.purposes": ["right_website"]}, False),
        ({"frontdesk.purposes": []}, False),
    ],
)
def test_a_recipient_may_have(change: dict[str, Any], may: bool) -> None:
    assert may_have(AGENCY, record(**change)) is may


def test_a_record_that_says_nothing_is_not_handed_over() -> None:
    assert not may_have(AGENCY, {})


def test_a_recipient_gets_a_record_for_its_own_purposes_and_no_id() -> None:
    given = handed_over(AGENCY, record(**{"frontdesk.visitor.daily_id": "00ff"}))
    assert given["frontdesk.purposes"] == ["marketing_analytics"]
    assert "frontdesk.visitor.daily_id" not in given


def test_ecs_has_names_of_its_own_and_never_an_address() -> None:
    told = as_ecs(
        record(
            **{
                "client.address": "203.0.113.0/24",
                "client.as.number": 64_500,
                "geo.country.iso_code": "DE",
                "http.route": "/products/{id}",
                "http.response.status_code": 200,
                "frontdesk.outcome": "complete",
                "frontdesk.referrer": "search.example",
                "user_agent.synthetic.type": "bot",
                "frontdesk.security.details": {"attempts": 7},
            }
        )
    )
    assert told["@timestamp"] == "2026-11-23T14:00:00.000Z"
    assert told["client"] == {
        "address": "203.0.113.0/24",
        "as": {"number": 64_500},
        "geo": {"country_iso_code": "DE"},
    }
    assert told["event"]["category"] == ["web"]
    assert told["event"]["outcome"] == "success"
    assert told["data_stream"] == {"type": "logs", "dataset": "frontdesk.visit", "namespace": "visit"}
    assert told["labels"]["purposes"] == "marketing_analytics, right_website, anonymous_statistics"
    assert told["labels"]["signal_gpc"] == "false"
    assert told["labels"]["security_details_attempts"] == "7"
    assert told["labels"]["referrer"] == "search.example"
    assert told["user_agent"]["synthetic"] == {"type": "bot"}
    assert "ip" not in told["client"]
