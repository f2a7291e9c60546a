"""The contract page: which company is named as the party to a contract, why, and what the book keeps of it."""

from collections.abc import Callable
from typing import Any

import orjson
import pytest
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from frontdesk.middleware import FrontDesk, Visit
from frontdesk.systemdata import RefusedError

from ..systemdata.keeping import records_in
from .sites import AMERICAN, GERMAN, HOST, NOWHERE, SWISS, MakeSite, Site

OVERRIDE = {"override": "com", "because": "the customer wants it so"}


def contract_site(make: MakeSite, ask: Callable[[Visit], Any], *, later: bool = False, mode: str = "suggest") -> Site:
    """The example sites with a page that asks for the contracting entity."""

    async def page(request: Request) -> Response:
        visit = request.state.visit
        if later:
            return JSONResponse(None, background=BackgroundTask(ask, visit))
        return JSONResponse(ask(visit), headers={"cache-control": "max-age=60"})

    sites = make(mode)
    app = Starlette(routes=[Route("/contract", page, methods=["GET", "POST"]), Route("/api/x", page)])
    sites.desk = FrontDesk(app, policy=sites.desk.policy, account_entity=lambda _: sites.account)
    return sites


def asked(**told: Any) -> Callable[[Visit], Any]:
    def ask(visit: Visit) -> Any:
        answer = visit.contracting_entity(**told)
        return [answer.entity.id, answer.reason, answer.suggested.entity.id, answer.suggested.reason]

    return ask


def contracts(sites: Site) -> list[dict[str, Any]]:
    records = records_in(sites.desk.policy.log.directory)
    return [record for record in records if record["event_name"] == "frontdesk.contract"]


@pytest.mark.parametrize(
    ("path", "cookie", "account", "host", "address", "told", "expected"),
    [
        # by the rules
        ("/contract", None, "de", "www.example.com", SWISS, {}, ["de", "account"] * 2),
        ("/contract", None, None, "www.example.com", SWISS, {}, ["quiet", "contract_rule"] * 2),
        ("/contract", None, None, "www.example.de", AMERICAN, {}, ["quiet", "contract_rule"] * 2),
        ("/contract", None, None, "www.example.com", GERMAN, {}, ["com", "host"] * 2),
        ("/contract", None, None, "app.example.net", GERMAN, {}, ["de", "country"] * 2),
        ("/contract", None, None, "app.example.net", NOWHERE, {}, ["com", "default"] * 2),
        ("/contract", None, "nobody", "app.example.net", NOWHERE, {}, ["com", "default"] * 2),
        # who comes through a hosting network is elsewhere
        ("/contract", None, None, "www.example.de", HOST, {}, ["de", "host"] * 2),
        ("/contract", None, None, "app.example.net", HOST, {}, ["com", "default"] * 2),
        # by the visitor
        ("/contract?region=de", None, None, "www.example.de", SWISS, {}, ["de", "choice", "quiet", "contract_rule"]),
        ("/contract", "com", None, "www.example.com", SWISS, {}, ["com", "remembered", "quiet", "contract_rule"]),
        ("/contract", "com", "de", "www.example.com", SWISS, {}, ["com", "remembered", "de", "account"]),
        ("/contract", "evil", None, "www.example.com", SWISS, {}, ["quiet", "contract_rule"] * 2),
        ("/api/x", "com", None, "www.example.de", SWISS, {}, ["quiet", "contract_rule"] * 2),
        # by the app
        ("/contract", None, None, "www.example.de", GERMAN, OVERRIDE, ["com", "override", "de", "host"]),
        ("/contract", "de", "de", "www.example.com", SWISS, OVERRIDE, ["com", "override", "de", "account"]),
    ],
)
def test_the_company_for_a_contract_is_named_with_its_reason_and_recorded(
    path: str,
    cookie: str | None,
    account: str | None,
    host: str,
    address: str,
    told: dict[str, str],
    expected: list[str],
    site: MakeSite,
) -> None:
    sites = contract_site(site, asked(**told))
    sites.account = account
    answer = sites.get(path, cookie=cookie, host=host, address=address)
    assert orjson.loads(answer.text) == expected
    (record,) = contracts(sites)
    names = ("entity", "reason", "suggested", "suggested_reason")
    assert [record[f"frontdesk.contract.{name}"] for name in names] == expected
    assert record.get("frontdesk.contract.because") == told.get("because")
    assert (record["frontdesk.retention.class"], record["frontdesk.purposes"]) == ("audit", ["legal_audit"])


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"sec_fetch_site": "cross-site", "sec_fetch_mode": "no-cors", "sec_fetch_dest": "image"}, "quiet"),
        ({"sec_fetch_site": "cross-site", "sec_fetch_mode": "navigate", "method": "POST"}, "quiet"),
        ({"origin": "https://evil.example", "method": "POST"}, "quiet"),
        ({"sec_fetch_site": "same-origin", "sec_fetch_mode": "navigate", "method": "POST"}, "com"),
        ({"origin": "https://www.example.com", "method": "POST"}, "com"),
    ],
)
def test_a_stranger_chooses_no_party_to_a_contract(headers: dict[str, str], expected: str, site: MakeSite) -> None:
    sites = contract_site(site, asked())
    answer = sites.get("/contract?region=com", address=SWISS, **headers)
    assert orjson.loads(answer.text)[0] == expected
    (record,) = contracts(sites)
    assert record["frontdesk.contract.entity"] == expected


