"""The published JSON Schema of a record, against records of every class as a real app leaves them."""

import json
from pathlib import Path
from typing import Any, get_args

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from frontdesk.geodb import EMBEDDED, Database
from frontdesk.middleware import FrontDesk
from frontdesk.policy import Policy
from frontdesk.systemdata import Shelf, fields
from frontdesk.systemdata.audit import Action, audit
from frontdesk.systemdata.gap import REASONS, Gap
from frontdesk.systemdata.record import Recorder
from frontdesk.systemdata.tags import Tags

from .keeping import records_in
from .schema import faults

SCHEMA: dict[str, Any] = json.loads((Path(__file__).parents[2] / "docs" / "record.schema.json").read_text("utf-8"))
KINDS = SCHEMA["$defs"]
EVENTS = ["visit", "security", "aggregate", "audit", "contract", "gap"]


def site() -> Starlette:
    async def page(request: Request) -> Response:
        request.state.visit.report_incident("brute_force", account="account-7", details={"attempts": 7, "locked": True})
        request.state.visit.contracting_entity(account="account-7")
        request.state.visit.contracting_entity(override="aurora-jp", because="it signs for us in Kyoto")
        return PlainTextResponse("no", 401)

    async def broken(request: Request) -> Response:
        raise ValueError

    return Starlette(routes=[Route("/sign-in/{id}", page), Route("/broken", broken)])


def test_every_record_of_a_real_app_is_as_the_schema_says(policy: Policy) -> None:
    desk = FrontDesk(site(), policy=policy)
    with TestClient(desk, client=("127.0.0.1", 1), raise_server_exceptions=False) as client:
        for address in ("128.112.0.77", "79.192.3.4", "10.0.0.1", "2001:4860:4860::8888", "garbage", "1.2.3.4, x"):
            for signal in ({}, {"dnt": "1"}, {"sec-gpc": "1"}, {"dnt": "nonsense"}):
                for path in ("/sign-in/7", "/broken", "/nowhere"):
                    client.request("BREW", path, headers={"x-forwarded-for": address} | signal)
                    client.get(path, headers={"x-forwarded-for": address, "host": "de.aurora.example"} | signal)
        desk.change_over(Database(EMBEDDED))
        for retention_class in ("visit", "security"):
            desk.book.lost("encode_error", Shelf(retention_class, "", "aurora-com"))
    records = records_in(policy.log.directory)
    assert {record["event_name"] for record in records} == {f"frontdesk.{event}" for event in EVENTS}
    for record in records:
        kind = KINDS[record["event_name"].removeprefix("frontdesk.")]
        assert list(faults(record, kind, SCHEMA)) == []
        assert list(faults(record, SCHEMA, SCHEMA)) == []


def test_the_schema_is_of_the_version_that_records_say() -> None:
    assert SCHEMA["$id"] == f"urn:frontdesk:record:{fields.SCHEMA}"
    for event in EVENTS:
        assert KINDS[event]["properties"]["frontdesk.schema"] == {"const": fields.SCHEMA}


def test_every_name_in_the_table_is_in_the_schema_and_no_other() -> None:
    names = {value for name, value in vars(fields).items() if name.isupper() and isinstance(value, str)}
    told = {name for event in EVENTS for name in KINDS[event]["properties"]}
    assert {name for name in told if not name.startswith(fields.GAP_REASON)} == {
        name for name in names if not name.startswith(fields.GAP_REASON)
    }


@pytest.mark.parametrize("action", get_args(Action))
def test_every_action_has_a_record_as_the_schema_says(action: Action, policy: Policy) -> None:
    record = audit(Tags(policy), 0, action, policy.entities[0], {"records": 7})
    assert list(faults(record, KINDS["audit"], SCHEMA)) == []


@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_of_a_gap_has_a_record_as_the_schema_says(reason: str, policy: Policy) -> None:
    record = Recorder(policy, "").gap(Gap("visit", "aurora-com", 0, 60, {reason: 7}))
    assert list(faults(record, KINDS["gap"], SCHEMA)) == []


def test_the_schema_knows_no_other_actions_and_reasons() -> None:
    assert sorted(KINDS["audit"]["properties"]["frontdesk.audit.action"]["enum"]) == sorted(get_args(Action))
    told = {name.removeprefix("frontdesk.gap.") for name in KINDS["gap"]["properties"] if "frontdesk.gap." in name}
    assert told == {*REASONS, "since", "records"}


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"client.address": "203.0.113.7"}, "pattern asks for"),
        ({"client.ip": "203.0.113.7"}, "is unknown"),
        ({"frontdesk.schema": 2}, "const asks for 3"),
        ({"frontdesk.treatment": "count"}, "enum asks for"),
        ({"frontdesk.signal.gpc": "yes"}, "type asks for boolean"),
        ({"timestamp": None}, "type asks for string"),
    ],
)
def test_the_schema_refuses(change: dict[str, Any], fault: str, policy: Policy) -> None:
    with TestClient(FrontDesk(site(), policy=policy), client=("127.0.0.1", 1)) as client:
        client.get("/nowhere", headers={"x-forwarded-for": "128.112.0.77"})
    visit = next(record for record in records_in(policy.log.directory) if record["event_name"] == "frontdesk.visit")
    assert fault in "\n".join(faults(visit | change, KINDS["visit"], SCHEMA))
    assert list(faults(visit | change, SCHEMA, SCHEMA))
