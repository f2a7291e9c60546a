"""Fetching one file: only where it is new, all of it, the right one, and with nothing lost where it fails."""

import hashlib
import stat
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from frontdesk.geodb.errors import FetchError
from frontdesk.geodb.update import Patience
from frontdesk.geodb.update import download as download_
from frontdesk.geodb.update.checksums import in_lines
from frontdesk.geodb.update.request import Checksum, Request
from frontdesk.policy.errors import SecretError
from frontdesk.policy.secret import Secret

from .conftest import FetchFile, Notes
from .server import Answer, Server

SECRET = "s3cret-Zahl"
DE = b"5.0.0.0,5.0.0.255,DE\n" * 5_000
FR = b"5.0.0.0,5.0.0.255,FR\n" * 5_000
DAY = "Tue, 03 Nov 2026 10:00:00 GMT"
NEXT_DAY = "Wed, 04 Nov 2026 10:00:00 GMT"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "country.csv"


@pytest.fixture
def request_(server: Server) -> Request:
    return Request("Example country", "country.csv", (f"{server.url}/country.csv",))


@pytest.fixture
def checked(server: Server, request_: Request) -> Request:
    return request_._replace(checksum=Checksum(f"{server.url}/country.csv.sha256", in_lines("country.csv")))


@pytest.fixture
def secret(request_: Request, monkeypatch: pytest.MonkeyPatch) -> Request:
    monkeypatch.setenv("EXAMPLE_TOKEN", SECRET)
    return request_._replace(
        authorization=Secret(env="EXAMPLE_TOKEN").read, kept="the environment variable EXAMPLE_TOKEN"
    )


def sum_of(body: bytes) -> bytes:
    return f"{hashlib.sha256(body).hexdigest()}  country.csv\n".encode()


def refusal(fetch: FetchFile, request: Request, file: Path) -> str:
    with pytest.raises(FetchError) as caught:
        fetch(request, file)
    assert str(caught.value).isprintable()
    assert str(caught.value).startswith("Example country: ")
    return str(caught.value).removeprefix("Example country: ")


def left(file: Path) -> list[str]:
    """What lies in the folder, but for what is remembered of the file."""
    return sorted(path.name for path in file.parent.iterdir() if path.name != f"{file.name}.state.json")


def test_a_file_is_fetched_for_its_owner_only(
    server: Server, fetch: FetchFile, request_: Request, file: Path, notes: Notes
) -> None:
    server.serve("/country.csv", DE, etag='"1"')
    assert fetch(request_, file)
    assert file.read_bytes() == DE
    assert left(file) == ["country.csv"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in file.parent.iterdir()} == {0o600}
    assert notes.bytes[0] == ("Example country", 0, len(DE))
    assert notes.bytes[-1] == ("Example country", len(DE), len(DE))
    assert server.asked[0].headers["accept-encoding"] == "identity"
    assert "authorization" not in server.asked[0].headers


@pytest.mark.parametrize(
    ("told", "condition"),
    [
        ({"etag": '"1"'}, {"if-none-match": '"1"'}),
        ({"etag": 'W/"1"'}, {"if-none-match": 'W/"1"'}),
        ({"last_modified": DAY}, {"if-modified-since": DAY}),
        ({"etag": '"1"', "last_modified": DAY}, {"if-none-match": '"1"', "if-modified-since": DAY}),
    ],
)
def test_a_file_is_not_fetched_again_unchanged(
    server: Server, fetch: FetchFile, request_: Request, file: Path, told: dict[str, str], condition: dict[str, str]
) -> None:
    server.serve("/country.csv", DE, **told)
    assert fetch(request_, file)
    node = file.stat().st_ino
    assert not fetch(request_, file)
    assert file.stat().st_ino == node
    assert condition.items() <= server.asked[1].headers.items()
    server.serve("/country.csv", FR, etag='"2"', last_modified=NEXT_DAY)
    assert fetch(request_, file)
    assert file.read_bytes() == FR


@pytest.mark.parametrize("lost", ["edited", "gone", "state gone", "state damaged"])
def test_a_file_that_is_not_what_was_fetched_is_fetched_whole(
    server: Server, fetch: FetchFile, request_: Request, file: Path, lost: str
) -> None:
    server.serve("/country.csv", DE, etag='"1"')
    fetch(request_, file)
    state = file.with_name("country.csv.state.json")
    match lost:
        case "edited":
            file.write_bytes(b"x")
        case "gone":
            file.unlink()
        case "state gone":
            state.unlink()
        case _:
            state.write_bytes(b"\xff{")
    assert fetch(request_, file)
    assert file.read_bytes() == DE
    assert "if-none-match" not in server.asked[1].headers


