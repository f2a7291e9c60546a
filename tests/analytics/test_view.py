"""What is read of a book: every kind of file and record, and nothing that may not be used."""

from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from frontdesk.analytics import ask_objections, counting
from frontdesk.analytics.view import View
from frontdesk.policy import Policy
from frontdesk.policy.model import Book, Log
from frontdesk.systemdata import BookError
from frontdesk.systemdata import fields as f
from frontdesk.systemdata.compact import compact
from frontdesk.systemdata.gap import Gap
from frontdesk.systemdata.record import Recorder, encode
from frontdesk.systemdata.shelf import Shelf, segments
from frontdesk.systemdata.tags import Record

from ..systemdata.keeping import keep
from .books import NOW, TODAY, asked, counts, crowd, question, rows, visit, write

_LAST_WEEK = TODAY - timedelta(7)
_KEPT_FOR = ["marketing_analytics"]


def _visitors(policy: Policy, *by: str, **more: Any) -> int:
    return sum(row.visitors for row in asked(policy, *(by or ("organisation",)), **more).rows)


def _leave_open(directory: Path, records: list[Record], torn: bytes = b"") -> Path:
    """Records in a segment that is being written."""
    folder = Shelf.of(records[0]).folder(directory)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "20261123T090000000000-4711-abcdef01.open"
    path.write_bytes(b"".join(map(encode, records)) + torn)
    return path


def test_view_reads_a_segment_that_is_written_and_passes_its_torn_line_over(policy: Policy) -> None:
    records = crowd(policy, 20)
    torn = encode(visit(policy, "Torn"))[:200]
    _leave_open(policy.log.directory, records, torn)
    assert rows(asked(policy)) == {("example",): (20, 20)}


def test_view_reads_sealed_open_and_compacted_segments_as_one(policy: Policy) -> None:
    write(policy.log.directory, crowd(policy, 20, day=_LAST_WEEK))
    compact(policy.log.directory, NOW)
    write(policy.log.directory, crowd(policy, 30))
    _leave_open(policy.log.directory, crowd(policy, 10, "Other"))
    endings = {path.suffix for path in segments(policy.log.directory)}
    assert endings == {".parquet", ".zst", ".open"}
    assert rows(asked(policy)) == {("example",): (50, 50), ("other",): (10, 10)}


def test_view_gives_the_same_answers_before_and_after_compaction(policy: Policy) -> None:
    write(
        policy.log.directory, crowd(policy, 23, day=_LAST_WEEK) + crowd(policy, 17, "Other", day=_LAST_WEEK, page="/a")
    )
    ways = [("organisation",), ("page", "day"), ("country", "week"), ("kind", "hour")]
    before = [asked(policy, *by) for by in ways]
    compact(policy.log.directory, NOW)
    assert {path.suffix for path in segments(policy.log.directory)} == {".parquet"}
    assert [asked(policy, *by) for by in ways] == before


def test_view_reads_records_of_schema_2(policy: Policy) -> None:
    write(policy.log.directory, [record | {f.SCHEMA_VERSION: 2} for record in crowd(policy, 20)])
    assert rows(asked(policy)) == {("example",): (20, 20)}
    assert asked(policy, "referrer").rows == ()


@pytest.mark.parametrize("compacted", [False, True])
def test_view_uses_no_record_that_has_expired(policy: Policy, compacted: bool) -> None:
    gone = f"{NOW:%Y-%m-%dT%H:%M:%S}Z"
    stays = f"{NOW + timedelta(seconds=1):%Y-%m-%dT%H:%M:%S}Z"
    records = crowd(policy, 20, "Gone", day=_LAST_WEEK, EXPIRES_AT=gone)
    write(policy.log.directory, records + crowd(policy, 20, "Stays", day=_LAST_WEEK, EXPIRES_AT=stays))
    if compacted:
        compact(policy.log.directory, NOW - timedelta(1))
    assert rows(asked(policy)) == {("stays",): (20, 20)}


@pytest.mark.parametrize("compacted", [False, True])
def test_view_uses_no_record_that_is_only_kept_by_a_hold_since_the_policy_is_shorter(
    policy: Policy, compacted: bool
) -> None:
    last = NOW - timedelta(40)  # of those that the shorter policy takes
    held = crowd(policy, 20, "Held", day=last.date(), hour=last.hour)
    write(policy.log.directory, held + crowd(policy, 20, "Stays", day=last.date(), hour=last.hour + 1))
    write(policy.log.directory, [counts(policy, 200, 50, 50, days_ago=40)])
    if compacted:
        compact(policy.log.directory, NOW)
    shorter = keep(policy, visit=40, aggregate=30)
    assert rows(asked(policy, days=60)) == {("held",): (20, 20), ("stays",): (20, 20)}
    assert rows(asked(shorter, days=60)) == {("stays",): (20, 20)}
    objections = partial(ask_objections, question=question("entity", days=60), now=NOW, witness=lambda _: None)
    assert [len(objections(each)) for each in (policy, shorter)] == [1, 0]


