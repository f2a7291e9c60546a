"""`frontdesk top` and `frontdesk metrics`, over the workers of a real server."""

import json
import os
import pty
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import StringIO
from pathlib import Path
from socket import create_server

import msgspec
import pytest
from prometheus_client.parser import text_string_to_metric_families
from rich.console import Console

from frontdesk.cli.sight import quantile, seen, visits
from frontdesk.cli.top_view import view
from frontdesk.middleware.board import Told, folder_of, read_board
from frontdesk.middleware.report import Report, Totals, Warned

from ..book import eventually
from ..conftest import forget_keys
from ..middleware.reports import report, stream_report, totals
from .conftest import Command

PROGRAM = Path(sys.executable).with_name("frontdesk")
POLICY = """
version = "1"
default_entity = "us"
entities = [{ id = "us", legal_name = "US Inc." }]
[operations]
allow = ["127.0.0.1"]
metrics = "/metrics"
health = "/health"
"""
APP = """
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from frontdesk.middleware import FrontDesk

app = FrontDesk(Starlette(routes=[Route("/", lambda _: PlainTextResponse("hello"))]), policy="frontdesk.toml")
"""


def free_port() -> int:
    with create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - our own server
        text: str = answer.read().decode()
        return text


def samples(text: str) -> dict[str, float]:
    """The sum of each metric over its labels."""
    sums: dict[str, float] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            sums[sample.name] = sums.get(sample.name, 0) + sample.value
    return sums


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "visitors-book"
    forget_keys(tmp_path / "visitors-book")


@contextmanager
def served(folder: Path, workers: int) -> Iterator[str]:
    """The site, by a real uvicorn with some workers; its address."""
    (folder / "frontdesk.toml").write_text(POLICY)
    (folder / "site_of_ours.py").write_text(APP)
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "site_of_ours:app", "--port", str(port), "--no-proxy-headers"]
    with subprocess.Popen([*command, "--workers", str(workers)], cwd=folder, stderr=subprocess.DEVNULL) as server:
        url = f"http://127.0.0.1:{port}"
        try:
            eventually(lambda: _answers(f"{url}/health"), 30)
            yield url
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(20)


def _answers(url: str) -> bool:
    try:
        return "alive" in get(url)
    except OSError:
        return False


def test_every_worker_tells_of_all_and_a_killed_ones_visits_stay(
    tmp_path: Path, book: Path, frontdesk: Command
) -> None:
    with served(tmp_path, 2) as url:
        eventually(lambda: len(read_board(book).reports) == 2)
        for _ in range(40):
            get(f"{url}/?secret")
        eventually(lambda: visits(read_board(book).total()) == 40)
        for _ in range(4):  # whichever worker it is
            told = samples(get(f"{url}/metrics"))
            assert (told["frontdesk_visits_total"], told["frontdesk_workers"]) == (40, 2)
        os.kill(read_board(book).reports[0].process, signal.SIGKILL)
        eventually(lambda: len(read_board(book).reports) == 2 and read_board(book).ended.ended == 1, 30)
        get(url)
        eventually(lambda: visits(read_board(book).total()) == 41)
        done = frontdesk("metrics", "--policy", "frontdesk.toml")
        assert (done.returncode, done.stderr) == (0, "")
        told = samples(done.stdout)
        assert (told["frontdesk_visits_total"], told["frontdesk_workers_ended_total"]) == (41, 1)
        shown = frontdesk("top", "--policy", "frontdesk.toml", "--once")
        assert (shown.returncode, shown.stderr) == (0, "")
        assert "2 workers of visitors-book" in shown.stdout
        assert "secret" not in shown.stdout
        data = json.loads(frontdesk("top", "--policy", "frontdesk.toml", "--json").stdout)
        assert len(data["workers"]) == 2
        assert data["total"]["visits"] == [["full", "us", "reserved", 41]]
    assert not folder_of(book).exists()
    shown = frontdesk("top", "--policy", "frontdesk.toml", "--once")
    assert "no worker of visitors-book tells of itself" in shown.stdout
    assert samples(frontdesk("metrics", "--policy", "frontdesk.toml").stdout)["frontdesk_workers"] == 0


@pytest.mark.parametrize("key", [b"q", b"\x03"])
def test_top_ends_by_a_key_without_a_trace(tmp_path: Path, book: Path, key: bytes) -> None:
    (tmp_path / "frontdesk.toml").write_text(POLICY)
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [PROGRAM, "top", "--policy", "frontdesk.toml"],
        cwd=tmp_path,
        stdin=theirs,
        stdout=theirs,
        stderr=subprocess.PIPE,
        env={"PATH": "/usr/bin:/bin", "TERM": "xterm", "COLUMNS": "60", "LINES": "20", "PYTHONWARNINGS": "error"},
        preexec_fn=_take_terminal,  # noqa: PLW1509 - no thread of ours is running
    ) as process:
        os.close(theirs)
        shown = b""
        while b"no worker of" not in shown:
            shown += os.read(ours, 4096)
        os.write(ours, key)
        assert process.stderr is not None
        with suppress(OSError):  # when it has closed its end
            while os.read(ours, 4096):
                pass
        assert process.stderr.read() == b""
        assert process.wait(10) == 0
    os.close(ours)


