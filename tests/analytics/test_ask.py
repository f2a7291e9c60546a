"""Asking, end to end: the answer, and what stands in the book of it."""

import stat
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from frontdesk.analytics import ForbiddenError, QuestionError, ask
from frontdesk.analytics.threshold import OTHERS
from frontdesk.policy import Policy
from frontdesk.policy.model import Book, Log
from frontdesk.systemdata import BookError, Statistics, Writer
from frontdesk.systemdata import fields as f
from frontdesk.systemdata.daily_id import day_of
from frontdesk.systemdata.shelf import segments

from ..conftest import ReadBook
from .books import NOW, TODAY, asked, crowd, question, rows, visit, write

_EARLIER = TODAY - timedelta(10)


def test_ask_tells_of_an_organisation_what_the_book_knows(policy: Policy) -> None:
    now = crowd(policy, 20, page="/a") + crowd(policy, 20, page="/b") + crowd(policy, 5, entity="aurora-de", page="/c")
    write(policy.log.directory, now + crowd(policy, 20, day=_EARLIER) + crowd(policy, 10, "Other"))
    answer = asked(policy, days=5)
    row, other = answer.rows
    assert (row.key, row.visits, row.visitors, row.pages) == (("example",), 45, 25, 3)
    assert (row.first, row.last, row.before, row.trend) == ("2026-11-23", "2026-11-23", None, None)
    known = row.organisation
    assert known is not None
    assert (known.name, known.kind, known.country, known.confidence) == ("Example", "business", "DE", "medium")
    assert (known.source, known.method, known.rule) == ("asn", "as_name", "word: instruments")
    assert (known.prefix_lengths, known.entities) == (
        (16, 16),
        ("aurora-com",),
    )  # five at the other are too few to tell
    assert other.key == ("other",)
    assert answer.visits == 55
    assert answer.summary.databases == ("frontdesk-lite 2026-06-17",)


def test_ask_tells_the_trend_against_the_period_before(policy: Policy) -> None:
    write(policy.log.directory, crowd(policy, 30) + crowd(policy, 20, day=_EARLIER))
    (row,) = asked(policy, days=10).rows
    assert (row.visits, row.before, row.trend) == (30, 20, 50)


@pytest.mark.parametrize("at", [20, 40])
def test_ask_names_the_file_that_is_damaged(policy: Policy, at: int) -> None:
    write(policy.log.directory, crowd(policy, 20) + crowd(policy, 20, day=_EARLIER))
    damaged = next(path for path in segments(policy.log.directory) if _EARLIER.isoformat() in path.parts)
    content = bytearray(damaged.read_bytes())
    content[at] ^= 0xFF
    damaged.write_bytes(content)
    with pytest.raises(BookError, match=rf"^{damaged}: at byte \d+"):
        asked(policy, days=20)


@pytest.mark.parametrize(
    ("first_day", "days_before", "expected"),
    [(10, 3, "2026-11-20"), (9, 3, "2026-11"), (3, 30, None)],
)
def test_ask_tells_when_an_organisation_was_first_seen_only_where_enough_came(
    policy: Policy, first_day: int, days_before: int, expected: str | None
) -> None:
    first = crowd(policy, first_day, day=TODAY - timedelta(days_before))
    write(policy.log.directory, first + crowd(policy, 20))
    (row,) = asked(policy, days=60).rows
    assert (row.first, row.last) == (expected, "2026-11-23")


def test_ask_never_takes_one_person_who_comes_each_day_for_many(policy: Policy) -> None:
    days = [TODAY - timedelta(number) for number in range(25)]
    write(policy.log.directory, [visit(policy, "Example", "always the same", day=day) for day in days])
    assert asked(policy).rows == ()
    assert asked(policy).summary.visits is None
    assert asked(policy, "country").rows == ()
    assert asked(policy, "organisation", "week").rows == ()


def test_ask_tells_a_day_that_has_too_few_within_its_month(policy: Policy) -> None:
    few = [record for day in (1, 2, 3) for record in crowd(policy, 4, day=TODAY - timedelta(day))]
    write(policy.log.directory, crowd(policy, 20) + few)
    found = rows(asked(policy, "day"))
    assert found.keys() == {("2026-11-23",), ("2026-11",)}
    assert found["2026-11-23",] == (20, 20)


def test_ask_counts_on_no_more_visitors_of_several_pages_than_one_of_them_has(policy: Policy) -> None:
    """Twelve who each saw one rare page may as well be three who saw four each: the sums of a day do not tell."""
    large = crowd(policy, 20, page="/")
    apart = [visit(policy, "Example", f"few {number}", page=f"/{number % 4}") for number in range(12)]
    write(policy.log.directory, large + crowd(policy, 20, "Other", page="/b") + apart)
    told = rows(asked(policy, "page"))
    assert set(told) in ({("/",), (OTHERS,)}, {("/b",), (OTHERS,)})  # one of the large ones took them in
    same = [
        visit(policy, "Third", f"same {number}", page=f"/{page}", day=_EARLIER)
        for number in range(3)
        for page in "abcd"
    ]
    write(policy.log.directory, same + crowd(policy, 20, page="/", day=_EARLIER))
    assert OTHERS in {key for (key,) in rows(asked(policy, "page", days=1, until=_EARLIER))}
    assert len(asked(policy, "page", days=1, until=_EARLIER).rows) == 1  # the largest took them in


