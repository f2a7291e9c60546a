"""What `--help` shows of every command."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from frontdesk.cli.app import app

# What Rich takes for markup, and leaves out where it is not escaped.
_MARKUP = re.compile(r"\[[a-z#/@][^\[\]]*\]")


def commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command and group, with the words that it is called by."""
    yield path, command
    for name, each in getattr(command, "commands", {}).items():
        yield from commands(each, (*path, name))


ALL = dict(commands(get_command(app)))


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_help_shows_every_word_in_brackets(path: tuple[str, ...]) -> None:
    command = ALL[path]
    shown = CliRunner().invoke(app, [*path, "--help"]).output
    written = [command.help or "", *(getattr(each, "help", None) or "" for each in command.params)]
    for word in _MARKUP.findall(" ".join(written)):
        assert word in shown, f"{word} is swallowed: write it with a backslash before it, in an r-string"
        assert f"\\{word}" not in shown


def test_help_of_archive_names_the_table() -> None:
    assert "`[log]" in CliRunner().invoke(app, ["log", "archive", "--help"]).output
    assert "`[log]" in CliRunner().invoke(app, ["log", "--help"]).output