@pytest.mark.parametrize("status", [401, 403])
def test_a_secret_that_is_refused_is_not_tried_again(
    server: Server, fetch: FetchFile, secret: Request, file: Path, pauses: list[float], status: int
) -> None:
    server.script("/country.csv", Answer(status, f"Invalid key {SECRET}".encode()))
    told = refusal(fetch, secret, file)
    assert told == (
        f"the server does not let us in ({status}): check the secret in the environment variable EXAMPLE_TOKEN,"
        " and that it is good for this file"
    )
    assert server.asked[0].headers["authorization"] == SECRET
    assert (len(server.asked), pauses, left(file)) == (1, [], [])


def test_a_secret_that_is_not_there_asks_for_nothing(
    server: Server, fetch: FetchFile, secret: Request, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("EXAMPLE_TOKEN")
    with pytest.raises(SecretError, match="EXAMPLE_TOKEN holds no secret"):
        fetch(secret, file)
    assert server.asked == []


def test_a_secret_is_never_sent_to_another_host(server: Server, fetch: FetchFile, secret: Request, file: Path) -> None:
    server.script("/country.csv", Answer(302, b"", {"Location": f"{server.elsewhere}/signed?for=a-while"}))
    server.serve("/signed?for=a-while", DE, etag='"1"')
    assert fetch(secret, file)
    assert file.read_bytes() == DE
    first, second = server.asked
    assert first.headers["authorization"] == SECRET
    assert (second.path, second.headers.get("authorization")) == ("/signed?for=a-while", None)


def test_a_redirect_to_an_address_without_tls_is_not_followed(
    server: Server, fetch: FetchFile, secret: Request, file: Path
) -> None:
    server.script("/country.csv", Answer(302, b"", {"Location": "http://example.com/country.csv"}))
    assert refusal(fetch, secret, file) == "the server sends us to an address without TLS"


def test_a_redirect_without_end_is_not_followed(
    server: Server, fetch: FetchFile, request_: Request, file: Path
) -> None:
    server.script("/country.csv", *[Answer(302, b"", {"Location": "/country.csv"})] * 10)
    assert refusal(fetch, request_, file) == "the server sends us round in circles"


def test_a_redirect_to_a_host_that_cannot_be_is_told(
    server: Server, fetch: FetchFile, request_: Request, file: Path
) -> None:
    server.script("/country.csv", Answer(302, b"", {"Location": f"https://{'x' * 300}.example/"}))
    assert refusal(fetch, request_, file) == "the address, or the one that the server sends us to, is none"


@pytest.mark.parametrize("status", [404, 410])
def test_a_file_that_is_not_there_is_told(
    server: Server, fetch: FetchFile, request_: Request, file: Path, pauses: list[float], status: int
) -> None:
    server.script("/country.csv", Answer(status))
    assert refusal(fetch, request_, file) == "is not there (404): is its name right?"
    assert pauses == []


@pytest.mark.parametrize("status", [204, 206, 304, 400, 418])
def test_an_answer_that_nobody_asked_for_is_refused(
    server: Server, fetch: FetchFile, request_: Request, file: Path, status: int
) -> None:
    server.script("/country.csv", Answer(status))
    assert refusal(fetch, request_, file) == f"the server answers {status}"


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_a_busy_server_is_tried_again(
    server: Server, fetch: FetchFile, request_: Request, file: Path, pauses: list[float], notes: Notes, status: int
) -> None:
    server.script("/country.csv", Answer(status), Answer(status))
    server.serve("/country.csv", DE)
    assert fetch(request_, file)
    assert file.read_bytes() == DE
    first, second = pauses
    assert 0.5 <= first <= 1 <= second <= 2
    assert [words.partition(";")[0] for words in notes.waits] == [f"Example country: the server answers {status}"] * 2


def test_a_server_that_stays_busy_is_given_up(
    server: Server, fetch: FetchFile, request_: Request, file: Path, pauses: list[float]
) -> None:
    server.script("/country.csv", *[Answer(500)] * 9)
    assert refusal(fetch, request_, file) == "the server answers 500; given up after 5 attempts"
    assert len(server.asked) == 5
    assert [2 ** (n - 1) <= pause <= 2**n for n, pause in enumerate(pauses)] == [True] * 4


def test_a_pause_that_the_server_asks_for_is_made(
    server: Server, fetch: FetchFile, request_: Request, file: Path, pauses: list[float]
) -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    asked = ["7", date, "Sun, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 99999999999999999999 08:49:37 GMT"]
    server.script("/country.csv", *[Answer(429, b"", {"Retry-After": text}) for text in asked])
    server.serve("/country.csv", DE)
    assert fetch(request_, file)
    assert pauses[0] == 7
    assert 40 < pauses[1] <= 60
    assert pauses[2] == 0
    assert 4 <= pauses[3] <= 8  # what cannot be read is as if nothing were asked for


def test_a_server_that_asks_for_a_long_pause_is_left_alone(
    server: Server, fetch: FetchFile, request_: Request, file: Path, pauses: list[float]
) -> None:
    server.script("/country.csv", Answer(429, b"", {"Retry-After": "86400"}))
    assert refusal(fetch, request_, file) == "the server answers 429, and asks to be left alone for 86,400 seconds"
    assert pauses == []


def test_a_server_that_is_not_there_is_told(fetch: FetchFile, server: Server, request_: Request, file: Path) -> None:
    server.close()
    told = refusal(fetch, request_, file)
    assert told.startswith("no connection (")
    assert told.endswith("given up after 5 attempts")


@pytest.mark.parametrize("told", [{"ETag": '"1"'}, {"Last-Modified": DAY}])
def test_a_body_that_is_cut_short_is_gone_on_with(
    server: Server, fetch: FetchFile, request_: Request, file: Path, told: dict[str, str]
) -> None:
    server.script("/country.csv", Answer(200, DE, told, sent=40_000))
    server.serve("/country.csv", DE, **{name.lower().replace("-", "_"): value for name, value in told.items()})
    assert fetch(request_, file)
    assert file.read_bytes() == DE
    again = server.asked[1].headers
    assert (again["range"], again["if-range"]) == ("bytes=40000-", next(iter(told.values())))


def test_a_body_that_is_cut_short_is_gone_on_with_by_the_next_update(
    server: Server, fetch: FetchFile, request_: Request, file: Path, patience: Patience
) -> None:
    server.script("/country.csv", Answer(200, DE, {"ETag": '"1"'}, sent=40_000))
    with pytest.raises(FetchError, match="the connection broke off; given up after 1 attempts"):
        fetch(request_, file, patience._replace(attempts=1))
    assert left(file) == ["country.csv.part", "country.csv.part.state.json"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in file.parent.iterdir()} == {0o600}
    server.serve("/country.csv", DE, etag='"1"')
    assert fetch(request_, file)
    assert server.asked[1].headers["range"] == "bytes=40000-"
    assert file.read_bytes() == DE
    assert left(file) == ["country.csv"]


def test_a_body_that_is_another_one_by_now_is_begun_again(
    server: Server, fetch: FetchFile, request_: Request, file: Path
) -> None:
    server.script("/country.csv", Answer(200, DE, {"ETag": '"1"'}, sent=40_000))
    server.serve("/country.csv", FR, etag='"2"')
    assert fetch(request_, file)
    assert file.read_bytes() == FR


@pytest.mark.parametrize("told", [{}, {"ETag": 'W/"1"'}])
def test_a_body_that_nothing_tells_apart_is_begun_again(
    server: Server, fetch: FetchFile, request_: Request, file: Path, told: dict[str, str]
) -> None:
    server.script("/country.csv", Answer(200, DE, told, sent=40_000))
    server.serve("/country.csv", FR)
    assert fetch(request_, file)
    assert file.read_bytes() == FR
    assert "range" not in server.asked[1].headers


def test_a_range_that_does_not_fit_is_refused(server: Server, fetch: FetchFile, request_: Request, file: Path) -> None:
    other = {"ETag": '"1"', "Content-Range": f"bytes 0-{len(DE) - 1}/{len(DE)}"}
    server.script("/country.csv", Answer(200, DE, {"ETag": '"1"'}, sent=40_000), Answer(206, DE, other))
    assert refusal(fetch, request_, file) == "the server sends another part of the file than it was asked for"


def test_a_range_that_the_server_does_not_have_is_dropped(
    server: Server, fetch: FetchFile, request_: Request, file: Path
) -> None:
    server.script("/country.csv", Answer(200, DE, {"ETag": '"1"'}, sent=40_000), Answer(416))
    server.serve("/country.csv", DE, etag='"1"')
    assert fetch(request_, file)
    assert file.read_bytes() == DE


def test_a_checksum_that_is_right_is_enough(server: Server, fetch: FetchFile, checked: Request, file: Path) -> None:
    server.serve("/country.csv.sha256", sum_of(DE))
    server.serve("/country.csv", DE)
    assert fetch(checked, file)
    assert server.paths() == ["/country.csv.sha256", "/country.csv"]
    assert not fetch(checked, file)
    assert server.paths() == ["/country.csv.sha256"]


def test_a_wrong_checksum_throws_the_file_away_and_tries_once_more(
    server: Server, fetch: FetchFile, checked: Request, file: Path
) -> None:
    server.script("/country.csv", Answer(200, FR, {"ETag": '"1"'}))
    server.serve("/country.csv.sha256", sum_of(DE))
    server.serve("/country.csv", DE)
    assert fetch(checked, file)
    assert file.read_bytes() == DE
    assert "range" not in server.asked[3].headers


def test_a_checksum_that_stays_wrong_keeps_the_file_from_before(
    server: Server, fetch: FetchFile, checked: Request, file: Path
) -> None:
    server.serve("/country.csv.sha256", sum_of(DE))
    server.serve("/country.csv", DE)
    fetch(checked, file)
    server.paths()
    server.serve("/country.csv.sha256", sum_of(b"something else"))
    server.serve("/country.csv", FR)
    told = refusal(fetch, checked, file)
    assert told == "does not have the checksum that its vendor tells, and is thrown away"
    assert server.paths() == ["/country.csv.sha256", "/country.csv"] * 2
    assert file.read_bytes() == DE
    assert left(file) == ["country.csv"]


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (Answer(404), "its checksum is not there (404)"),
        (Answer(200, b"<html>"), "what should be its checksum holds no SHA-256 of the file"),
        (Answer(200, b"x" * 100_000), "a checksum is not that long"),
        (Answer(204), "the server answers 204"),
    ],
)
def test_what_is_no_checksum_is_refused(
    server: Server, fetch: FetchFile, checked: Request, file: Path, answer: Answer, told: str
) -> None:
    server.script("/country.csv.sha256", answer)
    server.serve("/country.csv", DE)
    assert refusal(fetch, checked, file) == told
    assert left(file) == []


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (
            Answer(200, b"x", {"Content-Length": str(10 << 30)}, sent=1),
            "would be 10,737,418,240 bytes, and at most 4,294,967,296 are taken",
        ),
        (
            Answer(200, DE, length=False),
            "the server does not say how long the file is, so nobody knows when it is whole",
        ),
        (Answer(200), "what came is empty"),
        (Answer(200, b"<html>Log in to the Wi-Fi</html>"), "what came is none of the formats that are known: "),
    ],
)
def test_what_cannot_be_a_source_keeps_the_file_from_before(
    server: Server, fetch: FetchFile, request_: Request, file: Path, answer: Answer, told: str
) -> None:
    server.serve("/country.csv", DE, etag='"1"')
    fetch(request_, file)
    server.script("/country.csv", answer)
    assert refusal(fetch, request_, file).startswith(told)
    assert file.read_bytes() == DE
    assert not fetch(request_, file), "what is remembered is of the file that stayed"


