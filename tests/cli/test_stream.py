"""`frontdesk log ship` and `frontdesk stream`, as far as no broker is needed."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from frontdesk.policy import FrontdeskError, load
from frontdesk.systemdata import Writer
from frontdesk.systemdata.shelf import Shelf
from frontdesk.systemdata.stream.intake import Intake
from frontdesk.systemdata.stream.library import kafka

from ..book import eventually
from ..conftest import forget_keys
from .conftest import Command

POLICY = """
version = "1"
default_entity = "de"
[[entities]]
id = "de"
legal_name = "Example GmbH"
residency = "eu"
[log]
directory = "book"
{stream}
[[log.books]]
of = "eu"
directory = "eu-book"
[log.books.stream]
brokers = ["127.0.0.1:9"]
topics = "eu"
"""
STREAM = '[log.stream]\nbrokers = ["127.0.0.1:9"]\n'


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    file = tmp_path / "frontdesk.toml"
    file.write_text(POLICY.format(stream=STREAM))
    return file


@pytest.mark.parametrize("command", [("log", "ship"), ("stream",)])
def test_a_book_without_a_stream_is_told_with_those_that_have_one(
    command: tuple[str, ...], frontdesk: Command, tmp_path: Path
) -> None:
    (tmp_path / "frontdesk.toml").write_text(POLICY.format(stream=""))
    done = frontdesk(*command, "--policy", "frontdesk.toml", "--once")
    assert done.returncode == 1
    assert done.stderr == (
        "frontdesk: the policy has no [log.stream]: see docs/stream.md; the policy has streams for --of eu\n"
    )
    done = frontdesk(*command, "--policy", "frontdesk.toml", "--of", "mars")
    assert "no [log.books.stream] of 'mars'" in done.stderr


def test_lag_is_told_without_any_broker(frontdesk: Command, policy: Path) -> None:
    book = load(policy).log.directory
    writer = Writer(book)
    for retention_class in ("visit", "aggregate", "security"):
        writer.put(b'{"number":1}\n', Shelf(retention_class, "2026-11-23", "de"))
    writer.close()
    done = frontdesk("log", "ship", "--policy", policy, "--lag")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"{book}: 2 records behind, in 2 segments, the oldest begun at 20")
    done = frontdesk("log", "ship", "--policy", policy, "--lag", "--json")
    assert done.stdout.startswith('{"behind":2,"segments":2,"behind_since":"20')


def test_a_stream_that_was_begun_by_mistake_keeps_no_shipper_out(policy: Path, frontdesk: Command) -> None:
    book = load(policy).log.directory
    book.mkdir()
    program = Path(sys.executable).with_name("frontdesk")
    with subprocess.Popen(
        [program, "stream", "--policy", policy], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as mistaken:
        eventually((book / "stream-intake").is_dir, 60)
        mistaken.send_signal(signal.SIGINT)
        told, _ = mistaken.communicate(timeout=60)
    forget_keys(book)
    assert (mistaken.returncode, "0 records written" in told) == (0, True)
    assert not (book / "stream-intake").exists()
    (book / "stream-intake").mkdir()  # as one leaves it that was killed
    done = frontdesk("log", "ship", "--policy", policy, "--once")
    forget_keys(book)
    assert "flows into" not in done.stderr


def test_a_stream_without_its_library_leaves_nothing_in_the_book(policy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "confluent_kafka", None)
    monkeypatch.setitem(sys.modules, "confluent_kafka.admin", None)
    kafka.cache_clear()  # another test may have loaded it
    loaded = load(policy)
    with pytest.raises(FrontdeskError, match="kafka"):
        Intake(loaded, *loaded.streams()[""], "group", 300)
    assert not loaded.log.directory.exists()


def test_policy_show_tells_which_book_goes_to_which_topics(frontdesk: Command, policy: Path) -> None:
    told = frontdesk("policy", "show", "--policy", policy).stdout
    assert f"stream         of the common book, {policy.parent / 'book'}: frontdesk.visit, frontdesk.aggregate" in told
    processing = frontdesk("policy", "record-of-processing", "--policy", policy).stdout
    assert "copies of records lie in the group's own Kafka topics eu.visit, eu.aggregate" in processing
    assert f"stream         of eu, {policy.parent / 'eu-book'}: eu.visit, eu.aggregate at 127.0.0.1:9" in told


@pytest.mark.parametrize("command", [("log", "ship"), ("stream",)])
def test_help_has_examples(command: tuple[str, ...], frontdesk: Command) -> None:
    done = frontdesk(*command, "--help")
    assert done.returncode == 0
    assert "Examples: frontdesk" in " ".join(done.stdout.split())
