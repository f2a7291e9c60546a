"""`frontdesk log archive`, and what follows it, as a person runs them against an S3 server."""

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import TYPE_CHECKING

import pytest

from frontdesk.policy import EXAMPLE, Policy, load
from frontdesk.systemdata.shelf import segments

from ..s3 import DENIED, ENVIRONMENT
from ..systemdata.keeping import records_in, security, visit, write
from .conftest import Command
from .test_retention import ADDRESS, ago, audits

if TYPE_CHECKING:
    from ..s3 import S3

Run = Callable[..., CompletedProcess[str]]


@pytest.fixture
def bucket(s3: "S3") -> str:
    """A new bucket's URL."""
    return s3.bucket()


@pytest.fixture
def own(tmp_path: Path, bucket: str) -> Policy:
    """A policy in a file, `p.toml`, whose book is in the test's folder and whose archive is in the bucket."""
    text = EXAMPLE.read_text().replace("daily_id = true", "daily_id = false")
    archive = f'directory = "visitors-book"\narchive = "{bucket}/frontdesk"'
    (tmp_path / "p.toml").write_text(text.replace('directory = "visitors-book"', archive, 1))
    return load(tmp_path / "p.toml")


@pytest.fixture
def run(frontdesk: Command, s3: "S3") -> Run:
    """Runs `frontdesk …` with the policy and the server's address."""

    def run(*words: str, stdin: str = "", **more: str) -> CompletedProcess[str]:
        env = ENVIRONMENT | {"AWS_ENDPOINT_URL": s3.endpoint} | more
        return frontdesk(*words, "--policy", "p.toml", stdin=stdin, env=env)

    return run


def told(done: CompletedProcess[str]) -> str:
    """What a command printed that had nothing to complain of."""
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def keys_in(s3: "S3", bucket: str) -> list[str]:
    """What lies in a bucket, as somebody else sees it."""
    found = s3.client().list_objects_v2(Bucket=bucket.removeprefix("s3://")).get("Contents", [])
    return sorted(each["Key"] for each in found)


def test_days_that_are_over_go_to_the_bucket_and_every_command_sees_them(
    own: Policy, run: Run, s3: "S3", bucket: str
) -> None:
    book = own.log.directory
    write(book, *(visit(own, ago(9)) for _ in range(3)), visit(own, ago(0)), security(own, ago(9), ADDRESS))
    assert "would be archived: 4 records of 1 days, 2 segments" in told(run("log", "archive", "--dry-run"))
    assert keys_in(s3, bucket) == []
    assert "4 records of 1 days, 2 segments, " in told(run("log", "archive"))
    names = keys_in(s3, bucket)
    assert names[0] == "frontdesk/archive.json"
    assert [name.split("/")[1] for name in names[1:]] == ["security", "visit"]
    [record] = audits(own)
    assert record["frontdesk.audit.details"]["to"] == f"{bucket}/frontdesk"
    assert record["frontdesk.audit.details"]["records"] == 4
    assert "4 segments with 6 records: 0 damaged" in told(run("log", "verify"))
    shelves = [json.loads(line) for line in told(run("log", "stats", "--json")).splitlines()]
    assert sum(shelf["records"] for shelf in shelves) == 6
    assert len(told(run("log", "export")).splitlines()) >= 6
    asked = ("report", "--purpose", "marketing_analytics", "--by", "country", "--format", "json", "--bots")
    assert json.loads(told(run(*asked)))
    found = told(run("log", "subject", "find", "--address", "-", stdin=ADDRESS))
    assert "1 records of this address" in found
    assert "1 records erased" in told(run("log", "subject", "erase", "--address", "-", stdin=ADDRESS))
    assert [name.split("/")[1] for name in keys_in(s3, bucket)[1:]] == ["visit"]


