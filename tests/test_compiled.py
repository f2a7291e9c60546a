"""The compiled build is the one that is tested, and a wheel of it holds both the source and what was made of it."""

import os
import sys
import zipfile
from importlib import import_module
from pathlib import Path

import pytest

from .wheels import ROOT, build_wheel

pytestmark = pytest.mark.skipif(
    os.environ.get("FRONTDESK_COMPILE") != "1", reason="needs a C compiler and minutes: `make test-compiled`"
)


def modules() -> list[str]:
    """The modules that setup.py compiles: those whose C lies beside their source in the compiled build."""
    found = sorted((ROOT / "build" / "compiled" / "lib" / "frontdesk").glob("*/*.so"))
    return [f"frontdesk.{file.parent.name}.{file.name.partition('.')[0]}" for file in found]


def test_what_is_tested_here_is_compiled() -> None:
    assert {"frontdesk.middleware.answer", "frontdesk.middleware.reception", "frontdesk.systemdata.record"} <= {
        *modules()
    }
    for name in modules():
        assert str(import_module(name).__file__).endswith(".so"), name


@pytest.mark.timeout(600)
def test_a_compiled_wheel_is_of_this_platform_and_holds_one_import_name(tmp_path: Path) -> None:
    wheel = build_wheel(tmp_path, compiled=True)
    assert f"-cp{sys.version_info.major}{sys.version_info.minor}-" in wheel.name
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {"frontdesk"}
    for name in modules():
        stem = name.replace(".", "/")
        assert f"{stem}.py" in names
        assert any(each.startswith(f"{stem}.") and each.endswith(".so") for each in names), name
    assert not [name for name in names if name.endswith(".c") or "/tests/" in name]
    assert wheel.stat().st_size < 10_000_000
