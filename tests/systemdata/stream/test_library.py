"""What an operator may say of the connection, and what is kept from them."""

import sys
from pathlib import Path

import pytest

from frontdesk.policy import FrontdeskError
from frontdesk.policy.stream import Stream
from frontdesk.systemdata.stream.library import client, kafka, properties, settings


def written(folder: Path, text: str, mode: int = 0o600) -> Path:
    file = folder / "kafka.properties"
    file.write_text(text)
    file.chmod(mode)
    return file


def test_settings_are_encrypted_to_brokers_elsewhere_unless_the_properties_say_otherwise(tmp_path: Path) -> None:
    here = Stream(brokers=("127.0.0.1:9092", "localhost:9092", "[::1]:9092"))
    elsewhere = Stream(brokers=("127.0.0.1:9092", "kafka.example:9092"))
    assert settings(here)["security.protocol"] == "plaintext"
    assert settings(elsewhere)["security.protocol"] == "ssl"
    for almost in ("127.evil.example:9092", "localhost.example:9092"):
        assert settings(Stream(brokers=(almost,)))["security.protocol"] == "ssl"
    file = written(tmp_path, "security.protocol=plaintext\n")
    assert settings(Stream(brokers=elsewhere.brokers, properties=file))["security.protocol"] == "plaintext"
    assert settings(elsewhere)["bootstrap.servers"] == "127.0.0.1:9092,kafka.example:9092"
    assert settings(elsewhere)["allow.auto.create.topics"] is False


def test_properties_are_read_as_librdkafka_names_them(tmp_path: Path) -> None:
    text = "# how to log in\n\nsecurity.protocol = SASL_SSL\nsasl.username=shop\nsasl.password = a=b c \n"
    assert properties(written(tmp_path, text)) == {
        "security.protocol": "SASL_SSL",
        "sasl.username": "shop",
        "sasl.password": "a=b c",
    }


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("\nacks=1\n", ":2: acks is not for a properties file to say"),
        ("enable.idempotence=false", "enable.idempotence is not"),
        ("bootstrap.servers=elsewhere:1", "bootstrap.servers is not"),
        ("plugin.library.paths=evil", "is not for a properties file to say"),
        ("debug=all", "debug is not"),
        ("allow.auto.create.topics=true", "allow.auto.create.topics is not"),
        ("sasl.kerberos.kinit.cmd=touch /tmp/x", "is not for a properties file to say"),
        ("ssl.engine.location=/tmp/evil.so", "ssl.engine.location is not"),
        ("ssl.providers=evil", "ssl.providers is not"),
        ("hunter2 hunter2", ":1: expected name=value"),
        ("hunter2!=1", "what stands here is not"),
        ("\xff".encode("latin-1").decode("latin-1") * (64 << 10), "is larger than 65536 bytes"),
    ],
)
def test_properties_that_our_promises_rest_on_are_refused_without_a_word_of_a_secret(
    text: str, told: str, tmp_path: Path
) -> None:
    with pytest.raises(FrontdeskError) as refused:
        properties(written(tmp_path, text))
    assert told in str(refused.value)
    assert "hunter2 hunter2" not in str(refused.value)


def test_properties_that_others_may_read_or_write_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FrontdeskError, match="chmod g-w,o-rw"):
        properties(written(tmp_path, "sasl.password=x", 0o644))
    with pytest.raises(FrontdeskError, match="chmod g-w,o-rw"):
        properties(written(tmp_path, "sasl.password=x", 0o660))
    with pytest.raises(FrontdeskError, match="No such file"):
        properties(tmp_path / "none")
    file = tmp_path / "binary"
    file.write_bytes(b"\xff\xfe")
    file.chmod(0o600)
    with pytest.raises(FrontdeskError, match="is not UTF-8"):
        properties(file)


def test_client_that_refuses_its_settings_repeats_none_of_them() -> None:
    with pytest.raises(FrontdeskError) as refused:
        client(kafka().Producer, {"security.protocol": "hunter2", "log_level": 0})
    assert "security.protocol" in str(refused.value)
    assert "hunter2" not in str(refused.value)


def test_without_the_library_it_is_told_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    kafka.cache_clear()
    monkeypatch.setitem(sys.modules, "confluent_kafka", None)
    monkeypatch.setitem(sys.modules, "confluent_kafka.admin", None)
    with pytest.raises(FrontdeskError, match=r"pip install 'frontdesk\[kafka\]'"):
        kafka()