def test_ask_filters_by_values_that_are_never_sql(policy: Policy) -> None:
    name = "Robert'); DROP TABLE visits; --"
    write(policy.log.directory, crowd(policy, 20, name) + crowd(policy, 20))
    assert rows(asked(policy, where={"organisation": name.lower()})) == {(name.lower(),): (20, 20)}
    assert asked(policy, where={"organisation": "' OR true --"}).rows == ()


def test_ask_leaves_an_audit_record_of_an_answer(policy: Policy, read_book: ReadBook) -> None:
    write(policy.log.directory, crowd(policy, 20) + crowd(policy, 3, "Other"))
    ask(policy, question("organisation", where={"country": ["DE", "AT"]}), now=NOW)
    (record,) = read_book("audit")
    assert record[f.ACTION] == "report"
    assert record[f.ACTION_DETAILS] == {
        "asked_by": "anna",
        "purpose": "marketing_analytics",
        "by": "organisation",
        "since": "2026-10-25",
        "until": "2026-11-23",
        "where": '{"country":["DE","AT"]}',
        "bots": 0,
        "k": 10,
        "rows": 1,
        "together": 2,
        "left_out": 0,
    }


def test_ask_leaves_an_audit_record_of_a_refusal(policy: Policy, read_book: ReadBook) -> None:
    write(policy.log.directory, crowd(policy, 20))
    with pytest.raises(ForbiddenError):
        ask(policy, question("organisation", purpose="anonymous_statistics"), now=NOW)
    (record,) = read_book("audit")
    assert record[f.ACTION_DETAILS]["refused"] == "anonymous-only"
    assert "rows" not in record[f.ACTION_DETAILS]


def test_ask_writes_down_in_each_book_who_asked(policy: Policy, tmp_path: Path) -> None:
    apart = Book(of="eu", directory=tmp_path / "eu")
    both = replace(policy, log=Log(directory=policy.log.directory, books=(apart,)))
    write(policy.log.directory, crowd(policy, 20))
    write(apart.directory, crowd(policy, 20, entity="aurora-de"))
    ask(both, question(), now=NOW)
    for book in both.directories():
        assert list((book / "audit").rglob("*.jsonl.zst"))


def test_ask_gives_no_answer_that_cannot_be_written_down(policy: Policy, monkeypatch: pytest.MonkeyPatch) -> None:
    write(policy.log.directory, crowd(policy, 20))
    monkeypatch.setattr(Writer, "put", lambda *_args, **_kwargs: False)
    monkeypatch.setattr(Writer, "statistics", _with_a_drop(Writer.statistics))
    with pytest.raises(BookError, match="the audit record of this report could not be written"):
        ask(policy, question(), now=NOW)


def _with_a_drop(statistics: Callable[[Writer], Statistics]) -> Callable[[Writer], Statistics]:
    return lambda writer: statistics(writer)._replace(dropped={"disk_full": 1})


def test_ask_a_witness_that_fails_keeps_the_answer_back(policy: Policy) -> None:
    write(policy.log.directory, crowd(policy, 20))

    def fail(_details: object) -> None:
        raise BookError("book", "cannot be written")

    with pytest.raises(BookError, match="cannot be written"):
        ask(policy, question(), now=NOW, witness=fail)


def test_ask_makes_no_book_where_there_is_none(policy: Policy) -> None:
    with pytest.raises(BookError, match="no such folder; a book is made when an app starts"):
        ask(policy, question(), now=NOW)
    assert not policy.log.directory.exists()


def test_ask_what_makes_no_sense_is_not_written_down(policy: Policy, read_book: ReadBook) -> None:
    write(policy.log.directory, crowd(policy, 20))
    with pytest.raises(QuestionError):
        ask(policy, question("nonsense"), now=NOW)
    assert read_book("audit") == []


def test_ask_keeps_the_key_of_its_rounding_to_the_owner(policy: Policy) -> None:
    write(policy.log.directory, crowd(policy, 20))
    asked(policy)
    key = policy.log.directory / "keys" / "reports" / "rounding.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    made = key.read_bytes()
    asked(policy)
    assert key.read_bytes() == made


def test_ask_gives_the_same_figures_however_it_is_asked(policy: Policy) -> None:
    """The same visitors, by name, by country, by a filter and in a longer window."""
    write(policy.log.directory, crowd(policy, 23))
    figures = {
        asked(policy, *by, days=days, where=where).rows[0][1:3]
        for by in (("organisation",), ("country",), ("entity", "kind"), ("day",))
        for days in (1, 30)
        for where in ({}, {"country": "DE"}, {"organisation": "example"})
    }
    assert len(figures) == 1


def test_ask_leaves_no_copy_of_a_record_on_the_disk(
    policy: Policy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(policy.log.directory, crowd(policy, 200))
    for name in ("TMPDIR", "TEMP", "TMP"):
        monkeypatch.setenv(name, str(tmp_path / "temporary"))
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    before = set(policy.log.directory.rglob("*"))
    asked(policy, "organisation", "hour")
    assert not (tmp_path / "temporary").exists()
    assert not list(here.iterdir())
    assert {path.name for path in set(policy.log.directory.rglob("*")) - before} <= {"keys", "reports", "rounding.key"}


def test_ask_no_answer_holds_an_address_a_network_or_an_id(policy: Policy) -> None:
    records = crowd(policy, 20, AS_NAME="EXAMPLE-AS")
    write(policy.log.directory, records)
    for by in (("organisation",), ("country", "kind"), ("page", "hour"), ("agent",)):
        told = str(asked(policy, *by))
        assert "198.51.100" not in told
        assert not [record for record in records if record[f.DAILY_ID] in told]
    assert day_of(NOW.timestamp()) == f"{TODAY}"
