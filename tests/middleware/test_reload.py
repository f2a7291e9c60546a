"""A policy whose file is changed under a running app: what is taken over, what is refused, and what each visit sees."""

import errno
import os
import threading
import time
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from frontdesk.middleware import FrontDesk
from frontdesk.middleware import reload as reloading
from frontdesk.middleware.reload import Reload
from frontdesk.policy import Policy, load
from frontdesk.systemdata.shelf import Shelf

from ..book import conserved
from ..conftest import forget_keys
from ..systemdata.keeping import records_in

GERMAN = "79.192.3.4"
POLICY = """
version = "1"
default_entity = "com"

[[entities]]
id = "com"
legal_name = "Example, Inc."
hosts = ["www.example.com"]
residency = "us"

[[entities]]
id = "de"
legal_name = "Example GmbH"
hosts = ["www.example.de"]
countries = ["DE"]
residency = "eu"

[proxies]
trusted = ["10.0.0.1"]

[retention.visit]
days = 30

[log]
directory = "book"
min_free_ratio = 0.0

[[log.books]]
of = "eu"
directory = "eu-book"

[[recipients]]
id = "agency"
legal_name = "Agency Ltd."
country = "GB"
entities = ["com"]
classes = ["aggregate"]
purposes = ["anonymous_statistics"]
"""
FRENCH = """
[[entities]]
id = "fr"
legal_name = "Example S.A."
countries = ["FR"]
residency = "eu"
"""
COLLECTOR = """
[opentelemetry]
endpoint = "http://127.0.0.1:9/v1/logs"
recipient = "agency"
"""
SERVICE = """
[web_service]
account = { env = "ACCOUNT" }
key = { env = "KEY" }
daily_limit = 10
"""


def changed(text: str = POLICY, *changes: tuple[str, str], version: str = "2") -> str:
    """A policy with a new version, and with other words in the place of some."""
    for old, new in (('version = "1"', f'version = "{version}"'), *changes):
        assert text.count(old) == 1
        text = text.replace(old, new)
    return text


def put(file: Path, text: str) -> None:
    """As careful editors do: by rename, so that nobody sees half of it."""
    part = file.with_suffix(".part")
    part.write_text(text)
    part.replace(file)


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Path]:
    put(tmp_path / "frontdesk.toml", POLICY)
    yield tmp_path / "frontdesk.toml"
    forget_keys(tmp_path / "book")


class Watched:
    """A reload that is looked at by hand, and what it hands over."""

    def __init__(self, file: Path) -> None:
        self.taken: list[Policy] = []
        self.reload = Reload(str(file), self.taken.append)
        look(self.reload)


def look(reload: Reload) -> None:
    """Look until whatever has changed is known, and quiet."""
    reload.look()
    reload.look()


@pytest.mark.parametrize(
    "text",
    [
        changed(),
        changed(POLICY, ('default_entity = "com"', 'default_entity = "de"')),
        changed(POLICY, ('legal_name = "Example, Inc."', 'legal_name = "Example, LLC"')),
        changed(POLICY, ('["10.0.0.1"]', '["10.0.0.2"]')),
        changed(POLICY, ("days = 30", "days = 7")),
        changed(POLICY, ('entities = ["com"]', 'entities = ["com", "de"]')),
        changed(POLICY, ("min_free_ratio = 0.0", 'min_free_ratio = 0.0\narchive = "s3://days/book"')),
        changed(POLICY + FRENCH),
        changed(POLICY + '[signals]\ndnt = "count"\ngpc_support = { gpc = true, last_update = 2026-11-01 }'),
        changed(POLICY + '[cookies]\nessential = ["session"]'),
        changed(POLICY + "[visitors]\ndaily_id = true"),
        changed(POLICY + '[operations]\nallow = ["127.0.0.1"]\nhealth = "/health"'),
        changed(POLICY + '[database]\ncut = "24/48"'),
        changed(POLICY + '[page]\nhosts = ["reports.example.com"]'),
    ],
)
def test_reload_takes_over_whatever_needs_no_restart(file: Path, text: str) -> None:
    watched = Watched(file)
    put(file, text)
    look(watched.reload)
    assert watched.taken == [load(file)] == [watched.reload.policy]
    assert (watched.reload.taken, watched.reload.refused) == (1, 0)


