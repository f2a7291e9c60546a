"""The house is in order: imports run one way, the folders are the packages, no machine's paths are left lying."""

import ast
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
# What each top-level folder may import of ours; the design's table.
MAY_IMPORT: dict[str, set[str]] = {
    "policy": set(),
    "geodb": {"policy"},
    "enrich": {"policy", "geodb"},
    "systemdata": {"policy", "enrich"},
    "middleware": {"policy", "geodb", "enrich", "systemdata"},
    "analytics": {"policy", "enrich", "systemdata"},
    "cli": {"policy", "geodb", "enrich", "systemdata", "middleware", "analytics"},
}
PACKAGES = sorted(
    path.parent.relative_to(ROOT)
    for folder in ROOT.iterdir()
    if folder.is_dir() and folder.name not in {"tests", "loadtests", "build"} and not folder.name.startswith(".")
    for path in folder.rglob("__init__.py")
)


def imported_by(file: Path) -> set[str]:
    """The top-level folders of ours that a file imports, whichever way it is written."""
    names: list[str] = []
    package = ["frontdesk", *file.relative_to(ROOT).parent.parts]
    for node in ast.walk(ast.parse(file.read_text("utf-8"), file.name)):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            start = package[: len(package) + 1 - node.level] if node.level else []
            module = [*start, *filter(None, [node.module])]
            names += [".".join([*module, alias.name]) for alias in node.names]
    return {name.split(".")[1] for name in names if name.startswith("frontdesk.")}


@pytest.mark.parametrize("folder", MAY_IMPORT)
def test_imports_run_one_way(folder: str) -> None:
    files = sorted((ROOT / folder).rglob("*.py"))
    assert files
    for file in files:
        assert imported_by(file) <= MAY_IMPORT[folder] | {folder}, file.relative_to(ROOT)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("import frontdesk.geodb", {"geodb"}),
        ("import os, frontdesk.geodb.reader as reader", {"geodb"}),
        ("from frontdesk import geodb, enrich", {"geodb", "enrich"}),
        ("from frontdesk.geodb.reader import Database", {"geodb"}),
        ("def later():\n  if True:\n    from frontdesk.geodb import build", {"geodb"}),
        ("from ..geodb import build", {"geodb"}),
        ("from .. import geodb", {"geodb"}),
        ("from . import networks", {"policy"}),
        ("from .networks import pack", {"policy"}),
        ("import os\nfrom pathlib import Path", set()),
    ],
)
def test_imports_are_seen_however_they_are_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str, expected: set[str]
) -> None:
    monkeypatch.setitem(imported_by.__globals__, "ROOT", tmp_path)
    (tmp_path / "policy").mkdir()
    file = tmp_path / "policy" / "file.py"
    file.write_text(line)
    assert imported_by(file) == expected


def test_every_top_level_package_has_its_place_in_the_order_of_imports() -> None:
    assert {package.parts[0] for package in PACKAGES} == set(MAY_IMPORT)


@pytest.mark.parametrize("folder", MAY_IMPORT)
def test_every_top_level_package_is_typed_for_those_who_import_it(folder: str) -> None:
    assert (ROOT / folder / "py.typed").is_file()


def test_packages_in_pyproject_are_the_folders() -> None:
    tool = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]
    assert sorted(tool["packages"]) == sorted(".".join(["frontdesk", *package.parts]) for package in PACKAGES)
    for folder in MAY_IMPORT:
        assert "py.typed" in tool["package-data"][f"frontdesk.{folder}"]


def test_files_that_packages_bring_along_are_there() -> None:
    tool = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]
    for package, patterns in tool["package-data"].items():
        folder = ROOT.joinpath(*package.split(".")[1:])
        for pattern in patterns:
            assert list(folder.glob(pattern)), f"{package}: {pattern}"


def test_no_file_names_a_path_of_a_machine() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("this is no git repository, so there is no list of its files")
    # Taken apart, so that this file does not hold them.
    places = [f"/{name}/".encode() for name in ("work", "home", "root")]
    found = [
        name
        for name in listed.stdout.decode().split("\0")
        if name and (ROOT / name).is_file() and not name.endswith(".mmdb")
        for content in [(ROOT / name).read_bytes()]
        if any(place in content for place in places)
    ]
    assert found == []
