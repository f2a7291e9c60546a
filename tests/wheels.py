"""Wheels, built for tests from a copy of the source: building leaves traces in the folder that it builds from."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def build_wheel(folder: Path, *, compiled: bool = False) -> Path:
    """Build the wheel in a folder."""
    source = folder / "source"
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    for name in listed.decode().split("\0")[:-1]:
        if (ROOT / name).exists():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, source / name)
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    environment = os.environ | {"FRONTDESK_COMPILE": "1" if compiled else "0"}
    subprocess.run([*command, "--wheel-dir", folder, source], env=environment, check=True, timeout=540)
    (built,) = folder.glob("*.whl")
    return built
