"""The account: what adds up, and that whatever does not is noticed."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson
import pytest

from frontdesk.loadtests.load.account import Kill, settle
from frontdesk.loadtests.load.ledger import BARE, CUT, STOPPED, Entry
from frontdesk.loadtests.load.served import Counted
from frontdesk.systemdata import Writer

from ..book import SHELF
from .entries import entry


def keep(book: Path, ids: Sequence[str], gap: int = 0) -> None:
    """A book with these visits, and a record of so many that are missing."""
    records: list[dict[str, Any]] = [{"event_name": "frontdesk.visit", "http.route": id_} for id_ in ids]
    if gap:
        records.append({"event_name": "frontdesk.gap", "frontdesk.gap.records": gap})
    head = {"timestamp": "2999-12-31T00:00:00.000Z", "frontdesk.retention.expires_at": "2999-12-31T01:00:00.000Z"}
    writer = Writer(book)
    for record in records:
        assert writer.put(orjson.dumps({**head, **record}, option=orjson.OPT_APPEND_NEWLINE), SHELF)
    writer.close()


A, B, C = entry(id="a"), entry(id="b"), entry(id="c")
KILL = Kill(7, 100.5)


@pytest.mark.parametrize(
    ("entries", "ids", "gap", "kills", "wrong"),
    [
        ([A, B, C], "abc", 0, [], {}),
        ([A, B, C], "ac", 1, [], {}),
        ([A, B, C], "", 3, [], {}),
        ([A, entry(id="b", target=BARE)], "a", 0, [], {}),
        ([A, entry(id="b", outcome=CUT)], "a", 0, [], {}),
        ([A, entry(id="b", outcome=STOPPED)], "ab", 0, [], {}),
        ([A, entry(id="b", outcome=CUT)], "a", 1, [], {}),
        ([A, B, C], "a", 0, [KILL], {}),
        ([A, B, C], "a", 1, [KILL], {}),
        ([A, B, C], "ac", 0, [], {"unaccounted": 1}),
        ([A, B, C], "c", 1, [], {"unaccounted": 1}),
        ([A, B, C], "abc", 1, [], {"unaccounted": 1}),
        ([A, B], "aab", 0, [], {"twice": 1}),
        ([A], "ab", 0, [], {"strange": 1}),
        ([A, entry(id="b", worker=8)], "a", 0, [KILL], {"unaccounted": 1}),
        ([A, entry(id="b", at=99.4)], "a", 0, [KILL], {"unaccounted": 1}),
    ],
)
def test_everybody_is_accounted_for_or_it_is_said(
    entries: list[Entry], ids: str, gap: int, kills: list[Kill], wrong: dict[str, int], tmp_path: Path
) -> None:
    keep(tmp_path / "book", ids, gap)
    account = settle(entries, [tmp_path / "book"], [], kills)
    found = {name: getattr(account, name) for name in ("unaccounted", "twice", "strange", "damaged")}
    assert {name: number for name, number in found.items() if number} == wrong
    assert account.holds == (not wrong)


def test_what_was_taken_away_is_part_of_the_account(tmp_path: Path) -> None:
    keep(tmp_path / "book", "a")
    keep(tmp_path / "away", "b")
    account = settle([A, B], [tmp_path / "book", tmp_path / "away"], [])
    assert account.holds
    assert account.recorded == 2


def test_damage_is_found(tmp_path: Path) -> None:
    keep(tmp_path, "a")
    (segment,) = tmp_path.rglob("*.zst")
    segment.write_bytes(segment.read_bytes()[:-1])
    with pytest.raises(Exception, match="seal"):
        settle([A], [tmp_path], [])


def test_drops_of_every_process_are_summed() -> None:
    told = [Counted(pid, 1, 1, 1, 0, {"disk_full": 1, "queue_full": pid}, 0, 0, 0, 0, 0) for pid in (1, 2)]
    assert settle([], [], told).lines_dropped == {"disk_full": 2, "queue_full": 3}
