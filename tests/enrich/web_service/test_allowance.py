"""The spending limit: one count for a day, on disk, and in doubt nothing is spent."""

from pathlib import Path

import pytest

from frontdesk.enrich.web_service.allowance import NAME, Allowance, next_day

NOON = 1_795_478_400.0 + 43_200  # on 24 November 2026, UTC


def taken(allowance: Allowance, times: int) -> int:
    return sum(allowance.take() for _ in range(times))


def test_a_day_allows_no_more_than_its_limit_whoever_asks(tmp_path: Path) -> None:
    first, second = (Allowance(tmp_path / "book", 5, lambda: NOON) for _ in range(2))
    assert taken(first, 3) == 3
    assert taken(second, 3) == 2
    assert not first.take()


def test_the_file_holds_a_day_and_a_count_and_nothing_else(tmp_path: Path) -> None:
    taken(Allowance(tmp_path, 5, lambda: NOON), 3)
    assert (tmp_path / NAME).read_bytes() == b"2026-11-24 0000000003\n"
    assert (tmp_path / NAME).stat().st_mode & 0o777 == 0o600


def test_the_next_day_begins_again(tmp_path: Path) -> None:
    assert taken(Allowance(tmp_path, 5, lambda: NOON), 9) == 5
    midnight = next_day(NOON)
    assert taken(Allowance(tmp_path, 5, lambda: midnight - 1), 1) == 0
    assert taken(Allowance(tmp_path, 5, lambda: midnight), 9) == 5


@pytest.mark.parametrize(
    "content", [b"nonsense", b"2026-11-24 3\n", b"2026-11-24 0000000003\nmore", b"2026-11-24 -000000003\n", b"\0" * 22]
)
def test_a_count_that_cannot_be_read_leaves_nothing_to_spend_today(tmp_path: Path, content: bytes) -> None:
    (tmp_path / NAME).write_bytes(content)
    assert taken(Allowance(tmp_path, 5, lambda: NOON), 1) == 0
    assert taken(Allowance(tmp_path, 5, lambda: next_day(NOON)), 9) == 5


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("")
    (tmp_path / NAME).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="Too many levels"):
        Allowance(tmp_path, 5, lambda: NOON).take()