def test_view_uses_only_records_that_are_kept_for_the_purpose(policy: Policy) -> None:
    others = crowd(policy, 20, "Other", PURPOSES=["right_website"])
    write(policy.log.directory, crowd(policy, 20, PURPOSES=_KEPT_FOR) + others)
    assert rows(asked(policy)) == {("example",): (20, 20)}
    assert rows(asked(policy, "entity", purpose="right_website")) == {("aurora-com",): (20, 20)}


def test_view_opens_no_file_of_another_day(policy: Policy) -> None:
    write(policy.log.directory, crowd(policy, 20))
    damaged = Shelf("visit", "2026-01-01", "aurora-com").folder(policy.log.directory)
    damaged.mkdir(parents=True)
    (damaged / "20260101T090000000000-4711-abcdef01.jsonl.zst").write_bytes(b"no zstd at all")
    assert rows(asked(policy, days=30)) == {("example",): (20, 20)}


def test_view_tells_in_one_line_of_a_damaged_segment(policy: Policy) -> None:
    write(policy.log.directory, crowd(policy, 20))
    (path,) = segments(policy.log.directory)
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(BookError, match="the file was cut short") as told:
        asked(policy)
    assert "\n" not in str(told.value)


def test_view_begins_again_where_a_segment_is_taken_away(policy: Policy, monkeypatch: pytest.MonkeyPatch) -> None:
    write(policy.log.directory, crowd(policy, 20) + crowd(policy, 20, "Gone", day=_LAST_WEEK))
    listed: list[Path] = []

    def list_and_purge(directory: Path, shelf: Shelf) -> list[Path]:
        found = list(segments(directory, shelf))
        if shelf.day == f"{_LAST_WEEK}" and not listed:
            listed.extend(found)
            for path in found:
                path.unlink()
        return found

    monkeypatch.setattr("frontdesk.systemdata.whole.segments", list_and_purge)
    assert rows(asked(policy)) == {("example",): (20, 20)}
    assert listed


def test_view_reads_every_book_of_a_policy(policy: Policy, tmp_path: Path) -> None:
    apart = Book(of="eu", directory=tmp_path / "eu [book] *'s")
    both = replace(policy, log=Log(directory=policy.log.directory, books=(apart,)))
    write(policy.log.directory, crowd(policy, 10))
    write(apart.directory, crowd(policy, 10, entity="aurora-de"))
    assert rows(asked(both, "entity")) == {("aurora-com",): (10, 10), ("aurora-de",): (10, 10)}
    assert rows(asked(both)) == {("example",): (20, 20)}


