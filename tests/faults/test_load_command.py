"""The load test's command, as people and CI use it: what it refuses, what fails it, and locust's own page."""

import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import create_server

import pytest

from frontdesk.loadtests.load.server import Server

_ROOT = Path(__file__).parents[2]
_COMMAND = [sys.executable, "-m", "loadtests.load"]
_SHORT = ["--users", "4", "--think", "0.1", "--seconds", "3"]


def run(*options: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*_COMMAND, *options], cwd=_ROOT, capture_output=True, text=True, timeout=100, check=False)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--target", "https://staging.example"], "--i-own-this-host staging.example"),
        (["--target", "https://staging.example", "--i-own-this-host", "example"], "not this machine"),
        (["--target", "staging"], "is no target"),
        (["--users", "0"], "0 is not from 1 to 20000"),
        (["--seconds", "1e9"], "is not from 1 to 86400"),
        (["--seconds", "nan"], "nan is not from 1 to 86400"),
        (["--scenario", "flood"], "invalid choice"),
        (["--max-failed", "-1"], "-1 is not from 0"),
    ],
)
def test_what_must_not_be_run_is_refused_in_one_line(options: list[str], told: str) -> None:
    done = run(*options)
    assert done.returncode == 2
    assert told in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


def test_a_limit_that_is_missed_fails_the_run_and_says_which(tmp_path: Path) -> None:
    done = run(*_SHORT, "--max-p99-ms", "0", "--max-cpu-ratio", "none", "--max-added-ms", "none", "--out", tmp_path)
    assert done.returncode == 1
    assert re.findall(r"^MISSED +(\w+)", done.stdout, re.MULTILINE) == ["p99_ms"]


def test_an_app_that_is_served_elsewhere_on_this_machine(tmp_path: Path) -> None:
    with Server(tmp_path, "bare") as server:
        good = run("--target", server.url, *_SHORT, "--max-p99-ms", "none", "--out", tmp_path / "good")
    assert good.returncode == 0, good.stdout + good.stderr
    assert "it adds up" not in good.stdout
    gone = run("--target", server.url, *_SHORT, "--max-p99-ms", "none", "--out", tmp_path / "gone")
    assert gone.returncode == 1
    assert re.search(r"^MISSED +failed", gone.stdout, re.MULTILINE)
    assert re.search(r"^FAILED +\d+ x ours page: refused", gone.stdout, re.MULTILINE)


@contextmanager
def page() -> Iterator[tuple[str, Path]]:
    """locust's page, its URL; ended as a person does, by Ctrl-C."""
    with create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [*_COMMAND, "--web", "--web-port", str(port), *_SHORT]
    with subprocess.Popen(command, cwd=_ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True) as process:
        try:
            yield f"http://127.0.0.1:{port}", Path(f"/proc/{process.pid}")
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(30)
            finally:
                process.kill()


def ask(url: str, **form: str) -> str:
    """The page's answer; it is waited for until there is one."""
    data = urllib.parse.urlencode(form).encode() if form else None
    deadline = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(url, data, timeout=10) as answer:  # noqa: S310 - a page on this machine
                return str(answer.read().decode())
        except urllib.error.URLError:
            assert time.monotonic() < deadline
            time.sleep(0.2)


def requests(url: str) -> int:
    return int(re.findall(r'"num_requests": (\d+)', ask(f"{url}/stats/requests"))[-1])


def test_the_page_visits_this_machine_and_no_other() -> None:
    with page() as (url, _):
        here = re.findall(r"http://127\.0\.0\.1:\d+", ask(url))[0]
        form = {"user_count": "4", "spawn_rate": "4", "shape": "steady", "seconds": "2", "think": "0.1"}
        ask(f"{url}/swarm", host="https://staging.example", **form)
        time.sleep(1)
        assert requests(url) == 0
        deadline = time.monotonic() + 60
        while not requests(url):
            assert time.monotonic() < deadline
            ask(f"{url}/swarm", host=here, **form)
            time.sleep(2.5)


def test_locust_itself_sends_nothing_to_a_host_that_is_not_named(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "locust", "--locustfile", str(_ROOT / "loadtests" / "locustfile.py"), "--headless"]
    target = ["--host", "https://staging.example", "--seconds", "2", "--ledger", str(tmp_path), "Visitor"]
    done = subprocess.run([*command, *target], cwd=_ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "refused: staging.example is not this machine" in done.stdout
    assert [path.read_text() for path in tmp_path.glob("*.ledger")] == [""]
