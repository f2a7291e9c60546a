"""Questions over a book whose days that are over lie in an archive: the same answers, and nothing else."""

from collections import Counter
from datetime import timedelta
from pathlib import Path
from secrets import token_hex
from typing import Any

import pytest

from frontdesk.analytics.library import connection
from frontdesk.analytics.reading_room import ReadingRoom, address_of
from frontdesk.analytics.remember import remember
from frontdesk.analytics.sql import views
from frontdesk.analytics.view import parquet
from frontdesk.policy import FrontdeskError, Policy
from frontdesk.systemdata import BookError
from frontdesk.systemdata.archive import archive_of
from frontdesk.systemdata.archived import Archived
from frontdesk.systemdata.compact import compact
from frontdesk.systemdata.move import move
from frontdesk.systemdata.purge import purge
from frontdesk.systemdata.shelf import Shelf
from frontdesk.systemdata.store import StoreError, open_store
from frontdesk.systemdata.sums import sums_of, without_sums
from frontdesk.systemdata.whole import files

from ..systemdata.test_store import STORES
from .books import NOW, TODAY, asked, crowd, write

QUESTIONS = (("organisation",), ("country", "day"), ("page",), ("entity", "week"), ("referrer",), ("hour",))


@pytest.fixture(params=STORES)
def url(request: pytest.FixtureRequest) -> str:
    """Where an archive may be begun."""
    return STORES[request.param](request)


def fresh_url() -> str:
    """A store in memory that nothing is in."""
    return f"memory://{token_hex(8)}/archive"


def make_book(policy: Policy) -> Path:
    """Visits of three days that are over, two of them compacted, and of today."""
    book = policy.log.directory
    for days_ago, organisation in ((20, "Example"), (19, None), (20, "Other's [*]?")):
        day = TODAY - timedelta(days_ago)
        write(book, crowd(policy, 17, organisation, day=day) + crowd(policy, 14, entity="aurora-de", day=day))
    compact(book, NOW)
    write(book, crowd(policy, 23, day=TODAY - timedelta(5), page="/late") + crowd(policy, 12, country="FR"))
    return book


def answers(policy: Policy) -> list[Any]:
    """What is told, to the last figure."""
    return [
        (answer.rows, answer.summary, answer.withheld) for by in QUESTIONS for answer in [asked(policy, *by, bots=True)]
    ]


def archived(book: Path) -> list[Archived]:
    """What lies in the archive."""
    archive = archive_of(book)
    assert archive is not None
    return [file for found in archive.listing().values() for file in found]


def test_answers_are_the_same_from_the_archive(policy: Policy, url: str) -> None:
    book = make_book(policy)
    before = answers(policy)
    move(book, url, NOW)
    assert len(archived(book)) == 5
    assert answers(policy) == before
    assert remember(policy, book, NOW).days == 3
    assert answers(policy) == before


