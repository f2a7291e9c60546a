"""Incidents: what an app may report, what is refused, and what is written."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontdesk.policy import EXAMPLE, FrontdeskError, load
from frontdesk.policy.networks import unpack
from frontdesk.policy.purposes import DataClass
from frontdesk.systemdata import Exchange, RefusedError
from frontdesk.systemdata.concealed import Concealed
from frontdesk.systemdata.incident import Detail, Incident, Reported, incident
from frontdesk.systemdata.tags import Tags

AT = 1_795_444_924.123  # 2026-11-23T14:42:04.123Z
POLICY = load(EXAMPLE)


def test_an_incident_has_an_opaque_account_and_plain_details() -> None:
    details: dict[str, Detail] = {"attempts": 7, "ratio": 0.5, "locked": True, "form": "sign-in, second step: 3.5.2"}
    assert incident("brute_force", AT, account="550e8400-e29b", details=details) == Incident(
        "brute_force", AT, "550e8400-e29b", details
    )


@pytest.mark.parametrize(
    ("told", "problem"),
    [
        ({"data_class": DataClass.CONTENT}, "Content may not be reported"),
        ({"data_class": "threat_protection_data"}, "Threat Protection Data may not be reported"),
        ({"data_class": "account_information"}, "Account Information may not be reported"),
        ({"data_class": DataClass.IP_ADDRESS}, "IP addresses may not be reported"),
        ({"data_class": "gossip"}, "data of no known class may not be reported"),
        ({"kind": "Brute Force"}, "an incident's kind is"),
        ({"kind": ""}, "an incident's kind is"),
        ({"kind": "x\n"}, "an incident's kind is"),
        ({"account": "jane@example.com"}, "opaque id"),
        ({"account": "Jane Doe"}, "opaque id"),
        ({"account": "128.112.0.77"}, "opaque id"),
        ({"account": "2001:db8::1"}, "opaque id"),
        ({"account": ""}, "opaque id"),
        ({"account": 7}, "opaque id"),
        ({"details": {"from": "jane@example.com"}}, "e-mail address: that is Account Information"),
        ({"details": {"peer": "seen from 128.112.0.77:4711"}}, "holds an IP address"),
        ({"details": {"peer": "[2001:db8::1]:443"}}, "holds an IP address"),
        ({"details": {"body": "x" * 201}}, "that is Content"),
        ({"details": {"body": "two\nlines"}}, "that is Content"),
        ({"details": {"nested": {"a": 1}}}, "neither text, number nor truth value"),
        ({"details": {"bytes": b"x"}}, "neither text, number nor truth value"),
        ({"details": {"number": math.nan}}, "too large a number"),
        ({"details": {"number": 1 << 60}}, "too large a number"),
        ({"details": {"A Key": 1}}, "a key of an incident's details"),
        ({"details": {str(key): key for key in range(17)}}, "at most 16 keys"),
        ({"details": [1]}, "at most 16 keys"),
    ],
)
def test_what_is_no_system_data_is_refused(told: dict[str, Any], problem: str) -> None:
    with pytest.raises(RefusedError, match=problem) as caught:
        incident(**{"kind": "brute_force", "at": AT, **told})
    assert isinstance(caught.value, FrontdeskError)
    for secret in ("jane", "128.112", "2001:db8"):
        assert secret not in str(caught.value).lower()


@given(
    address=st.binary(min_size=4, max_size=4) | st.binary(min_size=16, max_size=16),
    before=st.sampled_from(["", "from ", "(", "[", "ip=", "a,"]),
    after=st.sampled_from(["", ".", ")", "]", " at noon", ";", "/x", "]:443"]),
)
def test_no_address_passes_in_a_detail(address: bytes, before: str, after: str) -> None:
    with pytest.raises(RefusedError, match="IP address"):
        incident("odd", AT, details={"told": before + unpack(address) + after})


def reported(**changes: Any) -> Reported:
    happened = Incident("brute_force", AT, "account-7", {"attempts": 7})
    exchange = Exchange("POST", "https", "www.aurora.example", "/sign-in", 401)
    of = Reported(happened, Concealed(bytes([128, 112, 0, 77])), "education", POLICY.entities[1], exchange, stays=False)
    return of._replace(**changes)


def test_a_security_record_has_exactly_these_fields() -> None:
    assert reported().record(Tags(POLICY), "00ff") == {
        "timestamp": "2026-11-23T14:42:04.123Z",
        "event_name": "frontdesk.security",
        "frontdesk.schema": 3,
        "frontdesk.security.kind": "brute_force",
        "frontdesk.security.count": 1,
        "frontdesk.security.address": "00ff",
        "frontdesk.network.type": "education",
        "frontdesk.security.account": "account-7",
        "frontdesk.security.details": {"attempts": 7},
        "http.request.method": "POST",
        "http.route": "/sign-in",
        "http.response.status_code": 401,
        "frontdesk.entity": "aurora-de",
        "frontdesk.residency": "eu",
        "frontdesk.transfer": "recipients",
        "frontdesk.data_class": "system_data",
        "frontdesk.retention.class": "security",
        "frontdesk.purposes": ["crime_prevention"],
        "frontdesk.policy.version": "2026-11-01",
        "frontdesk.retention.expires_at": "2026-12-07T14:42:04Z",
    }


def test_a_security_record_of_a_visitor_with_gpc_stays_in_its_entity() -> None:
    assert reported(stays=True).record(Tags(POLICY), None)["frontdesk.transfer"] == "entity"


def test_the_address_of_an_incident_is_in_no_text_of_it() -> None:
    for told in (repr(reported()), str(reported()), f"{reported()!r:s}"):
        assert "<concealed>" in told
        assert "\\x80p" not in told
