"""Day sums: the same answers with them as without, whatever is in the book, and never of what is gone from it."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from frontdesk.analytics import Answer, counting, sums
from frontdesk.analytics import load as loading
from frontdesk.analytics.accounts import Accounts
from frontdesk.analytics.cells import LENSES, cells
from frontdesk.analytics.question import DIMENSIONS, TIMES
from frontdesk.analytics.remember import Remembered, remember
from frontdesk.policy import EXAMPLE, Policy, load
from frontdesk.policy.model import Book, Log
from frontdesk.systemdata.compact import compact
from frontdesk.systemdata.gap import Gap
from frontdesk.systemdata.record import Recorder, encode
from frontdesk.systemdata.shelf import segments
from frontdesk.systemdata.sums import sums_of
from frontdesk.systemdata.tags import Record

from ..systemdata.keeping import keep
from .books import NOW, TODAY, asked, crowd, rows, visit, write

# Many books are made and asked; on a busy machine that takes a while.
pytestmark = pytest.mark.timeout(900)

_LAST_WEEK = TODAY - timedelta(7)
_ACCOUNTS = Accounts({"example": "A-1"}, {})


def summed(policy: Policy, now: datetime = NOW) -> int:
    """Make the sums of every book; of how many days."""
    return sum(_remember(policy, book, now).days for book in policy.directories())


def _remember(policy: Policy, book: Path, now: datetime = NOW) -> Remembered:
    done = remember(policy, book, now)
    assert done.failed == []
    return done


def files(policy: Policy) -> list[Path]:
    return [path for book in policy.directories() for path, _ in sums_of(book)]


@pytest.fixture
def used(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The sums that questions use."""
    found: list[Path] = []
    kept_cells = sums.kept_cells

    def look(*arguments: Any) -> Path | None:
        if path := kept_cells(*arguments):
            found.append(path)
        return path

    monkeypatch.setattr(loading, "kept_cells", look)
    return found


def _without_sums(ask: Callable[[], Answer]) -> Answer:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(loading, "kept_cells", lambda *_: None)
        return ask()


def _in_parts(ask: Callable[[], Answer]) -> Answer:
    """As a day is counted that has more visits than memory holds at once."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(counting, "_AT_ONCE", 7)
        return _without_sums(ask)


def _day_by_day(ask: Callable[[], Answer]) -> Answer:
    """As days are counted that have many visits each."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(counting, "_TOGETHER", 0)
        return _without_sums(ask)


# -- the same answers

_BROWSERS = st.sampled_from(["Chrome", "Firefox", None])
_VISITS = st.fixed_dictionaries(
    {
        "organisation": st.sampled_from(["Example", "Large", None]),
        "visitor": st.one_of(st.integers(0, 14), st.none()),
        "ago": st.sampled_from([3, 4, 33]),
        "hour": st.integers(8, 10),
        "entity": st.sampled_from(["aurora-com", "aurora-de"]),
        "country": st.sampled_from(["DE", "FR"]),
        "page": st.sampled_from(["/", "/a", None]),
        "AGENT": _BROWSERS,
        "REFERRER": st.sampled_from(["bing.com", None]),
        "ENTITY_SUGGESTED": st.sampled_from(["aurora-de", None]),
        "SUGGESTED_OUTCOME": st.sampled_from(["shown", "taken", None]),
        "SYNTHETIC": st.sampled_from(["bot", None, None]),
        "DATABASE": st.sampled_from(["monday", "tuesday"]),
        "GPC": st.sampled_from([True, False, False, False]),
        "PURPOSES": st.sampled_from([["marketing_analytics"], ["alerts", "marketing_analytics"], ["alerts"]]),
    }
)
_BY = st.lists(st.sampled_from([name for name in DIMENSIONS if name not in TIMES]), max_size=2, unique=True)
_TIME = st.sampled_from([(), *((time,) for time in TIMES)])
_VALUES = {
    "country": ["DE", "FR", "?"],
    "entity": ["aurora-de", "aurora-com"],
    "page": ["/", "/a", "nothing"],
    "agent": ["Chrome", "nothing"],
    "suggested": ["aurora-de", "aurora-com"],
    "organisation": ["example", "nothing"],
}
_FILTERS = st.lists(st.sampled_from(sorted(_VALUES)), max_size=2, unique=True).flatmap(
    lambda names: st.fixed_dictionaries(
        {name: st.lists(st.sampled_from(_VALUES[name]), min_size=1, max_size=2, unique=True) for name in names}
    )
)
_QUESTIONS = st.lists(st.tuples(_BY, _TIME, _FILTERS, st.booleans()), min_size=2, max_size=3)


