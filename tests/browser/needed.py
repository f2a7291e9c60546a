"""Programs of the system that these tests need."""

import os
import shutil

import pytest

_PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin"])  # where a user's own path does not look for servers


def find(program: str) -> str | None:
    """Where a program is, if it is installed."""
    return shutil.which(program, path=_PATH)


def needed(program: str) -> str:
    """Where a program is. Without it a test is skipped, or fails where continuous integration runs it (`CI=true`)."""
    found = find(program)
    if found is not None:
        return found
    told = f"{program} is not installed: run tests/browser/install as root, or apt-get install {program}"
    if os.environ.get("CI", "").lower() in {"1", "true"}:
        pytest.fail(told, pytrace=False)
    pytest.skip(told)