def test_what_a_stream_has_not_delivered_stays_on_the_disk(own: Policy, run: Run, s3: "S3", bucket: str) -> None:
    file = own.log.directory.parent / "p.toml"
    file.write_text(f'{file.read_text()}\n[log.stream]\nbrokers = ["kafka.example:9093"]\nclasses = ["visit"]\n')
    write(own.log.directory, visit(own, ago(9)), security(own, ago(9), ADDRESS))
    done = run("log", "archive")
    assert done.returncode == 1
    assert "its stream is not done with it yet" in done.stdout
    assert [name.split("/")[1] for name in keys_in(s3, bucket)] == ["archive.json", "security"]


def test_purge_empties_the_bucket_in_time(own: Policy, run: Run, s3: "S3", bucket: str) -> None:
    write(own.log.directory, visit(own, ago(80)), visit(own, ago(5)))
    told(run("log", "archive"))
    short = Path(own.log.directory.parent / "p.toml")
    short.write_text(short.read_text().replace("days = 90", "days = 30"))
    assert "would go    1 records (1 visit)" in told(run("log", "purge", "--dry-run"))
    assert len(keys_in(s3, bucket)) == 3
    assert "gone        1 records (1 visit), 1 files" in told(run("log", "purge"))
    assert len(keys_in(s3, bucket)) == 2


def test_hold_keeps_what_is_in_the_bucket(own: Policy, run: Run, s3: "S3", bucket: str) -> None:
    write(own.log.directory, visit(own, ago(80)))
    told(run("log", "archive"))
    hold = told(run("log", "hold", "add", "--class", "visit", "--reason", "case 4711")).strip()
    file = own.log.directory.parent / "p.toml"
    file.write_text(file.read_text().replace("days = 90", "days = 30"))
    assert "held        1 records" in told(run("log", "purge"))
    assert len(keys_in(s3, bucket)) == 2
    told(run("log", "hold", "release", hold))
    told(run("log", "purge"))
    assert len(keys_in(s3, bucket)) == 1


def several_books(folder: Path, common: str, eu: str) -> Policy:
    """A policy in a file, `p.toml`, of a common book and one of the EU, each with an archive, and of one without."""
    books = f"""
archive = "{common}"
[[log.books]]
of = "eu"
directory = "eu"
archive = "{eu}"
[[log.books]]
of = "aurora-com"
directory = "com"
"""
    text = EXAMPLE.read_text().replace('directory = "visitors-book"', f'directory = "visitors-book"{books}', 1)
    (folder / "p.toml").write_text(text)
    return load(folder / "p.toml")


def test_each_residency_has_its_own_archive_or_none(run: Run, s3: "S3", tmp_path: Path) -> None:
    eu, jp = s3.bucket(), s3.bucket()
    policy = several_books(tmp_path, jp, f"{eu}/here")
    for entity in policy.entities:
        write(policy.directory_of(entity), visit(policy, ago(9), entity.id))
    told(run("log", "archive"))
    there = {bucket: {key.split("/")[-2] for key in keys_in(s3, bucket) if key.endswith(".zst")} for bucket in (eu, jp)}
    residents = {entity.id for entity in policy.entities if entity.residency == "eu"}
    assert there[eu] == residents
    assert there[jp] == {entity.id for entity in policy.entities} - residents - {"aurora-com"}
    assert any(path.suffix == ".zst" for path in (tmp_path / "com" / "visit").rglob("*"))


def test_a_run_that_fails_part_way_tells_in_the_book_what_it_moved_and_goes_on_with_others(
    run: Run, s3: "S3", tmp_path: Path
) -> None:
    policy = several_books(tmp_path, s3.bucket(), s3.bucket())
    far, near = policy.log.directory, tmp_path / "eu"
    for days in (9, 8):
        write(far, visit(policy, ago(days), "aurora-jp"), visit(policy, ago(days), "aurora-jp"))
        write(near, visit(policy, ago(days), "aurora-de"))
    last = max(path.name for path in segments(far))
    s3.fails = lambda method, path: DENIED if method == "PUT" and path.endswith(last) else None
    done = run("log", "archive")
    assert "cannot be archived: the store refuses: Access Denied" in one_line(done)
    assert "eu: 2 records of 2 days, 2 segments, " in done.stdout
    [broken_off] = audits(policy)
    details = broken_off["frontdesk.audit.details"]
    assert (details["records"], details["segments"], details["broken_off"]) == (2, 1, 1)
    [ended] = records_in(near)
    assert "broken_off" not in ended["frontdesk.audit.details"]


