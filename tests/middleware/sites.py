"""Two example sites behind one front desk, with a database of four networks: German, Swiss, American, and a host's."""

from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from frontdesk.geodb.build import build
from frontdesk.middleware import FrontDesk
from frontdesk.policy import load

GERMAN, SWISS, AMERICAN, HOST, NOWHERE = "1.0.0.1", "1.0.1.1", "1.0.2.1", "1.0.3.1", "9.9.9.9"
COOKIE = "__Host-frontdesk-choice"
POLICY = """
version = "1"
default_entity = "com"

[proxies]
trusted = ["10.0.0.1"]

[database]
file = "networks.mmdb"

[cookies]
essential = [{essential}]

[routing]
mode = "{mode}"
exempt_paths = ["/api/*", "/feed"]
{routing}

[[routing.pages]]
path = "/products/{{product}}"
on = [{{ entity = "de", path = "/produkte/{{product}}" }}]

[[routing.pages]]
path = "/contact"

[[entities]]
id = "com"
legal_name = "Example & Daughters, Inc."
hosts = ["www.example.com"]
site = "https://www.example.com"
countries = ["US"]
languages = ["en-US"]

[[entities]]
id = "de"
legal_name = "Example GmbH"
hosts = ["www.example.de"]
site = "https://www.example.de"
countries = ["DE", "CH"]
languages = ["de"]

[[entities]]
id = "quiet"
legal_name = "Example Quiet, Ltd."
countries = ["GB"]
contracts_with = ["CH", "US"]
"""


class Told(NamedTuple):
    """What came of one request."""

    status: int
    headers: Any
    text: str

    @property
    def location(self) -> str | None:
        return self.headers.get("location")  # type: ignore[no-any-return]

    @property
    def cookie(self) -> str | None:
        return self.headers.get("set-cookie")  # type: ignore[no-any-return]

    @property
    def cache(self) -> str | None:
        return self.headers.get("cache-control")  # type: ignore[no-any-return]


class Site:
    """The example sites behind one front desk."""

    def __init__(self, folder: Path, mode: str, routing: str, essential: str) -> None:
        self._database(folder)
        file = folder / "frontdesk.toml"
        file.write_text(POLICY.format(mode=mode, routing=routing, essential=essential))
        self.account: str | None = None
        self.desk = FrontDesk(app(), policy=load(file), account_entity=lambda _: self.account)

    def get(
        self,
        path: str = "/",
        *,
        address: str = GERMAN,
        host: str = "www.example.com",
        cookie: str | None = None,
        cookies: str | None = None,
        method: str = "GET",
        **headers: str,
    ) -> Told:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if cookie is not None:
            sent["cookie"] = f"{COOKIE}={cookie}"
        if cookies is not None:
            sent["cookie"] = cookies
        with TestClient(self.desk, client=("10.0.0.1", 4711), base_url=f"https://{host}") as client:
            sent = {"x-forwarded-for": address, "accept": "text/html", **sent}
            answer = client.request(method, path, headers=sent, follow_redirects=False)
        return Told(answer.status_code, answer.headers, answer.text)

    @staticmethod
    def _database(folder: Path) -> None:
        (folder / "country.csv").write_text("1.0.0.0,1.0.0.255,DE\n1.0.1.0,1.0.1.255,CH\n1.0.2.0,1.0.3.255,US\n")
        (folder / "own.csv").write_text(
            "network,organisation,domain,kind,account\n1.0.0.0/24,Kunde,,business,\n1.0.3.0/24,Rack,,hosting,\n"
        )
        files = [folder / "own.csv", folder / "country.csv"]
        build([[file] for file in files], folder / "networks.mmdb", made=date(2026, 11, 1))


def app() -> Starlette:
    async def page(request: Request) -> Response:
        return HTMLResponse(f"<!doctype html>{request.state.visit.banner()}", headers={"cache-control": "max-age=60"})

    async def plain(_: Request) -> Response:
        return HTMLResponse("plain", headers={"cache-control": "max-age=60", "x-app": "1"})

    async def script(_: Request) -> Response:
        return PlainTextResponse("let x", headers={"cache-control": "max-age=60"}, media_type="text/javascript")

    async def entity(request: Request) -> Response:
        visit = request.state.visit
        found = visit.suggestion
        return JSONResponse(
            {
                "entity": [visit.entity.id, visit.entity_reason],
                "suggestion": found and [found.entity.id, found.reason, found.address],
            },
            headers={"cache-control": "max-age=60"},
        )

    async def objected(request: Request) -> Response:
        return PlainTextResponse(str(request.state.visit.objected), headers={"cache-control": "max-age=60"})

    pages = ["/", "/products/{product}", "/produkte/{product}", "/contact", "/other", "/feed", "/api/x", "/robots.txt"]
    return Starlette(
        routes=[
            *(Route(path, page, methods=["GET", "POST"]) for path in pages),
            Route("/plain", plain),
            Route("/script.js", script),
            Route("/entity", entity),
            Route("/objected", objected),
            Route("/.well-known/dnt/", page),
        ]
    )


class MakeSite:
    """Opens the sites under a mode."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __call__(self, mode: str = "suggest", *, routing: str = "", essential: str = "") -> Site:
        return Site(self._folder, mode, routing, essential)
