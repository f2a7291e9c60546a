"""Figures that the tests measure are printed at the end, the worst of each.

The load tests are not installed: here `frontdesk` finds them in the checkout.
"""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pytest

import_module("frontdesk").__path__.append(str(Path(__file__).parents[2]))

Figure = Callable[[str, float], None]


@pytest.fixture
def figure(record_property: Callable[[str, object], None]) -> Figure:
    """Tells a figure, such as the seconds that something took; the worst of each name is printed at the end."""
    return record_property


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    worst: dict[str, float] = {}
    for report in terminalreporter.getreports("passed"):
        for name, value in report.user_properties:
            if isinstance(value, int | float):
                worst[name] = max(value, worst.get(name, value))
    if worst:
        terminalreporter.section("measured, the worst of all runs")
        for name, value in sorted(worst.items()):
            terminalreporter.write_line(f"{name:64} {value:,.3f}".rstrip("0").rstrip("."))
