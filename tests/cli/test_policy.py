"""`frontdesk policy`."""

import json
from pathlib import Path

from frontdesk.policy import EXAMPLE

from .conftest import Command


def test_check_says_that_a_policy_can_be_followed(frontdesk: Command) -> None:
    done = frontdesk("policy", "check")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("can be followed: version 2026-11-01, 3 companies\n")


def test_check_names_the_line_of_a_ceiling_that_is_passed(frontdesk: Command, tmp_path: Path) -> None:
    text = EXAMPLE.read_text().replace("days = 14", "days = 366")
    (tmp_path / "p.toml").write_text(text)
    line = text.split("\n").index("days = 366") + 1
    done = frontdesk("policy", "check", "--policy", "p.toml")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"frontdesk: p.toml:{line}: retention.security.days: Expected `int` <= 365 (the file says 366)\n"
    )


def test_show_tells_where_and_how_long_records_are_kept(frontdesk: Command, tmp_path: Path) -> None:
    text = EXAMPLE.read_text().replace("[log]\n", '[[log.books]]\nof = "eu"\ndirectory = "europe"\n[log]\n')
    text = text.replace("# [operations]\n# allow", "[operations]\nready = '/-/ready'\nallow")
    text += "[opentelemetry]\nendpoint = 'https://c.example/v1/logs'\nentities = ['aurora-de', 'aurora-jp']\n"
    (tmp_path / "p.toml").write_text(text)
    shown = frontdesk("policy", "show", "--policy", "p.toml").stdout
    assert "security       14 days, for crime_prevention" in shown
    assert "opentelemetry  https://c.example/v1/logs, the collector of aurora-de, aurora-jp" in shown
    assert "operations     ready /-/ready, for 127.0.0.1, ::1, 10.1.0.0/16" in shown
    assert "aurora-de: Aurora Instruments GmbH; residency eu; book europe" in shown
    assert "aurora-com: Aurora Instruments, Inc., the default; residency us; book visitors-book" in shown
    data = json.loads(frontdesk("policy", "show", "--policy", "p.toml", "--json").stdout)
    assert data["retention"]["audit"]["days"] == 1095
    assert data["proxies"]["trusted"] == ["127.0.0.1", "::1"]


def test_record_of_processing_is_written_for_people_and_for_programs(frontdesk: Command) -> None:
    page = frontdesk("policy", "record-of-processing")
    assert page.stdout.startswith("# Record of processing activities\n")
    data = json.loads(frontdesk("policy", "record-of-processing", "--format", "json").stdout)
    assert [activity["class"] for activity in data["activities"]] == ["visit", "security", "aggregate", "audit"]