def _take_terminal() -> None:
    """Become the one whom Ctrl-C on the terminal interrupts."""
    import fcntl  # noqa: PLC0415 - in the child only
    import termios  # noqa: PLC0415

    os.setsid()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def test_metrics_are_served_until_they_are_stopped(tmp_path: Path, book: Path) -> None:
    (tmp_path / "frontdesk.toml").write_text(POLICY)
    port = free_port()
    command = [str(PROGRAM), "metrics", "--policy", "frontdesk.toml", "--serve", f"127.0.0.1:{port}"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith(f"http://127.0.0.1:{port}/metrics tells of the workers")
        assert samples(get(f"http://127.0.0.1:{port}/metrics"))["frontdesk_workers"] == 0
        with pytest.raises(urllib.error.HTTPError, match="404"):
            get(f"http://127.0.0.1:{port}/")
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=10)
        assert (process.returncode, out, err) == (0, "", "")


@pytest.mark.parametrize("place", ["9464", "127.0.0.1", "127.0.0.1:99999", "::1:9464", "127.0.0.1:x"])
def test_a_place_that_is_none_is_told_in_one_line(frontdesk: Command, place: str) -> None:
    done = frontdesk("metrics", "--serve", place)
    expected = f"--serve {place}: expected an address and a port, such as 127.0.0.1:9464 or [::1]:9464"
    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"frontdesk: {expected}\n")


def test_a_port_that_is_taken_is_told_in_one_line(frontdesk: Command) -> None:
    with create_server(("127.0.0.1", 0)) as listener:
        place = f"127.0.0.1:{listener.getsockname()[1]}"
        done = frontdesk("metrics", "--serve", place)
    assert done.returncode == 1
    assert done.stderr == f"frontdesk: --serve {place}: cannot be served: Address already in use; choose another port\n"


def drawn(told: Told, width: int) -> list[str]:
    console = Console(width=width, height=50, file=StringIO(), record=True, color_system=None)
    console.print(view(Path("visitors-book"), seen(told)))
    return console.export_text().splitlines()


@pytest.mark.parametrize("width", [24, 40, 80, 200])
def test_the_view_fits_any_width_and_leaves_out_nothing(width: int) -> None:
    lines = drawn(Told([report(at=time.time())], totals(ended=1)), width)
    assert max(map(len, lines)) <= width
    told = " ".join(" ".join(lines).split())
    for word in ("education", "withheld", "anonymous", "disk_full", "networks", "No space left"):
        assert word in told


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "quiet     4711 for"),
        ({"book": "degraded"}, "book      degraded; 8 written"),
        ({"queue_bytes": 8 << 20}, "8 MiB of 8 MiB"),
        ({"web_service": "paused"}, "paused; 0 answers"),
        ({"totals": Totals()}, "none yet"),
        ({"totals": totals(counts={"policies": 2})}, "policy    2026-11-01; changes: 2 used, 0 refused"),
    ],
)
def test_the_view_says_what_is_the_matter(changes: dict[str, object], expected: str) -> None:
    assert expected in "\n".join(drawn(Told([report(**changes)], Totals()), 120))


def test_the_view_tells_of_streams_beside_workers_and_without_any() -> None:
    both = [stream_report(behind_since=time.time() - 60), stream_report("intake", behind=None)]
    for told in (Told([report()], Totals(), both), Told([], Totals(), both)):
        text = "\n".join(drawn(told, 160))
        assert "ship frontdesk" in text
        assert "7 behind, the oldest for 60 s; 20 delivered, 1 expired, 2 refused, 3 damaged, 4 troubles" in text
        assert "counting; 15 written, 5 twice, 1 expired, 6 rejected" in text
        assert "is the app running" not in text
    ended = Told([], stream_report().totals, [])
    assert "nobody at work; 20 delivered" in "\n".join(drawn(ended, 160))


def test_the_view_shows_no_code_that_a_terminal_obeys() -> None:
    evil = report(
        warnings=(Warned(0.0, "a\x1b[2Jb\rc"),),
        database=msgspec.structs.replace(report().database, name="n\x1b]0;x\x07 [red]"),
        book="\x1b[31m",
    )
    text = "\n".join(drawn(Told([evil], Totals()), 120))
    assert text.replace("\n", "").isprintable()
    assert "a\\x1b[2Jb\\x0dc" in text
    assert "[red]" in text


def test_rates_are_of_the_last_seconds_and_never_below_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [100.0]
    monkeypatch.setattr("frontdesk.cli.sight.time.monotonic", lambda: clock[0])

    def told(count: int) -> Told:
        row = msgspec.structs.replace(totals().visits[0], visits=count)
        one: Report = report(totals=Totals(visits=(row,)))
        return Told([one], Totals())

    look = seen(told(10))
    assert (look.has_rates, look.rate(visits)) == (False, 0.0)
    rates: list[float] = []

    def step(count: int) -> None:
        nonlocal look
        clock[0] += 4
        look = seen(told(count), look)
        rates.append(look.rate(visits))

    for count in (18, 26, 46, 0):
        step(count)
    assert rates == [2.0, 2.0, 3.5, 0.0]


@pytest.mark.parametrize(("share", "bound"), [(0.1, 0.0001), (0.5, 0.0005), (0.8, 0.005), (0.99, float("inf"))])
def test_a_quantile_is_the_bound_of_its_bucket(share: float, bound: float) -> None:
    assert quantile(totals(), share) == bound
    assert quantile(Totals(), share) is None
