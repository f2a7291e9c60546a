"""Secrets come from the environment or a file, and no message ever holds one."""

from pathlib import Path

import msgspec
import pytest

from frontdesk.policy.errors import SecretError
from frontdesk.policy.secret import Secret


def test_a_secret_is_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VENDOR_KEY", " s3cret \n")
    assert Secret(env="VENDOR_KEY").read() == "s3cret"


def test_a_secret_is_read_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("s3cret\n")
    assert Secret(file=file).read() == "s3cret"


@pytest.mark.parametrize("text", ["", "  \n", "two\nlines", "s3cr\0t", "s3crèt", "x" * 5000])
def test_what_is_no_secret_is_refused_without_showing_it(tmp_path: Path, text: str) -> None:
    file = tmp_path / "key"
    file.write_text(text)
    with pytest.raises(SecretError, match="holds no secret") as caught:
        Secret(file=file).read()
    assert not text.strip() or text.strip() not in str(caught.value)


def test_a_variable_that_is_not_set_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VENDOR_KEY", raising=False)
    with pytest.raises(SecretError, match="the environment variable VENDOR_KEY holds no secret"):
        Secret(env="VENDOR_KEY").read()


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SecretError, match="key cannot be read: No such file"):
        Secret(file=tmp_path / "key").read()


@pytest.mark.parametrize("said", [{}, {"env": "A", "file": "b"}])
def test_a_place_must_be_exactly_one(said: dict[str, str]) -> None:
    with pytest.raises(msgspec.ValidationError, match="expected where the secret is kept"):
        msgspec.convert(said, Secret, dec_hook=lambda _, value: Path(value))
