"""A real uvicorn with two workers under load, whose policy changes: nobody is sent away, everybody is in the book."""

import signal
import subprocess
import sys
from collections import Counter
from itertools import cycle
from pathlib import Path
from socket import create_server

import orjson

from frontdesk.middleware.board import read_board
from frontdesk.systemdata.recover import recover

from ..book import eventually, lines_in
from ..conftest import forget_keys
from .test_stop import APP, POLICY, Load

_CHANGES = 4


def _versions(book: Path) -> list[str]:
    """What each worker says that it follows."""
    return [report.policy for report in read_board(book).reports]


def test_two_workers_follow_a_policy_that_changes_and_nobody_is_sent_away(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(APP)
    (tmp_path / "frontdesk.toml").write_text(POLICY)
    book = tmp_path / "visitors-book"
    with create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", "app:app", "--port", str(port), "--no-proxy-headers", "--no-access-log"]
    with (tmp_path / "log").open("wb") as log:
        server = subprocess.Popen([*command, "--workers", "2"], cwd=tmp_path, stderr=log)
        try:
            eventually(lambda: _versions(book) == ["1", "1"], 30)
            with Load(port) as load:
                for version, _ in zip(cycle("21"), range(_CHANGES), strict=False):
                    # Half of it is no policy, and is written again before anybody takes it for one.
                    (tmp_path / "frontdesk.toml").write_text(POLICY[: len(POLICY) // 2])
                    (tmp_path / "frontdesk.toml").write_text(POLICY.replace('version = "1"', f'version = "{version}"'))
                    eventually(lambda version=version: _versions(book) == [version] * 2, 30)  # type: ignore[misc]
            refused = read_board(book).total().counts.get("policies_refused", 0)
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(20)
            forget_keys(book)
    list(recover(book))
    records = [orjson.loads(line) for line in lines_in(book)]
    visits = Counter(record["http.route"] for record in records if record["event_name"] == "frontdesk.visit")
    assert load.answered.keys() <= visits.keys()
    assert set(visits.values()) == {1}
    assert {record["frontdesk.policy.version"] for record in records} == {"1", "2"}
    changes = [record for record in records if record.get("frontdesk.audit.action") == "policy_reload"]
    assert len(changes) == 2 * _CHANGES
    assert refused == 0
    assert "refused" not in (tmp_path / "log").read_text()
    assert load.failed == []