def test_a_body_without_end_is_refused(
    server: Server, fetch: FetchFile, request_: Request, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download_, "LARGEST", 50_000)
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(DE), DE) for _ in range(3)) + b"0\r\n\r\n"
    server.script("/country.csv", Answer(200, chunks, {"Transfer-Encoding": "chunked"}, length=False))
    assert refusal(fetch, request_, file) == "is longer than 50,000 bytes"


def test_a_file_for_which_the_disk_has_no_room_is_refused(
    server: Server, fetch: FetchFile, request_: Request, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download_, "_ROOM", 1 << 60)
    server.serve("/country.csv", DE)
    assert refusal(fetch, request_, file) == (
        f"would be {len(DE):,} bytes, for which the disk of {file.parent} has no room"
    )


def test_a_folder_that_cannot_be_written_to_is_told(
    server: Server, fetch: FetchFile, request_: Request, tmp_path: Path
) -> None:
    server.serve("/country.csv", DE)
    assert refusal(fetch, request_, tmp_path / "none" / "country.csv") == (
        f"cannot be kept in {tmp_path / 'none'}: No such file or directory"
    )


def test_a_fetch_ends_in_time_and_is_gone_on_with(
    server: Server, fetch: FetchFile, request_: Request, file: Path, patience: Patience
) -> None:
    server.serve("/country.csv", DE, etag='"1"')
    seconds = iter(range(0, 100_000, 3_000))
    with pytest.raises(FetchError, match="did not come within 3,600 seconds; the next update goes on"):
        fetch(request_, file, patience._replace(clock=lambda: next(seconds)))
    assert fetch(request_, file)
    assert file.read_bytes() == DE
