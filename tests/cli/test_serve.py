"""`frontdesk serve`: the page in a real process, and where it refuses to start."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

import pytest

from frontdesk.policy import EXAMPLE

from .conftest import Command

PROGRAM = Path(sys.executable).with_name("frontdesk")
_SAID = re.compile(r"the analyst's page: http://127\.0\.0\.1:(\d+)/")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


@contextmanager
def served(folder: Path, *options: str, token: str = "") -> Iterator[tuple[int, list[str]]]:
    """The page in a process of its own; gives its port and what it said."""
    port = free_port()
    command = [str(PROGRAM), "serve", "--port", str(port), *options]
    environment = {"PATH": os.environ["PATH"], "COLUMNS": "200"} | ({"PAGE_TOKEN": token} if token else {})
    with subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        said = [process.stdout.readline()]
        assert _SAID.search(said[0]), said
        if not token:
            said.append(process.stdout.readline())
        try:
            yield port, said
        finally:
            process.send_signal(signal.SIGINT)
            rest = process.stdout.read()
            process.wait(20)
            assert "Traceback" not in rest


def status(port: int, path: str, token: str = "", host: str = "127.0.0.1") -> int:
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Host": host} | ({"Authorization": f"Bearer {token}"} if token else {})
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status


def test_a_policy_without_analysts_gets_a_token_for_this_once(tmp_path: Path) -> None:
    (tmp_path / "visitors-book").mkdir(mode=0o700)
    with served(tmp_path) as (port, said):
        token = said[1].rsplit(" ", 1)[1].strip()
        assert len(token) >= 32
        assert status(port, "/health") == 200
        assert status(port, "/quality?format=csv") == 401
        assert status(port, "/quality?format=csv", token) == 200
        assert status(port, "/quality?format=csv", token, host="rebound.example") == 421


def test_a_role_s_token_is_in_the_environment_and_not_told(tmp_path: Path) -> None:
    policy = tmp_path / "frontdesk.toml"
    policy.write_text(
        EXAMPLE.read_text()
        + '[[analysts]]\nname = "marketing"\npurposes = ["marketing_analytics"]\ntoken = { env = "PAGE_TOKEN" }\n'
    )
    (tmp_path / "visitors-book").mkdir(mode=0o700)
    token = "t" * 40
    with served(tmp_path, "--policy", "frontdesk.toml", token=token) as (port, said):
        assert token not in "".join(said)
        assert status(port, "/quality?format=json", token) == 200
        assert status(port, "/quality?format=json", "t" * 39) == 401


@pytest.mark.parametrize(
    ("tables", "options", "problem"),
    [
        ("", ["--host", "0.0.0.0"], "nobody may open the page: name who may under [[analysts]]"),
        (
            '[[analysts]]\nname = "a"\npurposes = ["marketing_analytics"]\ntoken = { env = "PAGE_TOKEN" }\n',
            ["--host", "0.0.0.0"],
            "the page needs the names that it is reached by: set page.hosts",
        ),
        (
            '[[analysts]]\nname = "a"\npurposes = ["marketing_analytics"]\ntoken = { env = "PAGE_TOKEN" }\n',
            [],
            "the environment variable PAGE_TOKEN holds no secret",
        ),
        (
            '[[analysts]]\nname = "a"\npurposes = ["marketing_analytics"]\ntoken = { file = "short" }\n',
            [],
            "the token of a has fewer than 32 characters",
        ),
        ("", ["--accounts", "nowhere.csv"], "nowhere.csv: cannot be read"),
    ],
)
def test_it_refuses_to_start_in_one_line(
    tables: str, options: list[str], problem: str, frontdesk: Command, tmp_path: Path
) -> None:
    (tmp_path / "frontdesk.toml").write_text(EXAMPLE.read_text() + tables)
    (tmp_path / "short").write_text("too short")
    refused = frontdesk("serve", "--policy", "frontdesk.toml", "--port", free_port(), *options)
    assert refused.returncode == 1
    assert refused.stdout == ""
    assert refused.stderr.startswith("frontdesk: ")
    assert problem in refused.stderr
    assert refused.stderr.count("\n") == 1


def test_a_port_that_is_taken_is_told_in_one_line(frontdesk: Command) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        refused = frontdesk("serve", "--port", listener.getsockname()[1])
    assert refused.returncode == 1
    assert "is taken by another program" in refused.stderr


def test_the_absence_of_a_library_is_told_in_one_line(frontdesk: Command, tmp_path: Path) -> None:
    script = (
        "import sys; sys.modules['duckdb'] = None; sys.argv = ['frontdesk', 'serve'];"
        "from frontdesk.cli import main; main()"
    )
    refused = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert refused.returncode == 1
    assert refused.stderr == (
        "frontdesk: the analyst's page needs more libraries: pip install 'frontdesk[analytics]'\n"
    )


def test_help_has_examples(frontdesk: Command) -> None:
    assert "frontdesk serve --policy frontdesk.toml" in frontdesk("serve", "--help").stdout