def test_answers_are_the_same_from_archived_segments_that_are_read_in_parts(
    policy: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = make_book(policy)
    before = answers(policy)
    move(book, fresh_url(), NOW)
    for module in ("systemdata.archived", "analytics.reading_room"):
        monkeypatch.setattr(f"frontdesk.{module}.WHOLE", 1 << 10)
    assert answers(policy) == before


def test_an_archived_segment_is_asked_for_once_in_a_question_as_long_as_there_is_room(
    policy: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    book, url = make_book(policy), fresh_url()
    move(book, url, NOW)
    asked_for = reads(monkeypatch, url)
    told = asked(policy, "organisation")
    once = Counter(name for name in asked_for if name.endswith(".parquet"))
    assert set(once.values()) == {1}
    monkeypatch.setattr("frontdesk.analytics.reading_room._MOST_HELD", 0)
    asked_for.clear()
    assert asked(policy, "organisation") == told
    assert Counter(name for name in asked_for if name.endswith(".parquet")).total() > len(once)


def reads(monkeypatch: pytest.MonkeyPatch, url: str) -> list[str]:
    """The names that are read in a store from now on."""
    asked_for: list[str] = []
    store: Any = open_store(url)
    behind = store.read

    def read(name: str, *place: int) -> bytes:
        asked_for.append(name)
        content: bytes = behind(name, *place)
        return content

    monkeypatch.setattr(store, "read", read)
    return asked_for


def test_day_sums_go_on_when_their_day_is_archived(policy: Policy, url: str) -> None:
    book = make_book(policy)
    assert remember(policy, book, NOW).days == 3
    before, there = answers(policy), len(sums_of(book))
    move(book, url, NOW)
    assert len(sums_of(book)) == there == 3
    assert remember(policy, book, NOW, dry_run=True).days == 0
    purge(policy, book, NOW)
    assert len(sums_of(book)) == 3
    assert answers(policy) == before


def test_a_day_is_archived_of_which_a_segment_is_purged_in_that_very_moment(
    policy: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = make_book(policy)
    assert remember(policy, book, NOW).days == 3
    purged: list[Path] = []

    def list_and_purge(*about: Any, **more: Any) -> list[tuple[Shelf, Any]]:
        there = list(files(*about, **more))
        if not purged:
            purged.extend([file for _, file in there if isinstance(file, Path)][:1])
            with without_sums(purged[0]):
                purged[0].unlink()
        return there

    monkeypatch.setattr("frontdesk.systemdata.sums.files", list_and_purge)
    assert move(book, fresh_url(), NOW).days == 3
    assert purged
    assert len(archived(book)) == 4
    assert len(sums_of(book)) == 2


def test_an_archived_day_with_sums_is_not_read(policy: Policy, monkeypatch: pytest.MonkeyPatch) -> None:
    book, url = make_book(policy), fresh_url()
    remember(policy, book, NOW)
    move(book, url, NOW)
    asked_for = reads(monkeypatch, url)
    asked(policy, "organisation")
    assert set(asked_for) == {"archive.json"}


def test_day_sums_go_before_a_record_of_an_archived_day_does(policy: Policy, monkeypatch: pytest.MonkeyPatch) -> None:
    book, url = make_book(policy), fresh_url()
    remember(policy, book, NOW)
    move(book, url, NOW)
    store: Any = open_store(url)
    behind, left = store.delete, []

    def delete(name: str) -> None:
        left.append(days(book))
        behind(name)

    monkeypatch.setattr(store, "delete", delete)
    later = NOW + timedelta(policy.retention.visit.days - 18)
    assert purge(policy, book, later).records["visit"] == 93
    assert left
    assert all(days_left <= {f"{TODAY - timedelta(5)}"} for days_left in left)


def days(book: Path) -> set[str]:
    """The days of which there are sums."""
    return {name.day for _, name in sums_of(book) if name}


def test_sums_of_an_archived_day_go_when_somebody_took_its_records_away(policy: Policy) -> None:
    book, url = make_book(policy), fresh_url()
    remember(policy, book, NOW)
    move(book, url, NOW)
    gone = archived(book)[0]
    gone.store.delete(gone.entry.name)
    purge(policy, book, NOW)
    assert days(book) == {f"{TODAY - timedelta(days_ago)}" for days_ago in (19, 5)}


def test_no_copy_of_an_archived_record_is_on_the_disk_when_it_was_asked_for(policy: Policy, tmp_path: Path) -> None:
    book = make_book(policy)
    move(book, fresh_url(), NOW)
    there = {path for path in tmp_path.rglob("*") if path.is_file()}
    answers(policy)
    new = {path for path in tmp_path.rglob("*") if path.is_file()} - there
    assert {path.name for path in new} <= {"rounding.key"}


def test_an_object_that_is_taken_away_while_it_is_read_is_told_in_one_line(
    policy: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    book, url = make_book(policy), fresh_url()
    move(book, url, NOW)
    store: Any = open_store(url)
    read = store.read

    def fail(name: str, start: int, end: int) -> bytes:
        if name.endswith(".parquet"):
            raise StoreError(f"{url}/{name}", "the store fails: it is tired")
        content: bytes = read(name, start, end)
        return content

    monkeypatch.setattr(store, "read", fail)
    with pytest.raises(BookError) as caught:
        asked(policy, "organisation")
    assert "the store fails: it is tired" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "Traceback" not in str(caught.value)


def test_an_archive_that_is_away_stops_a_question_with_one_line(
    policy: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    book, url = make_book(policy), fresh_url()
    move(book, url, NOW)

    def fail(_: str) -> None:
        raise StoreError(url, "the store fails: nobody answers")

    monkeypatch.setattr(open_store(url), "entries", fail)
    with pytest.raises(BookError, match=f"^{url}: the book's archive cannot be read: the store fails: nobody answers$"):
        asked(policy, "organisation")


def test_the_reading_room_has_nothing_but_what_was_admitted_and_takes_nothing(policy: Policy) -> None:
    book, url = make_book(policy), fresh_url()
    move(book, url, NOW)
    one, other = [file for file in archived(book) if file.suffix == ".parquet"][:2]
    with connection() as connected:
        ReadingRoom(connected).admit([one])
        assert connected.sql(f"FROM {parquet([one])}").fetchall()
        for query in (
            f"FROM {parquet([other])}",
            f"FROM read_csv('{address_of(one)}x')",
            "COPY (SELECT 1) TO 'reading-room://memory/x.csv'",
            f"COPY (SELECT 1) TO '{address_of(one)}' (FORMAT csv, USE_TMP_FILE false)",
        ):
            with pytest.raises(Exception, match=r"No files found|nothing is written here|FileNotFoundError"):
                connected.execute(query)
        [(limit, folder)] = connected.execute(
            "SELECT current_setting('memory_limit'), current_setting('temp_directory')"
        ).fetchall()
        assert (limit, folder) == ("1.8 GiB", "")
    assert one.store.read(one.entry.name, 0, 4) == b"PAR1"


def test_without_fsspec_the_reading_room_says_what_to_install(policy: Policy, monkeypatch: pytest.MonkeyPatch) -> None:
    move(make_book(policy), fresh_url(), NOW)

    def missing(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr("frontdesk.analytics.reading_room.importlib.import_module", missing)
    with pytest.raises(FrontdeskError, match=r"^archived records need a library: pip install 'frontdesk\[objects\]'$"):
        asked(policy, "organisation")


def test_the_sql_of_views_says_what_it_leaves_out(policy: Policy) -> None:
    book, url = make_book(policy), fresh_url()
    assert "--" not in views(policy, [book])
    move(book, url, NOW)
    assert views(policy, [book]).startswith(f"-- Not in these views: the records that are archived at {url}\n")
