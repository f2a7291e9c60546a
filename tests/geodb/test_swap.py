"""A new database is changed over to while visitors come; a damaged one is not; nobody edits what we have mapped."""

import gc
import os
import stat
import threading
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from frontdesk.enrich import Enricher
from frontdesk.geodb import Database, DatabaseError
from frontdesk.geodb.build import build
from frontdesk.geodb.copy import drop_old_copies
from frontdesk.geodb.watch import Watch
from frontdesk.middleware import FrontDesk
from frontdesk.policy import Policy
from frontdesk.policy.model import Database as DatabasePolicy

from ..conftest import ReadBook

ADDRESS = "9.9.9.9"
_PACKAGE = '{"name": "@ip-location-db/asn", "version": "2.3.%s"}'


@pytest.fixture(autouse=True)
def own_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Our copies go to the test's own folder."""
    place = tmp_path / "copies"
    place.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(place))
    return place / f"frontdesk-{os.getuid()}"


def make(folder: Path, country: str, day: str = "20260617") -> Path:
    """Build `networks.mmdb`, in which everything that is routed is in one country."""
    sources = folder / f"sources-{country}"
    sources.mkdir(exist_ok=True)
    (sources / "package.json").write_text(_PACKAGE % day)
    (sources / "country.csv").write_text(f"1.0.0.0,223.255.255.255,{country}\n")
    (sources / "asn.csv").write_text(f'1.0.0.0,223.255.255.255,64500,"University of {country}"\n')
    build([sources / "country.csv", sources / "asn.csv"], folder / "networks.mmdb")
    return folder / "networks.mmdb"


def eventually(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def vandalise(file: Path) -> None:
    """What happens to a file that somebody edits in place."""
    with file.open("r+b") as stream:
        stream.write(bytes(file.stat().st_size // 2))
        stream.truncate(file.stat().st_size // 2)


def test_only_our_own_copy_is_mapped(tmp_path: Path, own_place: Path) -> None:
    file = make(tmp_path, "DE")
    database = Database(file)
    vandalise(file)
    assert database.lookup(ADDRESS).country == "DE"
    (copy,) = own_place.glob("*/*.mmdb")
    assert copy.stem == database.manifest.sha256
    assert stat.S_IMODE(copy.stat().st_mode) == 0o400
    assert stat.S_IMODE(own_place.stat().st_mode) == 0o700


def test_workers_share_one_copy_and_mend_a_damaged_one(tmp_path: Path, own_place: Path) -> None:
    file = make(tmp_path, "DE")
    Database(file)
    (copy,) = own_place.glob("*/*.mmdb")
    node = copy.stat().st_ino
    Database(file)
    assert copy.stat().st_ino == node
    copy.chmod(0o600)
    copy.write_bytes(b"damaged")
    assert Database(file).lookup(ADDRESS).country == "DE"


@pytest.mark.parametrize("kind", ["open to others", "link"])
def test_a_place_that_is_not_ours_alone_is_refused(kind: str, tmp_path: Path, own_place: Path) -> None:
    if kind == "link":
        (tmp_path / "elsewhere").mkdir(mode=0o700)
        own_place.symlink_to(tmp_path / "elsewhere")
    else:
        own_place.mkdir()
        own_place.chmod(0o777)
    with pytest.raises(DatabaseError, match="others may write there"):
        Database(make(tmp_path, "DE"))


def test_copies_of_other_databases_are_dropped(tmp_path: Path, own_place: Path) -> None:
    old = Database(make(tmp_path, "DE"))
    new = Database(make(tmp_path, "FR"))
    assert len(list(own_place.glob("*/*.mmdb"))) == 2
    drop_old_copies(new.file, new.manifest)
    assert [copy.stem for copy in own_place.glob("*/*.mmdb")] == [new.manifest.sha256]
    assert (old.lookup(ADDRESS).country, new.lookup(ADDRESS).country) == ("DE", "FR")


def test_a_new_database_is_handed_over_and_a_damaged_one_is_not(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = make(tmp_path, "DE")
    received: list[Database] = []
    watch = Watch(file, received.append, interval=0.01)
    watch.start()
    make(tmp_path, "FR")
    eventually(lambda: len(received) == 1)
    assert received[0].lookup(ADDRESS).country == "FR"
    vandalise(file)
    eventually(lambda: watch.refused >= 1)
    assert "the old one stays" in caplog.text
    make(tmp_path, "ES")
    eventually(lambda: len(received) == 2)
    assert received[1].lookup(ADDRESS).country == "ES"
    file.unlink()
    time.sleep(0.1)
    watch.stop()
    assert len(received) == 2


def site() -> Starlette:
    async def page(request: Request) -> Response:
        visit = request.state.visit
        return JSONResponse([visit.country, visit.organisation.name, visit.country])

    return Starlette(routes=[Route("/", page)])


def test_visits_go_on_while_databases_are_swapped(
    tmp_path: Path, policy: Policy, monkeypatch: pytest.MonkeyPatch, read_book: ReadBook
) -> None:
    monkeypatch.setattr("frontdesk.geodb.watch.INTERVAL", 0.005)
    file = make(tmp_path, "DE")
    policy = msgspec.structs.replace(policy, database=DatabasePolicy(file=file))
    desk = FrontDesk(site(), policy=policy)
    stop = threading.Event()

    def swap() -> None:
        while not stop.wait(0.02):
            make(tmp_path, "FR" if desk.statistics().swaps % 2 == 0 else "DE")

    swapping = threading.Thread(target=swap)
    with TestClient(desk, client=(ADDRESS, 1)) as client:
        swapping.start()
        answers = []
        while desk.statistics().swaps < 6:
            answers.append(client.get("/").json())
        stop.set()
        swapping.join()
    assert {tuple(answer) for answer in answers} == {
        ("DE", "University of DE", "DE"),
        ("FR", "University of FR", "FR"),
    }
    records = read_book()
    assert len(records) == len(answers)
    for record in records:
        assert record["frontdesk.organisation.name"] == f"University of {record['geo.country.iso_code']}"
    assert desk.statistics().troubles == 0


def test_a_swap_drops_the_old_database_without_a_leak(tmp_path: Path, policy: Policy) -> None:
    desk = FrontDesk(site(), policy=policy)

    def mapped() -> int:
        return Path("/proc/self/maps").read_text().count(".mmdb")

    gc.collect()
    gc.disable()  # an old database is freed by its last reference, not some time later
    before = mapped()
    for round_ in range(20):
        desk.change_over(Database(make(tmp_path, "DE" if round_ % 2 else "FR")))
        assert Enricher(Database(make(tmp_path, "ES"))).find(ADDRESS).record.country == "ES"
    after = mapped()
    gc.enable()
    assert after <= before + 1