def _records(policy: Policy, told: list[dict[str, Any]]) -> list[Record]:
    return [visit(policy, day=TODAY - timedelta(each["ago"]), **_but(each, "ago")) for each in told]


def _but(told: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in told.items() if key != name}


def _ask(policy: Policy, by: list[str], time: tuple[str, ...], where: dict[str, list[str]], bots: bool) -> Answer:
    dimensions = (*by, *time) or ("country",)
    return asked(policy, *dimensions, where=where, bots=bots, k=5, accounts=_ACCOUNTS, days=31)


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(_VISITS, min_size=30, max_size=120), _QUESTIONS)
def test_sums_give_the_same_answers_as_the_visits(
    tmp_path_factory: pytest.TempPathFactory, told: list[dict[str, Any]], questions: list[Any]
) -> None:
    """Of two books, before and after compaction, counted at once, day by day and in parts, to the last figure."""
    folder = tmp_path_factory.mktemp("books")
    apart = Book(of="eu", directory=folder / "eu")
    policy = replace(load(EXAMPLE), log=Log(directory=folder / "book", books=(apart,)))
    for book, entity in ((policy.log.directory, "aurora-com"), (apart.directory, "aurora-de")):
        write(book, _records(policy, [each for each in told if each["entity"] == entity]))
    ways = [partial(_ask, policy, *each) for each in questions]
    plain = [ask() for ask in ways]
    assert summed(policy) == len({(each["ago"], each["entity"]) for each in told})
    for book in policy.directories():
        if book.is_dir():
            compact(book, NOW)
    assert [ask() for ask in ways] == plain
    assert summed(policy) == len(files(policy))
    assert [ask() for ask in ways] == plain == [_without_sums(ask) for ask in ways]
    assert [_in_parts(ask) for ask in ways] == [_day_by_day(ask) for ask in ways] == plain


def test_sums_tell_what_is_missing(policy: Policy, used: list[Path]) -> None:
    book = policy.log.directory
    write(book, crowd(policy, 20, day=_LAST_WEEK))
    when = datetime.combine(_LAST_WEEK, datetime.min.time(), UTC).timestamp()
    gap = Gap("visit", "aurora-com", when, when, {"disk_full": 3})
    write(book, [Recorder(policy, "frontdesk-lite 2026-06-17").gap(gap)])
    plain = asked(policy)
    assert plain.summary.missing == {"disk_full": 3}
    assert summed(policy) == 1
    assert asked(policy) == plain
    assert used


@pytest.mark.parametrize(
    "change",
    [{"DATABASE": "tuesday"}, {"PURPOSES": ["alerts", "marketing_analytics"]}, {"SYNTHETIC": "bot"}, {"country": "FR"}],
)
@pytest.mark.parametrize("by", ["entity", "page", "kind"])
def test_sums_take_nobody_for_two_of_whom_anything_changed_within_the_day(
    policy: Policy, change: dict[str, Any], by: str
) -> None:
    """As where a new database was changed over to, at noon: five are not ten, with sums or without."""
    at: dict[str, Any] = {"day": _LAST_WEEK}
    write(policy.log.directory, crowd(policy, 5, **at) + crowd(policy, 5, **at, **change))
    for _ in range(2):
        assert asked(policy, by, bots=True).rows == ()
        assert {row.visitors for row in asked(policy, by, bots=True, k=5).rows} == {5}
        summed(policy)


# -- when they are used


def _kept(policy: Policy, **more: Any) -> Path:
    """The book of a day last week, with its sum."""
    write(policy.log.directory, crowd(policy, 20, day=_LAST_WEEK, **more))
    compact(policy.log.directory, NOW)
    assert summed(policy) == 1
    (path,) = files(policy)
    return path


def test_sums_are_their_owners_alone_and_made_once(policy: Policy, used: list[Path]) -> None:
    path = _kept(policy)
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert [each.name for each in path.parent.iterdir()] == [path.name]
    assert summed(policy) == 0
    assert rows(asked(policy)) == {("example",): (20, 20)}
    assert used == [path]


def test_sums_are_laid_by_organisation(policy: Policy) -> None:
    write(policy.log.directory, crowd(policy, 1, "Zebra", day=_LAST_WEEK) + crowd(policy, 1, "Ant", day=_LAST_WEEK))
    path = _kept(policy)
    laid = duckdb.read_parquet(str(path)).filter("organisation IS NOT NULL").project("lens, organisation").fetchall()
    assert {organisation for _, organisation in laid} == {"ant", "example", "zebra"}
    assert laid == sorted(laid)


