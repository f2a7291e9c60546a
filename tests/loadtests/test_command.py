"""The load test's command line, as far as nothing is started by it."""

import pytest

from frontdesk.loadtests.load import __main__ as command
from frontdesk.loadtests.load.generator import Plan
from frontdesk.loadtests.load.limits import Limits


def test_without_locust_one_line_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "find_spec", lambda _name: None)
    assert command.main([]) == 2
    assert capsys.readouterr().err == "the load tests need locust: pip install 'frontdesk[loadtest]'\n"


def test_help_has_examples_and_every_limit(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        command.main(["--help"])
    told = capsys.readouterr().out
    assert end.value.code == 0
    assert "examples:" in told
    assert all(f"--max-{name.replace('_', '-')}" in told for name in Limits._fields)


def test_a_run_that_is_broken_off_judges_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def break_off(*_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "_run", break_off)
    assert command.main([]) == 130
    assert "nothing was judged" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("users", "think", "bare", "wanted"), [(100, 1.0, "", 100), (100, 1.0, "http://[::1]", 200), (10, 0.1, "", 100)]
)
def test_what_is_wanted_of_a_generator(users: int, think: float, bare: str, wanted: float) -> None:
    plan = Plan("", "steady", users, 30, think, 1000, bare=bare)
    assert plan.wanted == pytest.approx(wanted)
