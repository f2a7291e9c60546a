"""Standard input, output or error that whoever starts a command has closed, and errors that are not the output's."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from frontdesk.cli import _told

PROGRAM = Path(sys.executable).with_name("frontdesk")


def closed(words: str, number: int, folder: Path) -> subprocess.CompletedProcess[str]:
    """Runs `frontdesk` in a folder, one of its three files closed."""
    mark = "<&-" if number == 0 else f"{number}>&-"
    return subprocess.run(
        ["/bin/sh", "-c", f'exec "$0" "$@" {mark}', PROGRAM, *words.split()],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        cwd=folder,
        timeout=120,
        check=False,
        env={"PATH": "/usr/bin:/bin"},
    )


@pytest.mark.parametrize("words", ["log purge", "enrich access.log --out book", "lookup 8.8.8.8"])
def test_where_the_output_is_closed_nothing_is_begun(words: str, tmp_path: Path) -> None:
    (tmp_path / "access.log").write_text("")
    done = closed(words, 1, tmp_path)
    assert done.returncode == 1
    assert done.stderr == "frontdesk: standard output is closed, so nothing was done\n"
    assert [path.name for path in tmp_path.iterdir()] == ["access.log"]


@pytest.mark.parametrize(
    "words", ["explain --jsonl -", "enrich - --out book", "log subject find --address - --policy p.toml"]
)
def test_where_the_input_is_closed_it_is_not_taken_for_an_empty_one(words: str, tmp_path: Path) -> None:
    (tmp_path / "p.toml").write_text(
        'version = "1"\ndefault_entity = "us"\nentities = [{ id = "us", legal_name = "US Inc." }]\n'
    )
    (tmp_path / "visitors-book").mkdir()
    done = closed(words, 0, tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "frontdesk: standard input is closed, and - would read it: pipe something in, or name a file\n"
    )
    assert not (tmp_path / "book").exists()


def test_where_errors_go_nowhere_they_do_not_go_to_the_output(tmp_path: Path) -> None:
    done = closed("log stats none", 2, tmp_path)
    assert (done.returncode, done.stdout) == (1, "")


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (PermissionError(13, "Permission denied", "book/visit"), "book/visit: Permission denied"),
        (PermissionError(13, "Permission denied", os.fsencode("book")), "book: Permission denied"),
        (OSError(28, "No space left on device"), "the output cannot be written: No space left on device"),
    ],
)
def test_only_an_error_that_names_no_file_is_the_output_s(error: OSError, told: str) -> None:
    assert _told(error) == told
