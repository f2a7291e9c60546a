"""What is missing is told in one line: the test is skipped, or fails where continuous integration runs it."""

import os
import subprocess
from pathlib import Path

import pytest

from .needed import needed

INSTALL = Path(__file__).with_name("install")


def test_a_program_that_is_there_is_found() -> None:
    assert needed("sh").endswith("/sh")


@pytest.mark.parametrize("ci", ["", "0", "false", None])
def test_without_a_program_a_test_is_skipped(ci: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    if ci is not None:
        monkeypatch.setenv("CI", ci)
    with pytest.raises(
        pytest.skip.Exception, match="no-such-program is not installed: run tests/browser/install as root"
    ):
        needed("no-such-program")


@pytest.mark.parametrize("ci", ["true", "True", "1"])
def test_without_a_program_a_test_fails_in_continuous_integration(ci: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", ci)
    with pytest.raises(pytest.fail.Exception, match="no-such-program is not installed"):
        needed("no-such-program")


def installing(folder: Path, **programs: str) -> subprocess.CompletedProcess[str]:
    """Run the installation where there are these programs only."""
    for name, script in programs.items():
        file = folder / name
        file.write_text(f"#!/bin/sh\n{script}\n")
        file.chmod(0o755)
    environment = {**os.environ, "PATH": str(folder), "SERVERS": str(folder)}
    return subprocess.run(["/bin/bash", str(INSTALL)], env=environment, capture_output=True, text=True, check=False)


def test_without_root_the_installation_says_what_to_do_and_goes_on(tmp_path: Path) -> None:
    told = installing(tmp_path, id="echo 1000", nginx="")
    assert (told.returncode, told.stdout) == (0, "")
    assert told.stderr == "these tests need chromium: as root, apt-get install --no-install-recommends chromium\n"


def test_where_all_is_there_the_installation_does_nothing(tmp_path: Path) -> None:
    told = installing(tmp_path, id="exit 1", nginx="", chromium="")
    assert (told.returncode, told.stdout, told.stderr) == (0, "", "")