def test_each_book_that_cannot_be_archived_is_told_in_one_line(run: Run, tmp_path: Path) -> None:
    policy = several_books(tmp_path, "s3://no-such-bucket/far", "s3://no-such-bucket/near")
    write(policy.log.directory, visit(policy, ago(9), "aurora-jp"))
    write(tmp_path / "eu", visit(policy, ago(9), "aurora-de"))
    done = run("log", "archive")
    assert done.returncode == 1
    assert [line.split(": ")[1] for line in done.stderr.splitlines()] == [
        "s3://no-such-bucket/far",
        "s3://no-such-bucket/near",
    ]


def test_without_an_archive_in_the_policy_it_says_how_to_name_one(frontdesk: Command, tmp_path: Path) -> None:
    (tmp_path / "p.toml").write_text(EXAMPLE.read_text())
    (tmp_path / "visitors-book").mkdir()
    done = frontdesk("log", "archive", "--policy", "p.toml")
    assert done.returncode == 1
    assert done.stderr == ('frontdesk: the policy names no archive: set one, as [log] archive = "s3://bucket/prefix"\n')


def one_line(done: CompletedProcess[str]) -> str:
    """What a command complained of, in one line and without a secret."""
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1, done.stderr
    assert "testing-secret" not in done.stdout + done.stderr
    return done.stderr


def test_what_is_wrong_with_the_bucket_is_told_in_one_line(own: Policy, run: Run, s3: "S3", bucket: str) -> None:
    write(own.log.directory, visit(own, ago(9)))
    file = own.log.directory.parent / "p.toml"
    right = file.read_text()
    file.write_text(right.replace(bucket, "s3://no-such-bucket"))
    assert "there is no such bucket" in one_line(run("log", "archive"))
    file.write_text(right)
    s3.fails = lambda _method, _path: DENIED
    assert "the store refuses: Access Denied" in one_line(run("log", "archive"))
    s3.fails = lambda method, path: DENIED if method == "PUT" and path.endswith(".zst") else None
    assert "cannot be archived: the store refuses: Access Denied" in one_line(run("log", "archive"))
    assert [each["event_name"] for each in records_in(own.log.directory)].count("frontdesk.visit") == 1
    s3.mend()
    told(run("log", "archive"))
    s3.fails = lambda _method, _path: DENIED
    assert "the book's archive cannot be read" in one_line(run("log", "verify"))
    done = run("log", "purge")
    assert (done.returncode, done.stderr) == (1, "")
    assert "archive     not purged: " in done.stdout
    nobody = run("log", "verify", AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="")
    assert "archive cannot be read" in one_line(nobody)


@pytest.mark.parametrize(
    "address",
    [
        "s3://key:secret@bucket/prefix",
        "s3://key@bucket/prefix",
        "s3://bucket/prefix?token=secret",
        "https://user:secret@host/",
        "s3://",
        "bucket",
        "file://",
        "file://host/folder",
        "memory://gone/with/the/process",
        "s3://bucket/../other",
        "simplecache::s3://bucket",
    ],
)
def test_an_address_with_a_password_or_none_at_all_is_refused_unshown(
    address: str, frontdesk: Command, tmp_path: Path
) -> None:
    archive = f'directory = "visitors-book"\narchive = "{address}"'
    (tmp_path / "p.toml").write_text(EXAMPLE.read_text().replace('directory = "visitors-book"', archive, 1))
    done = frontdesk("log", "archive", "--policy", "p.toml")
    assert "log.archive: expected the address of a store such as s3://bucket/prefix" in one_line(done)
    assert "secret" not in done.stderr