RESTART = "restart the workers to change it"
ANOTHER = "stood for another policy before: change it with the policy"


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (
            POLICY,
            changed(POLICY, ("days = 30", "days = 7"), version="1"),
            f":2: version: {ANOTHER} (the file says '1')",
        ),
        (
            POLICY,
            changed(POLICY, ('directory = "book"', 'directory = "other"')),
            f":25: log.directory: {RESTART} (the file says 'other')",
        ),
        (
            POLICY,
            changed(POLICY, ("min_free_ratio = 0.0", "min_free_ratio = 0.1")),
            f":26: log.min_free_ratio: {RESTART} (the file says 0.1)",
        ),
        (
            POLICY,
            changed(POLICY, ("min_free_ratio = 0.0", "max_total_bytes = 1073741824")),
            f":26: log.max_total_bytes: {RESTART} (the file says 1073741824)",
        ),
        (POLICY, changed(POLICY, ('"eu-book"', '"eu"')), f":28: log.books: {RESTART}"),
        (
            POLICY,
            changed(POLICY, ('residency = "us"', 'residency = "eu"')),
            f":9: entities[0].residency: {RESTART} (the file says 'eu')",
        ),
        (
            POLICY,
            changed(POLICY + '[database]\nfile = "networks.mmdb"'),
            f":40: database.file: {RESTART} (the file says 'networks.mmdb')",
        ),
        (POLICY, changed(POLICY + SERVICE), f":40: web_service: {RESTART}"),
        (POLICY + SERVICE, changed(), f": web_service: {RESTART}"),
        (
            POLICY + SERVICE,
            changed(POLICY + SERVICE, ("daily_limit = 10", "daily_limit = 20")),
            f":43: web_service.daily_limit: {RESTART} (the file says 20)",
        ),
        # Where a secret may stand, nothing of the file is shown.
        (
            POLICY + SERVICE,
            changed(POLICY + SERVICE, ('env = "KEY"', 'env = "NEW"')),
            f":42: web_service.key.env: {RESTART}",
        ),
        (POLICY, changed(POLICY + COLLECTOR), f":40: opentelemetry: {RESTART}"),
        (
            POLICY + COLLECTOR,
            changed(POLICY + COLLECTOR, (":9/", ":8/")),
            f":41: opentelemetry.endpoint: {RESTART}",
        ),
        (
            POLICY + COLLECTOR,
            changed(POLICY + COLLECTOR, ('classes = ["aggregate"]', 'classes = ["aggregate", "visit"]')),
            f":37: recipients[0].classes: {RESTART} (the file says ['aggregate', 'visit'])",
        ),
        (POLICY, changed(POLICY, ("days = 30", 'days = "7"')), ":22: retention.visit.days: Expected `int`, got `str`"),
        (POLICY, changed(POLICY, ("[log]", "[log")), ":24: not TOML: "),
        (POLICY, "", ": version: is missing"),
    ],
)
def test_reload_refuses_what_it_cannot_follow_and_says_where(
    file: Path, before: str, after: str, told: str, caplog: pytest.LogCaptureFixture
) -> None:
    put(file, before)
    watched = Watched(file)
    put(file, after)
    look(watched.reload)
    assert watched.taken == []
    assert (watched.reload.taken, watched.reload.refused) == (0, 1)
    (message,) = caplog.messages
    assert message.startswith(f"the changed policy is refused, the old one stays: {file}{told}")


def test_reload_of_other_spaces_comments_and_order_does_nothing(file: Path) -> None:
    watched = Watched(file)
    tables = POLICY.replace("[proxies]", "# who may say it\n[ proxies ]  ").replace("[log]\n", "\n\n[log]\n\n")
    put(file, tables.replace('version = "1"\ndefault_entity = "com"', 'default_entity = "com"\nversion = "1"'))
    look(watched.reload)
    assert watched.taken == []
    assert (watched.reload.taken, watched.reload.refused) == (0, 0)


