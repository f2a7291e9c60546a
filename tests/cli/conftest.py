"""Runs the real command, as a user would, in a process of its own."""

import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

import pytest

NOTHING: Mapping[str, str] = MappingProxyType({})

Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def frontdesk(tmp_path: Path) -> Command:
    """`frontdesk(*args, stdin="", env={})` runs the command in the test's folder and never raises for its status."""
    program = Path(sys.executable).with_name("frontdesk")

    def run(*args: object, stdin: str = "", env: Mapping[str, str] = NOTHING) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [program, *map(str, args)],
            input=stdin,
            capture_output=True,
            text=True,
            cwd=tmp_path,
            timeout=120,
            check=False,
            env={"PATH": "/usr/bin:/bin", "COLUMNS": "200", "PYTHONWARNINGS": "error", **env},
        )

    return run