@pytest.mark.parametrize("days", [0, 1])
def test_sums_are_not_made_of_days_that_lines_may_wait_for(policy: Policy, days: int) -> None:
    write(policy.log.directory, crowd(policy, 20, day=TODAY - timedelta(days)))
    assert summed(policy) == 0
    assert files(policy) == []


def test_sums_are_not_used_once_a_segment_is_added(policy: Policy, used: list[Path]) -> None:
    _kept(policy)
    write(policy.log.directory, crowd(policy, 10, "Late", day=_LAST_WEEK))
    assert rows(asked(policy)) == {("example",): (20, 20), ("late",): (10, 10)}
    assert used == []
    assert summed(policy) == 1
    assert len(files(policy)) == 1
    assert rows(asked(policy)) == {("example",): (20, 20), ("late",): (10, 10)}
    assert used == files(policy)


def test_sums_are_not_used_nor_made_while_a_segment_is_open(policy: Policy, used: list[Path]) -> None:
    _kept(policy)
    (segment,) = segments(policy.log.directory)
    lines = b"".join(map(encode, crowd(policy, 10, "Late", day=_LAST_WEEK)))
    (segment.parent / "20261116T090000000000-4711-abcdef01.open").write_bytes(lines)
    assert ("late",) in rows(asked(policy))
    assert summed(policy) == 0
    assert used == []


def test_sums_are_not_used_once_a_segment_was_touched(policy: Policy, used: list[Path]) -> None:
    _kept(policy)
    (segment,) = segments(policy.log.directory)
    segment.touch()
    assert rows(asked(policy)) == {("example",): (20, 20)}
    assert used == []


@pytest.mark.parametrize("seconds", [-1, 0, 1])
def test_sums_end_with_the_first_record(policy: Policy, used: list[Path], seconds: int) -> None:
    first = NOW + timedelta(hours=1)
    few = crowd(policy, 10, "First", day=_LAST_WEEK, EXPIRES_AT=f"{first:%Y-%m-%dT%H:%M:%S}Z")
    write(policy.log.directory, few + crowd(policy, 20, day=_LAST_WEEK))
    assert summed(policy) == 1
    at = first + timedelta(seconds=seconds)
    found = rows(asked(policy, now=at))
    assert (("first",) in found) == bool(used) == (seconds < 0)
    assert summed(policy, at) == 0


def test_sums_give_the_same_answers_where_a_hold_keeps_what_a_shorter_policy_would_not(
    policy: Policy, used: list[Path]
) -> None:
    for days in (6, 8, 9):
        write(policy.log.directory, crowd(policy, 20, f"Of {days}", day=TODAY - timedelta(days)))
    assert summed(policy) == 3
    shorter = keep(policy, visit=8)
    assert rows(asked(shorter)) == rows(_without_sums(partial(asked, shorter))) == {("of 6",): (20, 20)}
    assert len(used) == 1


def test_sums_end_with_the_first_record_by_a_shorter_policy_too(policy: Policy, used: list[Path]) -> None:
    _kept(policy)
    retention = policy.retention
    shorter = replace(policy, retention=replace(retention, visit=replace(retention.visit, days=7)))
    asked(shorter)
    assert used == []
    assert summed(shorter) == 0


