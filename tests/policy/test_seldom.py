"""The same trouble is told of once a minute at most, and another one at once."""

import pytest

from frontdesk.policy.seldom import INTERVAL, Seldom


def test_the_same_trouble_is_told_of_once_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [1000.0]
    monkeypatch.setattr("frontdesk.policy.seldom.time.monotonic", lambda: clock[0])
    seldom = Seldom()
    told = []
    for _ in range(121):
        told.append(seldom.admits("disk"))
        clock[0] += 1
    assert INTERVAL == 60
    assert [second for second, yes in enumerate(told) if yes] == [0, 60, 120]


def test_another_trouble_is_told_of_at_once() -> None:
    seldom = Seldom()
    assert [seldom.admits(key) for key in ("a", "b", "a", "b", None, None)] == [True, True, False, False, True, False]


def test_beyond_many_troubles_all_others_are_one() -> None:
    seldom = Seldom()
    assert sum(seldom.admits(number) for number in range(10_000)) == 65
    assert not seldom.admits("one more")
    assert len(seldom._told) == 65
    seldom.forget()
    assert seldom.admits("one more")