@pytest.mark.parametrize(
    ("address", "headers", "country", "transfer"),
    [
        (SWISS, {}, "CH", "recipients"),
        (SWISS, {"dnt": "0"}, "CH", "recipients"),
        (SWISS, {"dnt": "1"}, None, "recipients"),
        (SWISS, {"sec_gpc": "1"}, None, "entity"),
        (HOST, {}, None, "recipients"),
        (NOWHERE, {}, None, "recipients"),
    ],
)
def test_the_record_has_a_country_only_of_a_visitor_who_is_there_and_did_not_object(
    address: str, headers: dict[str, str], country: str | None, transfer: str, site: MakeSite
) -> None:
    sites = contract_site(site, asked(account="account-7"))
    sites.get("/contract", address=address, **headers)
    (record,) = contracts(sites)
    assert record.get("geo.country.iso_code") == country
    assert record["frontdesk.transfer"] == transfer
    assert record["frontdesk.contract.account"] == "account-7"
    assert not {"client.address", "frontdesk.security.address", "frontdesk.visitor.daily_id"} & record.keys()


def test_the_record_stands_under_the_entity_of_the_visit_whichever_was_named(site: MakeSite) -> None:
    sites = contract_site(site, asked(override="quiet", because="by hand"))
    sites.get("/contract", host="www.example.de")
    (record,) = contracts(sites)
    assert (record["frontdesk.entity"], record["frontdesk.contract.entity"]) == ("de", "quiet")


def test_the_same_answer_is_recorded_once_and_another_one_besides(site: MakeSite) -> None:
    def ask(visit: Visit) -> None:
        for _ in range(50):
            visit.contracting_entity(account="account-7")
        visit.contracting_entity(account="account-7", **OVERRIDE)

    sites = contract_site(site, ask)
    sites.get("/contract")
    assert [record["frontdesk.contract.reason"] for record in contracts(sites)] == ["host", "override"]
    sites.get("/contract")
    assert len(contracts(sites)) == 4


def test_answers_of_one_visit_are_bounded(site: MakeSite) -> None:
    def ask(visit: Visit) -> None:
        for number in range(16):
            visit.contracting_entity(account=f"account-{number}")
        with pytest.raises(RefusedError, match="more than 16 different answers"):
            visit.contracting_entity(account="account-16")
        visit.contracting_entity(account="account-7")

    sites = contract_site(site, ask)
    assert sites.get("/contract").status == 200
    assert len(contracts(sites)) == 16


@pytest.mark.parametrize(
    ("told", "problem"),
    [
        ({"override": "nobody", "because": "by hand"}, "names no entity of the policy; it has com, de, quiet"),
        ({"override": "", "because": "by hand"}, "names no entity of the policy"),
        ({"override": "de"}, "go together"),
        ({"account": "jane@example.com"}, "opaque id"),
        ({"override": "de", "because": "jane@example.com"}, "Account Information"),
    ],
)
def test_what_is_refused_is_told_to_the_app_and_not_written(told: dict[str, str], problem: str, site: MakeSite) -> None:
    def ask(visit: Visit) -> None:
        with pytest.raises(RefusedError, match=problem):
            visit.contracting_entity(**told)

    sites = contract_site(site, ask)
    assert sites.get("/contract").status == 200
    assert contracts(sites) == []


def test_it_may_be_asked_until_the_request_ends(site: MakeSite) -> None:
    kept: list[Visit] = []

    def ask(visit: Visit) -> None:
        kept.append(visit)
        visit.contracting_entity()

    sites = contract_site(site, ask, later=True)
    sites.get("/contract")
    assert len(contracts(sites)) == 1
    with pytest.raises(RefusedError, match="the visit is over: ask for the contracting entity"):
        kept[0].contracting_entity()


def test_a_page_that_names_a_company_is_kept_out_of_caches(site: MakeSite) -> None:
    sites = contract_site(site, asked(), mode="off")
    assert sites.get("/contract").cache == "private, no-store"


def test_a_visit_that_never_asked_leaves_no_contract(site: MakeSite) -> None:
    sites = contract_site(site, lambda visit: visit.entity.id)
    sites.get("/contract")
    assert contracts(sites) == []