@pytest.mark.parametrize(
    ("what", "other"),
    [("duckdb.__version__", "99.0"), ("frontdesk.analytics.sums._LAID", "SELECT * FROM counted ORDER BY lens")],
)
def test_sums_of_another_recipe_are_made_anew(
    what: str, other: str, policy: Policy, used: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another release may name fewer organisations or lay them otherwise, another DuckDB draw other numbers."""
    path = _kept(policy)
    monkeypatch.setattr(what, other)
    asked(policy)
    assert used == []
    assert summed(policy) == 1
    assert not path.exists()


@pytest.mark.parametrize(
    ("where", "name", "other"),
    [
        ("LENSES", "page", "coalesce(page, 'none')"),
        ("frontdesk.analytics.counting", "home", lambda _: "hash(day)"),
        ("frontdesk.analytics.counting", "missing", lambda _: "SELECT 1"),
    ],
)
def test_the_recipe_is_another_where_cells_are_counted_in_another_way(
    where: str, name: str, other: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = [cells(("page",))]
    before = counting.recipe(wanted)
    assert counting.recipe(wanted) == before
    if where == "LENSES":
        monkeypatch.setattr("frontdesk.analytics.cells.LENSES", {**LENSES, name: other})
    else:
        monkeypatch.setattr(f"{where}.{name}", other)
    assert counting.recipe(wanted) != before


@pytest.mark.parametrize("place", ["[abc]", "it's *", "entity=x", "lens=page", "ü ?"])
def test_sums_lie_in_folders_of_any_name(tmp_path: Path, place: str, used: list[Path]) -> None:
    policy = replace(load(EXAMPLE), log=Log(directory=tmp_path / place / "book"))
    path = _kept(policy)
    assert rows(asked(policy, "entity")) == {("aurora-com",): (20, 20)}
    assert used == [path]


# -- damage


def _cut(path: Path, size: int) -> None:
    path.write_bytes(path.read_bytes()[:size])


def _flip(path: Path, place: int) -> None:
    data = bytearray(path.read_bytes())
    data[place % len(data)] ^= 0x10
    path.write_bytes(data)


@pytest.mark.parametrize(
    "damage",
    [
        *(lambda path, size=size: _cut(path, size) for size in (0, 3, 100, -1)),
        *(lambda path, place=place: _flip(path, place) for place in range(0, 20_000, 1_111)),
    ],
)
def test_sums_that_are_damaged_are_not_used_and_made_anew(
    policy: Policy, used: list[Path], damage: Callable[[Path], None]
) -> None:
    path = _kept(policy)
    plain = asked(policy)
    used.clear()
    damage(path)
    assert asked(policy) == plain
    assert used == []
    assert summed(policy) == 1
    assert asked(policy) == plain
    assert used == files(policy)


def test_sums_that_are_no_file_are_not_used(policy: Policy, used: list[Path]) -> None:
    path = _kept(policy)
    plain = asked(policy)
    used.clear()
    path.unlink()
    path.mkdir()
    assert asked(policy) == plain
    assert used == []


def test_sums_that_cannot_be_read_or_made_fail_no_question(policy: Policy, used: list[Path]) -> None:
    """Whoever may read the book and nothing else can ask it."""
    write(policy.log.directory, crowd(policy, 20, day=_LAST_WEEK))
    (policy.log.directory / "day-sums").write_text("no folder")
    assert rows(asked(policy)) == {("example",): (20, 20)}
    assert len(remember(policy, policy.log.directory, NOW).failed) == 1


def test_sums_are_not_made_by_a_question(policy: Policy) -> None:
    write(policy.log.directory, crowd(policy, 20, day=_LAST_WEEK))
    asked(policy)
    assert not (policy.log.directory / "day-sums").exists()


def test_sums_of_a_day_that_cannot_be_read_are_passed_over(policy: Policy) -> None:
    book = policy.log.directory
    for ago in (7, 8):
        write(book, crowd(policy, 20, day=TODAY - timedelta(ago)))
    first, _ = segments(book)
    first.write_bytes(b"\0" * 300 + first.read_bytes()[300:])  # its seal is whole, what it holds is not
    done = remember(policy, book, NOW)
    assert done.days == 1
    (words,) = done.failed
    assert words.startswith(f"{TODAY - timedelta(8)}: ")
    assert [path.name[:10] for path in files(policy)] == [f"{_LAST_WEEK}"]
    assert len(list((book / "day-sums").iterdir())) == 1


def test_a_folder_that_is_no_day_is_no_part_of_the_book(policy: Policy) -> None:
    book = policy.log.directory
    write(book, crowd(policy, 20, day=_LAST_WEEK))
    (book / "visit" / f"{_LAST_WEEK}").rename(book / "visit" / "2026-10-99")
    assert summed(policy) == 0
    assert rows(asked(policy)) == {}


def test_sums_are_of_day_and_book(policy: Policy, tmp_path: Path) -> None:
    apart = Book(of="eu", directory=tmp_path / "eu")
    both = replace(policy, log=Log(directory=policy.log.directory, books=(apart,)))
    write(policy.log.directory, crowd(policy, 20, day=_LAST_WEEK))
    write(apart.directory, crowd(policy, 20, entity="aurora-de", day=_LAST_WEEK))
    assert remember(both, apart.directory, NOW).days == 1
    assert not (policy.log.directory / "day-sums").exists()
    assert date.fromisoformat(files(both)[0].name[:10]) == _LAST_WEEK
