"""The streams of a policy's books, and what is refused."""

from pathlib import Path

import pytest

from frontdesk.policy import PolicyError, RetentionClass, load
from frontdesk.policy.stream import Stream

POLICY = """
version = "1"
default_entity = "de"

[[entities]]
id = "de"
legal_name = "Example GmbH"
residency = "eu"

[[entities]]
id = "us"
legal_name = "Example, Inc."

[log.stream]
{common}

[[log.books]]
of = "eu"
directory = "{folder}"

[log.books.stream]
{eu}
"""
ELSEWHERE = 'brokers = ["kafka-1.example:9093", "[2001:db8::1]:9093"]'


def write(folder: Path, common: str = ELSEWHERE, eu: str = ELSEWHERE + '\ntopics = "eu"', book: str = "eu") -> Path:
    file = folder / "frontdesk.toml"
    file.write_text(POLICY.format(common=common, eu=eu, folder=book))
    return file


def test_each_book_has_a_stream_of_its_own(tmp_path: Path) -> None:
    streams = load(write(tmp_path, eu=ELSEWHERE + '\ntopics = "eu"\nkeep = false\nproperties = "p"')).streams()
    assert {of: folder for of, (folder, _) in streams.items()} == {
        "": tmp_path / "visitors-book",
        "eu": tmp_path / "eu",
    }
    common, eu = (stream for _, stream in streams.values())
    assert common.classes == (RetentionClass.VISIT, RetentionClass.AGGREGATE)
    assert (common.keep, eu.keep) == (True, False)
    assert (common.topic("visit"), eu.topic("aggregate")) == ("frontdesk.visit", "eu.aggregate")
    assert eu.properties == tmp_path / "p"


def test_a_policy_without_a_stream_has_none(tmp_path: Path) -> None:
    file = tmp_path / "frontdesk.toml"
    file.write_text('version = "1"\ndefault_entity = "de"\n[[entities]]\nid = "de"\nlegal_name = "Example GmbH"\n')
    policy = load(file)
    assert policy.streams() == {}
    assert not isinstance(policy.log.stream, Stream)


@pytest.mark.parametrize(
    ("common", "told"),
    [
        (ELSEWHERE + "\nclasses = ['audit']", "log.stream.classes: audit records stay beside"),
        (ELSEWHERE + "\nclasses = ['visits']", "log.stream.classes[0]: not one of visit, security, aggregate, audit"),
        (ELSEWHERE + "\nclasses = []", "log.stream.classes: "),
        (ELSEWHERE + "\ntopics = 'eu'", "log.books[0].stream.topics: another book's records go there"),
        (ELSEWHERE + "\ntopics = 'a b'", "log.stream.topics: expected 1 to 200 letters"),
        (ELSEWHERE + "\npassword = 'hunter2'", "log.stream.password: no such key; allowed here are brokers, topics"),
        ("brokers = ['https://kafka.example']", "log.stream.brokers[0]: expected a host and a port"),
        ("brokers = ['user:password@kafka.example:9092']", "log.stream.brokers[0]: expected a host and a port"),
        *(
            (f"brokers = ['kafka.example:{port}']", "log.stream.brokers[0]: expected a host and a port from 1 to 65535")
            for port in ("0", "65536", "99999", "09092", "100000")
        ),
        ("brokers = []", "log.stream.brokers: "),
        ("", "log.stream.brokers: is missing"),
    ],
)
def test_a_stream_that_cannot_be_followed_is_refused(common: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(PolicyError) as refused:
        load(write(tmp_path, common))
    assert told in str(refused.value)
    assert "hunter2" not in str(refused.value)
    assert "user:password" not in str(refused.value)


def test_ports_up_to_the_last_are_accepted(tmp_path: Path) -> None:
    brokers = [f"kafka.example:{port}" for port in (1, 80, 9092, 10000, 65000, 65499, 65535)]
    (_, stream), _ = load(write(tmp_path, f"brokers = {brokers}")).streams().values()
    assert list(stream.brokers) == brokers


def test_a_mistake_in_the_stream_of_a_book_is_told_with_its_line(tmp_path: Path) -> None:
    file = write(tmp_path, eu=ELSEWHERE + "\ntopics = 'eu'\nkeep = 3")
    with pytest.raises(PolicyError) as refused:
        load(file)
    assert refused.value.key == "log.books[0].stream.keep"
    assert refused.value.line == file.read_text().split("\n").index("keep = 3") + 1


def test_two_streams_of_one_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match=r"log\.books\[0\]\.stream: the book in this folder has a stream already"):
        load(write(tmp_path, book="visitors-book"))