def test_reload_does_not_try_what_it_refused_until_it_changes(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    watched = Watched(file)
    put(file, changed(POLICY, ("[log]", "[log")))
    for _ in range(9):
        watched.reload.look()
    assert (watched.reload.refused, len(caplog.messages)) == (1, 1)
    put(file, changed(POLICY, ("[log]", "[log")))
    look(watched.reload)
    assert (watched.reload.refused, len(caplog.messages)) == (2, 1)  # told once a minute
    put(file, changed())
    look(watched.reload)
    assert [policy.version for policy in watched.taken] == ["2"]


def test_reload_waits_until_nobody_writes_any_more(file: Path) -> None:
    """Up to a table's end, half a policy is one too, which would keep records longer or treat objections otherwise."""
    watched = Watched(file)
    text = changed(POLICY, ("days = 30", "days = 7"))
    lines = text.splitlines(keepends=True)
    for end in range(len(lines) + 1):
        file.write_text("".join(lines[:end]))
        watched.reload.look()
    assert (watched.taken, watched.reload.refused) == ([], 0)
    watched.reload.look()
    assert [policy.retention.visit.days for policy in watched.taken] == [7]


def test_reload_does_not_take_what_changes_while_it_is_read(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    watched = Watched(file)
    put(file, changed(version="half"))

    def slow(*asked: Any, **how: Any) -> Policy:
        policy = load(*asked, **how)
        monkeypatch.undo()
        put(file, changed(version="whole"))
        return policy

    monkeypatch.setattr(reloading, "load", slow)
    look(watched.reload)
    assert (watched.taken, watched.reload.refused) == ([], 0)
    look(watched.reload)
    assert [policy.version for policy in watched.taken] == ["whole"]


def test_reload_notices_a_change_between_start_and_the_first_look(file: Path) -> None:
    taken: list[Policy] = []
    reload = Reload(str(file), taken.append)
    put(file, changed())
    look(reload)
    assert [policy.version for policy in taken] == ["2"]


def test_reload_waits_for_a_file_that_is_gone(file: Path) -> None:
    watched = Watched(file)
    file.unlink()
    look(watched.reload)
    assert (watched.taken, watched.reload.refused) == ([], 0)
    put(file, changed())
    look(watched.reload)
    assert [policy.version for policy in watched.taken] == ["2"]


def test_reload_keeps_to_its_file_where_the_app_changes_its_folder(
    file: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(file.parent)
    watched = Watched(Path(file.name))
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    monkeypatch.chdir(elsewhere)
    put(elsewhere / file.name, changed(version="of another app"))
    look(watched.reload)
    assert watched.taken == []
    put(file, changed())
    look(watched.reload)
    assert [policy.version for policy in watched.taken] == ["2"]
    assert watched.reload.policy.log.directory == file.parent / "book"


def test_reload_follows_a_link_that_is_put_in_the_place_of_another(file: Path) -> None:
    """As Kubernetes changes a ConfigMap: the folder that a link names is another, all at once."""
    folder = file.parent / "mounted"
    folder.mkdir()
    for name, text in (("..1", POLICY), ("..2", changed())):
        (folder / name).mkdir()
        (folder / name / file.name).write_text(text)
    (folder / "..data").symlink_to("..1")
    (folder / file.name).symlink_to(f"..data/{file.name}")
    watched = Watched(folder / file.name)
    (folder / "..next").symlink_to("..2")
    (folder / "..next").replace(folder / "..data")
    look(watched.reload)
    assert [policy.version for policy in watched.taken] == ["2"]
    assert watched.reload.policy.log.directory == folder / "book"


def test_reload_tries_again_what_could_not_be_read(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    watched = Watched(file)
    put(file, changed())
    with pytest.MonkeyPatch.context() as patch:

        def too_many(*_: Any) -> Any:
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

        patch.setattr(Path, "open", too_many)
        look(watched.reload)
    assert (watched.taken, watched.reload.refused) == ([], 1)
    assert "cannot be read: Too many open files" in caplog.text
    watched.reload.look()
    assert [policy.version for policy in watched.taken] == ["2"]


def test_reload_opens_no_book_that_no_company_had_when_the_app_started(
    file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Nobody has proved that its folder is ours alone, nor sees to its room."""
    own = POLICY + '[[log.books]]\nof = "de"\ndirectory = "de-book"\n'
    put(file, own)
    watched = Watched(file)
    put(file, changed(own + FRENCH))
    look(watched.reload)
    assert watched.taken == []
    assert f"entities[2].residency: {RESTART}" in caplog.text


def test_reload_goes_back_to_an_earlier_policy_and_to_none_that_only_has_its_version(
    file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    watched = Watched(file)
    for text in (changed(), POLICY, changed(), changed(POLICY, ("days = 30", "days = 7"), version="1")):
        put(file, text)
        look(watched.reload)
    assert [policy.version for policy in watched.taken] == ["2", "1", "2"]
    assert watched.reload.refused == 1
    assert ANOTHER in caplog.text


def test_reload_moves_no_company_to_another_book_by_way_of_a_policy_without_it(
    file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    watched = Watched(file)
    back = changed(POLICY + FRENCH.replace('"eu"', '"us"'), version="4")
    for text in (changed(POLICY + FRENCH), changed(version="3"), back):
        put(file, text)
        look(watched.reload)
    assert [policy.version for policy in watched.taken] == ["2", "3"]
    assert f"entities[2].residency: {RESTART}" in caplog.text


def test_reload_survives_whatever_goes_wrong(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    def fail(_: Policy) -> None:
        raise ZeroDivisionError("79.192.3.4")

    reload = Reload(str(file), fail)
    look(reload)
    put(file, changed())
    look(reload)
    assert (reload.taken, reload.refused, reload.policy.version) == (0, 1, "1")
    assert caplog.messages == ["the changed policy is refused, the old one stays: ZeroDivisionError"]


# A front desk under requests.


class Site:
    """A site whose front desk was given a file, and a page that waits until it may answer."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.came, self.may_answer = threading.Event(), threading.Event()
        pages = [Route("/", self._page), Route("/slow", self._slow), Route("/health", self._page)]
        self.desk = FrontDesk(Starlette(routes=pages), policy=str(file))

    def change(self, text: str) -> None:
        put(self.file, text)
        assert self.desk._reload
        look(self.desk._reload)

    def _page(self, request: Request) -> Response:
        response = PlainTextResponse(request.state.visit.entity.legal_name)
        response.set_cookie("session", "1")
        return response

    def _slow(self, request: Request) -> Response:
        self.came.set()
        self.may_answer.wait(20)
        request.state.visit.report_incident("brute_force")
        return self._page(request)


@pytest.fixture
def site(file: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    monkeypatch.setattr("frontdesk.geodb.watch.INTERVAL", 3600.0)  # looked at by hand
    return Site(file)


def every_record(site: Site) -> list[dict[str, Any]]:
    return [record for place in ("book", "eu-book") for record in records_in(site.file.parent / place)]


def versions(site: Site, event: str) -> list[str]:
    found = [record for record in every_record(site) if record["event_name"] == f"frontdesk.{event}"]
    return sorted(record["frontdesk.policy.version"] for record in found)


def test_a_visit_under_way_ends_with_the_policy_that_it_began_with(site: Site) -> None:
    one = POLICY + '[cookies]\nessential = ["session"]\n[visitors]\ndaily_id = true\n'
    put(site.file, one)
    site = Site(site.file)
    with TestClient(site.desk, client=(GERMAN, 1)) as client:
        answers: list[Any] = []
        slow = threading.Thread(target=lambda: answers.append(client.get("/slow", headers={"dnt": "1"})))
        slow.start()
        assert site.came.wait(20)
        # The company of the visit is gone, its cookie is not essential any more, nobody has an id.
        site.change(changed(POLICY, ('id = "de"', 'id = "at"'), ("Example GmbH", "Example Austria GmbH")))
        after = client.get("/", headers={"dnt": "1"})
        site.may_answer.set()
        slow.join()
        assert (answers[0].text, answers[0].headers["set-cookie"][:9]) == ("Example GmbH", "session=1")
        assert (after.text, after.headers.get("set-cookie")) == ("Example Austria GmbH", None)
    assert versions(site, "visit") == versions(site, "aggregate") == ["1", "2"]
    assert versions(site, "security") == ["1"]
    told = {
        (record["frontdesk.policy.version"], record["frontdesk.entity"])
        for record in records_in(site.file.parent / "eu-book")
    }
    assert told == {("1", "de"), ("2", "at")}
    assert conserved(site.desk.book.statistics())
    assert site.desk.statistics().troubles == 0


def test_nobody_is_received_under_a_policy_that_was_changed_before_the_app_started(site: Site) -> None:
    """A preloading server forks workers for days from what it read once."""
    put(site.file, changed(POLICY + '[signals]\ngpc = "count"'))
    with TestClient(site.desk, client=(GERMAN, 1)) as client:
        client.get("/", headers={"sec-gpc": "1"})
    assert (versions(site, "visit"), versions(site, "aggregate")) == ([], ["2"])
    assert (site.desk.statistics().policies, site.desk.statistics().policies_refused) == (1, 0)


def test_a_policy_that_is_wrong_when_the_app_starts_is_refused_once(site: Site) -> None:
    put(site.file, changed(POLICY, ("[log]", "[log")))
    with TestClient(site.desk, client=(GERMAN, 1)) as client:
        assert client.get("/").status_code == 200
        assert site.desk._reload
        look(site.desk._reload)
    assert (site.desk.policy.version, site.desk.statistics().policies_refused) == ("1", 1)


def test_what_was_written_keeps_its_own_expiry(site: Site) -> None:
    with TestClient(site.desk, client=(GERMAN, 1)) as client:
        client.get("/")
        site.change(changed(POLICY, ("days = 30", "days = 7")))
        client.get("/")
    visits = [record for record in every_record(site) if record["event_name"] == "frontdesk.visit"]
    days = {
        record["frontdesk.policy.version"]: (
            time.mktime(time.strptime(record["frontdesk.retention.expires_at"], "%Y-%m-%dT%H:%M:%SZ"))
            - time.mktime(time.strptime(record["timestamp"][:19], "%Y-%m-%dT%H:%M:%S"))
        )
        / 86_400
        for record in visits
    }
    assert days == {"1": 30, "2": 7}


def test_a_change_of_policy_is_in_the_audit_records_and_in_the_figures(site: Site) -> None:
    with TestClient(site.desk, client=(GERMAN, 1)):
        site.change(changed())
        site.change(changed(POLICY, ("[log]", "[log")))
        told, report = site.desk.statistics(), site.desk.report()
    assert (told.policies, told.policies_refused) == (1, 1)
    assert (report.totals.counts["policies"], report.totals.counts["policies_refused"], report.policy) == (1, 1, "2")
    (record,) = [record for record in every_record(site) if record["event_name"] == "frontdesk.audit"]
    assert record["frontdesk.audit.action"] == "policy_reload"
    assert record["frontdesk.audit.details"] == {"before": "1", "after": "2"}
    assert record["frontdesk.policy.version"] == "2"


def test_a_policy_that_is_followed_is_known_also_where_the_audit_record_is_lost(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> Any:
        raise MemoryError

    with TestClient(site.desk, client=(GERMAN, 1)):
        with monkeypatch.context() as patch:
            patch.setattr("frontdesk.middleware.asgi.audit", fail)
            site.change(changed())
        site.change(changed(POLICY, ("days = 30", "days = 7")))
        told = site.desk.statistics()
    assert (told.policies, told.policies_refused, site.desk.policy.retention.visit.days) == (1, 1, 30)
    assert told.book.dropped == {"encode_error": 1}


def test_declarations_and_operations_follow_the_policy(site: Site) -> None:
    with TestClient(site.desk, client=("127.0.0.1", 1)) as client:
        assert client.get("/health").text == "Example, Inc."
        assert client.get("/.well-known/gpc.json").status_code == 404
        site.change(
            changed(
                POLICY
                + '[operations]\nallow = ["127.0.0.1"]\nhealth = "/health"\n'
                + "[signals]\ngpc_support = { gpc = true, last_update = 2026-11-01 }\n"
            )
        )
        assert client.get("/health").json() == {"status": "alive"}
        assert client.get("/.well-known/gpc.json").json() == {"gpc": True, "lastUpdate": "2026-11-01"}


def test_ids_of_the_day_begin_and_end_with_the_policy(site: Site) -> None:
    with TestClient(site.desk, client=(GERMAN, 1)) as client:
        for text in (POLICY, changed(POLICY + "[visitors]\ndaily_id = true"), changed(version="3")):
            site.change(text)
            client.get("/")
    visits = [record for record in every_record(site) if record["event_name"] == "frontdesk.visit"]
    assert {record["frontdesk.policy.version"]: "frontdesk.visitor.daily_id" in record for record in visits} == {
        "1": False,
        "2": True,
        "3": False,
    }


def test_a_company_that_is_new_has_its_records_in_the_book_of_its_residency(site: Site) -> None:
    with TestClient(site.desk, client=("90.0.0.1", 1)) as client:
        assert client.get("/").text == "Example, Inc."
        site.change(changed(POLICY + FRENCH))
        assert client.get("/").text == "Example S.A."
    places = {
        place: {r["frontdesk.entity"] for r in records_in(site.file.parent / place)} for place in ("book", "eu-book")
    }
    assert places == {"book": {"com"}, "eu-book": {"fr"}}


def test_what_is_missing_of_a_company_that_is_gone_is_told(site: Site) -> None:
    with TestClient(site.desk, client=(GERMAN, 1)):
        site.change(changed(POLICY, ('id = "de"', 'id = "at"')))
        site.desk.book.lost("encode_error", Shelf("visit", "", "de"))
    (gap,) = [record for record in every_record(site) if record["event_name"] == "frontdesk.gap"]
    assert (gap["frontdesk.entity"], gap["frontdesk.policy.version"]) == ("de", "2")
    assert site.desk.book.statistics().state == "closed"


def test_a_front_desk_that_was_given_a_policy_watches_no_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("frontdesk.geodb.watch.INTERVAL", 0.005)
    desk = FrontDesk(Starlette(), policy=load(file))
    with TestClient(desk):
        put(file, changed())
        time.sleep(0.1)
        assert desk.policy.version == "1"


def test_visits_go_on_while_policies_are_changed(
    file: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("frontdesk.geodb.watch.INTERVAL", 0.005)
    site, over = Site(file), threading.Event()
    texts = {"1": POLICY, "2": changed(POLICY, ("Example GmbH", "Example SE"))}

    def change() -> None:
        for version in cycle("21"):
            put(file, texts[version])
            while site.desk.policy.version != version:
                if over.wait(0.005):
                    return

    changing = threading.Thread(target=change)
    with TestClient(site.desk, client=(GERMAN, 1)) as client:
        changing.start()
        answers = []
        while site.desk.statistics().policies < 20:
            answers.append(client.get("/"))
        over.set()
        changing.join()
    assert {answer.status_code for answer in answers} == {200}
    found = [record for record in every_record(site) if record["event_name"] == "frontdesk.visit"]
    assert len(found) == len(answers)
    assert {record["frontdesk.policy.version"] for record in found} == {"1", "2"}
    told = site.desk.statistics()
    assert conserved(told.book)
    assert (told.troubles, told.policies_refused) == (0, 0)
    assert "refused" not in caplog.text