@pytest.mark.parametrize("compacted", [False, True])
@pytest.mark.parametrize(
    ("visits", "together"),
    [
        ([5, 5, 5, 5], [4]),
        ([10, 10, 10], [2, 1]),
        ([5, 16, 5, 5], [1, 1, 2]),
        ([21, 5, 21], [1, 1, 1]),  # more than are counted together even by itself
        ([20, 1], [1, 1]),
    ],
)
def test_view_reads_days_together_that_have_few_visits(
    visits: list[int], together: list[int], compacted: bool, policy: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    for ago, count in enumerate(reversed(visits)):
        write(policy.log.directory, crowd(policy, count, day=_LAST_WEEK - timedelta(ago)))
    if compacted:
        compact(policy.log.directory, NOW)
    at_once = asked(policy)
    read: list[int] = []
    visits_of = View.visits

    def note(view: View, days: list[Any], *, once: bool) -> None:
        read.append(len(days))
        assert once == (sum(visits[sum(read[:-1]) : sum(read)]) <= 20)
        visits_of(view, days, once=once)

    monkeypatch.setattr(counting, "_TOGETHER", 20)
    monkeypatch.setattr(View, "visits", note)
    assert asked(policy) == at_once
    assert read == together


def test_view_reads_books_apart_that_tell_of_the_same_days(
    policy: Policy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A company's records may lie in two books where the policy changed; each has ids of its own keys."""
    apart = Book(of="eu", directory=tmp_path / "eu")
    both = replace(policy, log=Log(directory=policy.log.directory, books=(apart,)))
    for book in both.directories():
        write(book, crowd(policy, 10, entity="aurora-de") + crowd(policy, 10, entity="aurora-de", day=_LAST_WEEK))
    together = asked(both, "entity")
    monkeypatch.setattr(counting, "_TOGETHER", 0)
    assert asked(both, "entity") == together
    assert rows(together) == {("aurora-de",): (40, 40)}


@pytest.mark.parametrize(
    "more",
    [
        *({"NETWORK_TYPE": kind} for kind in ("isp", "mobile", "satellite", "hosting", "cdn")),
        *({"NETWORK_TYPE": kind} for kind in ("vpn", "tor", "proxy", "relay", "reserved", "unknown")),
        {"ORGANISATION_KIND": "isp"},
        {"MAY_IDENTIFY": True},
        {"MAY_IDENTIFY": None},
        {"ORGANISATION_REASON": "excluded"},
        {"ORGANISATION_REASON": "person"},
        {"ORGANISATION_REASON": "too_small"},
        {"DNT": "1"},
        {"GPC": True},
        {"TREATMENT": "anonymous"},
        {
            "ORGANISATION": "John Alexander Smith",
            "ORGANISATION_KEY": "john alexander smith",
            "AS_NAME": "John Smith t/a x",
        },
    ],
    ids=str,
)
def test_view_never_names_who_may_not_be_named_whatever_a_record_says(policy: Policy, more: dict[str, Any]) -> None:
    write(policy.log.directory, crowd(policy, 30, **more) + crowd(policy, 20, "Other"))
    answer = asked(policy, bots=True)
    assert rows(answer) == {("other",): (20, 20)}
    assert "Example" not in str(answer)


def test_view_counts_bots_apart(policy: Policy) -> None:
    marked = crowd(policy, 30, "Crawler", SYNTHETIC="bot")
    hosted = crowd(policy, 20, None, NETWORK_TYPE="hosting", ORGANISATION_REASON="hosting")
    write(policy.log.directory, crowd(policy, 20) + marked + hosted)
    assert rows(asked(policy)) == {("example",): (20, 20)}
    assert asked(policy).summary.bots == 50
    assert rows(asked(policy, bots=True)) == {("crawler",): (30, 30), ("example",): (20, 20)}


def test_view_counts_networks_where_there_is_no_id(policy: Policy) -> None:
    networks = [f"198.51.{number}.0/24" for number in range(20)]
    write(policy.log.directory, [visit(policy, visitor=None, CLIENT_NETWORK=each) for each in networks for _ in "abc"])
    answer = asked(policy)
    assert rows(answer) == {("example",): (60, 20)}
    assert not answer.summary.by_id


def test_view_a_visitor_of_two_companies_is_two_without_an_id_too(policy: Policy) -> None:
    records = [visit(policy, visitor=None, entity=entity) for entity in ("aurora-com", "aurora-de")]
    networks = [f"198.51.{number}.0/24" for number in range(5)]
    write(policy.log.directory, [record | {f.CLIENT_NETWORK: each} for record in records for each in networks])
    assert _visitors(policy) == 10


@pytest.mark.parametrize("compacted", [False, True])
def test_view_tells_what_the_book_says_is_missing(policy: Policy, compacted: bool) -> None:
    recorder = Recorder(policy, "frontdesk-lite 2026-06-17")
    when = datetime(2026, 11, 16, 9, tzinfo=UTC).timestamp()
    missing = [
        recorder.gap(Gap(kind, "aurora-com", when - 60, when, {"disk_full": 3, "queue_full": 2}))
        for kind in ("visit", "aggregate")
    ]
    write(policy.log.directory, crowd(policy, 20, day=_LAST_WEEK) + missing)
    if compacted:
        compact(policy.log.directory, NOW)
    answer = asked(policy)
    assert answer.summary.missing == {"disk_full": 6, "queue_full": 4}
    assert rows(answer) == {("example",): (20, 20)}


def test_view_leaves_out_what_is_after_the_moment_of_no_visit(policy: Policy) -> None:
    assert datetime(2026, 11, 23, 20, tzinfo=UTC) == NOW
    write(policy.log.directory, crowd(policy, 20, day=TODAY - timedelta(30)) + crowd(policy, 20, "Other"))
    assert rows(asked(policy, days=30)) == {("other",): (20, 20)}
    assert rows(asked(policy, days=31)) == {("example",): (20, 20), ("other",): (20, 20)}
