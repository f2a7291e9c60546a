"""A Python process of its own, for what would end this one."""

import subprocess
import sys
from pathlib import Path

HEADER = """
import os, sys, time
from pathlib import Path
from frontdesk.systemdata import Shelf, Writer
SHELF = Shelf("visit", "2999-12-31", "us")
"""


def start(code: str, *args: str | Path, cwd: Path | None = None) -> subprocess.Popen[bytes]:
    """Begin a program; what it prints can be read."""
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", HEADER + code, *map(str, args)], stdout=subprocess.PIPE, cwd=cwd
    )
