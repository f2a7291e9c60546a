"""The measurement itself, and its goals where the labelled networks are."""

from pathlib import Path

import pytest

from .measure import System, figures, main


def system(kind: str, *, shown: bool, users: int = 0) -> System:
    return System(64_500, "Example", kind, users, shown, "")


def test_the_figures_are_shares_by_users_and_by_networks() -> None:
    labelled = [
        system("isp", shown=True, users=1),
        system("mobile", shown=False, users=2),
        system("isp", shown=False, users=97),
        system("hosting", shown=True, users=1000),
        system("education", shown=True),
        system("government", shown=True),
        system("business", shown=False),
        system("business", shown=False),
    ]
    named = [
        system("organisation", shown=True),
        system("organisation", shown=True),
        system("organisation", shown=True),
        system("organisation", shown=False),
        system("isp", shown=True),
        system("person", shown=False),
        system("unclear", shown=True),
    ]
    assert figures(labelled, named) == (0.01, 0.5, 0.75, 0.75)
    assert figures([], []) == (0, 0, 0, 0)


def test_the_measurement_skips_where_the_files_are_not(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path)]) == 0
    assert capsys.readouterr().out.startswith("accuracy: skipped, for there is no ")
