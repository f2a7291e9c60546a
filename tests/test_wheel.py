"""The wheel: one import name, typed, the embedded database and the command, in a clean environment."""

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from .wheels import ROOT, build_wheel


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(tmp_path_factory.mktemp("wheel"))


def test_the_wheel_holds_one_import_name_with_its_data(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {"frontdesk"}
    assert "frontdesk/__init__.py" not in names  # a namespace, so that others may add to it
    for package in ("policy", "geodb", "enrich", "systemdata", "middleware", "analytics", "cli"):
        assert f"frontdesk/{package}/py.typed" in names
    assert {"frontdesk/geodb/frontdesk-lite.mmdb", "frontdesk/geodb/frontdesk-lite.mmdb.json"} <= set(names)
    assert "frontdesk/policy/frontdesk.toml" in names
    assert any(name.endswith("licenses/NOTICE") for name in names)
    assert not [name for name in names if "/tests/" in name]


def test_the_wheel_is_small_enough_to_ship(wheel: Path) -> None:
    assert wheel.stat().st_size < 8_000_000


@pytest.mark.timeout(300)
def test_the_command_runs_from_a_clean_environment(wheel: Path, tmp_path: Path) -> None:
    environment = tmp_path / "environment"
    subprocess.run([sys.executable, "-m", "venv", environment], check=True, timeout=120)
    lock = (ROOT / "requirements.lock").read_text()
    pins = tmp_path / "pins.txt"
    pins.write_text("\n".join(re.findall(r"^[\w.-]+==[^ \\]+", lock, re.MULTILINE)))
    install: list[str | Path] = [
        environment / "bin" / "python",
        "-m",
        "pip",
        "install",
        "--quiet",
        "--constraint",
        pins,
        wheel,
    ]
    subprocess.run(install, check=True, timeout=200)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    done = subprocess.run(
        [environment / "bin" / "frontdesk", "lookup", "8.8.8.8"],
        cwd=elsewhere,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert "AS15169 Google LLC" in done.stdout
