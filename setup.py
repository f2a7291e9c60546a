"""The compiled wheel. With `FRONTDESK_COMPILE=1` what each request goes through is compiled by mypyc from the very same
source; without, nothing is, and a C compiler is not needed. Everything else about the package is in pyproject.toml.
"""

import os
import sys
import tempfile
import tomllib
from contextlib import chdir
from pathlib import Path

from setuptools import Extension, setup

ROOT = Path(__file__).parent

COMPILED = {
    "policy": ("bounded", "networks"),
    "geodb": ("record",),
    "enrich": ("entity", "finding", "name", "organisation", "person"),
    "systemdata": (
        *("buffer", "concealed", "counts", "daily_id", "line", "minimise"),
        *("parts", "record", "shelf", "tags", "visit"),
    ),
    # Not `asgi`: servers look whether a coroutine function is what they call.
    "middleware": (
        *("address", "answer", "asked", "caching", "complaint", "declared", "desk", "forwarded"),
        *("guest", "operations", "path", "reception", "routing", "seen", "signals", "visit"),
    ),
}
"""The modules that are compiled, by their folders."""


def extensions() -> list[Extension]:
    """Make C of the modules. The top-level folders are packages of `frontdesk`, so it is shown them as such."""
    from mypyc.build import mypycify  # noqa: PLC0415 - a requirement of this one way to build

    files = [f"frontdesk/{folder}/{name}.py" for folder, names in COMPILED.items() for name in names]
    with tempfile.TemporaryDirectory() as base:
        Path(base, "frontdesk").symlink_to(ROOT.resolve())
        with chdir(base):
            made: list[Extension] = mypycify(
                ["--config-file=", "--strict", "--namespace-packages", "--explicit-package-bases", *files],
                group_name="frontdesk.compiled",
                target_dir=str(ROOT / "build" / "c"),
            )
    return made


def requirements() -> list[str]:
    """What compiling needs besides: mypyc, and what the modules import, for their types."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return ["mypy>=2.4", *project["dependencies"]]


if os.environ.get("FRONTDESK_COMPILE") != "1":
    setup()
elif "egg_info" in sys.argv or "dist_info" in sys.argv:  # asked what a build needs, where it is not there yet
    setup(setup_requires=requirements())
else:
    setup(ext_modules=extensions())
