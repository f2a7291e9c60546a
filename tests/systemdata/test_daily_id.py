"""Telling visitors apart for one day: the same id all day and in every worker, and another one tomorrow."""

import hashlib
import hmac
import logging
import multiprocessing
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from frontdesk.systemdata.daily_id import TAG_DIGITS, DailyIds, DayKey, daily_id, day_of, memory_keys, tag_of
from frontdesk.systemdata.errors import BookError
from frontdesk.systemdata.keys import Keys

MORNING = datetime(2026, 11, 23, 0, 0, 1, tzinfo=UTC).timestamp()
EVENING = datetime(2026, 11, 23, 23, 59, 59, tzinfo=UTC).timestamp()
TOMORROW = datetime(2026, 11, 24, 0, 0, 1, tzinfo=UTC).timestamp()
ADDRESS = bytes([128, 112, 0, 77])


def _id_in_another_process(folder: Path) -> str:
    return DailyIds(Keys(folder)).of(ADDRESS, "us", MORNING)


def test_a_visitor_has_one_id_all_day_in_every_worker(tmp_path: Path) -> None:
    ids = DailyIds(Keys(tmp_path / "ids"))
    told = ids.of(ADDRESS, "us", MORNING)
    assert ids.of(ADDRESS, "us", EVENING) == told
    assert len(told) == 32
    with multiprocessing.get_context("fork").Pool(2) as pool:
        assert set(pool.map(_id_in_another_process, [tmp_path / "ids"] * 2)) == {told}


def test_the_next_day_has_another_key_and_the_old_one_is_nowhere(tmp_path: Path) -> None:
    keys = Keys(tmp_path / "ids")
    ids = DailyIds(keys)
    today = ids.of(ADDRESS, "us", EVENING)
    assert keys.days() == ["2026-11-23"]
    assert ids.of(ADDRESS, "us", TOMORROW) != today
    assert keys.days() == ["2026-11-24"]
    assert ids.of(ADDRESS, "us", EVENING) != today, "a day that is over cannot be begun again"


def test_a_key_is_let_go_of_though_nobody_comes_the_next_day(tmp_path: Path) -> None:
    keys = Keys(tmp_path / "ids")
    ids = DailyIds(keys)
    ids.of(ADDRESS, "us", EVENING)
    ids.forget(EVENING)
    assert keys.days() == ["2026-11-23"]
    ids.forget(TOMORROW)
    assert keys.days() == []
    assert ids._today is None


def test_the_id_is_a_keyed_hash_of_entity_and_address() -> None:
    whole = hmac.new(b"k" * 32, b"us\0" + bytes(10) + b"\xff\xff" + ADDRESS, hashlib.sha256).hexdigest()
    told = tag_of(b"k" * 32) + whole[:24]
    assert daily_id(b"k" * 32, "us", ADDRESS) == told
    key = DayKey(b"k" * 32)
    assert [key.id("us", ADDRESS), key.id("us", ADDRESS)] == [told] * 2
    assert daily_id(b"k" * 32, "us", ADDRESS) != daily_id(b"l" * 32, "us", ADDRESS)


def test_the_id_begins_with_what_tells_its_key_from_others_and_nothing_of_it() -> None:
    key, other = DayKey(b"k" * 32), DayKey(b"l" * 32)
    tags = {key.id("us", bytes([192, 0, 2, last]))[:TAG_DIGITS] for last in range(100)}
    assert tags == {hmac.new(b"k" * 32, b"key", hashlib.sha256).hexdigest()[:TAG_DIGITS]}
    assert key.id("de", ADDRESS)[:TAG_DIGITS] in tags, "of all companies"
    assert other.id("us", ADDRESS)[:TAG_DIGITS] not in tags


def test_nobody_is_followed_from_one_company_to_another() -> None:
    assert daily_id(b"k" * 32, "us", ADDRESS) != daily_id(b"k" * 32, "de", ADDRESS)


def test_without_a_memory_file_system_each_process_has_its_own_key() -> None:
    one, other = DailyIds(None), DailyIds(None)
    assert one.of(ADDRESS, "us", MORNING) == one.of(ADDRESS, "us", EVENING)
    assert one.of(ADDRESS, "us", MORNING) != other.of(ADDRESS, "us", MORNING)
    assert one.of(ADDRESS, "us", MORNING) != one.of(ADDRESS, "us", TOMORROW)


def test_a_folder_that_is_not_ours_is_not_used_and_that_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "ids").mkdir()
    (tmp_path / "ids").chmod(0o755)
    with caplog.at_level(logging.WARNING, "frontdesk"):
        assert DailyIds(Keys(tmp_path / "ids")).of(ADDRESS, "us", MORNING)
    assert "visitors are told apart in each process only" in caplog.text
    assert list((tmp_path / "ids").iterdir()) == []


def test_keys_lie_on_a_memory_file_system_one_folder_for_each_book(tmp_path: Path) -> None:
    keys, other = memory_keys(tmp_path / "book"), memory_keys(tmp_path / "other")
    if keys is None or other is None:
        pytest.skip("this host has no memory file system")
    assert keys.folder != other.folder
    mounts = [line.split() for line in Path("/proc/self/mounts").read_text().splitlines()]
    assert any(mount[1] == str(keys.folder.parent) and mount[2] in {"tmpfs", "ramfs"} for mount in mounts)


@pytest.mark.parametrize("whose", ["another user's", "open to others", "a link"])
def test_a_folder_in_memory_that_somebody_else_made_is_neither_read_nor_emptied(
    whose: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Everybody may make folders in /dev/shm, and its name can be guessed."""
    there = Keys(tmp_path / "theirs")
    there.make("2026-11-23")
    there.make("2026-11-20")
    folder = tmp_path / "ids"
    if whose == "a link":
        folder.symlink_to(there.folder)
    else:
        there.folder.rename(folder)
    if whose == "open to others":
        folder.chmod(0o777)
    keys = Keys(folder, os.geteuid() + (whose == "another user's"))
    for look in (keys.days, lambda: keys.get("2026-11-23"), lambda: keys.destroy("2026-11-20")):
        with pytest.raises(BookError, match="it is not ours alone"):
            look()
    with caplog.at_level(logging.WARNING, "frontdesk"):
        told = DailyIds(keys).of(ADDRESS, "us", MORNING)
    assert "visitors are told apart in each process only" in caplog.text
    folder.chmod(0o700)
    known = Keys(folder).get("2026-11-23")
    assert known is not None
    assert told != daily_id(known, "us", ADDRESS)
    assert Keys(folder).days() == ["2026-11-20", "2026-11-23"]


def test_day_of_is_the_utc_day() -> None:
    assert (day_of(EVENING), day_of(TOMORROW)) == ("2026-11-23", "2026-11-24")
