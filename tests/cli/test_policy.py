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


RISKY = """
version = "1"
default_entity = "us"
[[entities]]
id = "us"
legal_name = "Us"
[proxies]
header = "forwarded"
trusted = ["10.0.0.0/8"]
hops = 2
trust_unix = true
[signals]
tracking_status = { tracking = "N" }
gpc_support = { last_update = 2026-11-01 }
[cookies]
essential = ["login", "basket"]
[routing]
mode = "redirect"
consent_countries = ["DE"]
[log]
archive = "s3://bucket/group"
max_total_bytes = 2_000_000_000
min_free_ratio = 0.05
[database]
file = "networks.mmdb"
[[database.sources]]
layer = "public"
dbip = "country-lite"
[web_service]
account = { env = "ACCOUNT" }
key = { env = "KEY" }
daily_limit = 1000
[page]
hosts = ["reports.example"]
user_header = "x-forwarded-user"
trusted = ["10.0.0.5"]
[[analysts]]
name = "marketing"
purposes = ["marketing_analytics"]
token = { env = "TOKEN" }
users = ["anna"]
"""


def test_show_tells_who_is_believed_and_what_goes_elsewhere(frontdesk: Command, tmp_path: Path) -> None:
    (tmp_path / "p.toml").write_text(RISKY)
    shown = frontdesk("policy", "show", "--policy", "p.toml").stdout.splitlines()
    for line in [
        "proxies        forwarded is believed from 10.0.0.0/8, any Unix socket; the client is entry 2 from the right",
        "declared       tracking N, GPC heeded since 2026-11-01",
        "cookies        of who objected all are held back but the essential ones: basket, login",
        "routing        mode redirect; a choice is remembered for 180 days in the cookie __Host-frontdesk-choice",
        "               led by place from /, but never from DE",
        "room           at most 2,000,000,000 bytes for each book, and 5% of the volume is left free",
        "archive        of visitors-book: s3://bucket/group",
        "database       networks.mmdb, built from dbip country-lite (public)",
        (
            "web_service    a third party: MaxMind's insights is sent addresses whose organisation the database does"
            " not know; at most 1,000 in a day, an answer is used for 7 days"
        ),
        (
            "page           at reports.example; x-forwarded-user names the user, believed from 10.0.0.5;"
            " a session ends 30 minutes after its last page, 8 hours after its first"
        ),
        "analyst        marketing: for marketing_analytics; known by a token, anna",
    ]:
        assert line in shown


def test_show_tells_what_is_left_to_the_defaults(frontdesk: Command, tmp_path: Path) -> None:
    (tmp_path / "p.toml").write_text(
        'version = "1"\ndefault_entity = "us"\n[[entities]]\nid = "us"\nlegal_name = "Us"\n'
    )
    shown = frontdesk("policy", "show", "--policy", "p.toml").stdout.splitlines()
    for line in [
        "proxies        nobody is believed: the peer is the client",
        "cookies        of who objected all are held back but the essential ones: none",
        "archive        of visitors-book: none, all stays on this disk",
        "database       the embedded one",
        "web_service    not asked: no address is looked up at a third party",
    ]:
        assert line in shown


def test_record_of_processing_is_written_for_people_and_for_programs(frontdesk: Command) -> None:
    page = frontdesk("policy", "record-of-processing")
    assert page.stdout.startswith("# Record of processing activities\n")
    data = json.loads(frontdesk("policy", "record-of-processing", "--format", "json").stdout)
    assert [activity["class"] for activity in data["activities"]] == ["visit", "security", "aggregate", "audit"]
