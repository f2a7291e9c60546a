"""Keys of one day: made once whoever comes first, ours alone, and gone when destroyed."""

import multiprocessing
import os
import stat
from pathlib import Path

import pytest

from frontdesk.systemdata import BookError
from frontdesk.systemdata.ipcrypt import decrypt, encrypt
from frontdesk.systemdata.keys import Keys, security_keys

DAY = "2026-11-23"
ADDRESS = bytes([128, 112, 0, 77])


def _make(folder: Path) -> bytes:
    return Keys(folder).make(DAY)


def test_every_process_gets_the_same_key_whoever_comes_first(tmp_path: Path) -> None:
    with multiprocessing.get_context("fork").Pool(8) as pool:
        keys = pool.map(_make, [tmp_path / "keys"] * 32, chunksize=1)
    assert len(set(keys)) == 1
    assert [path.name for path in (tmp_path / "keys").iterdir()] == [f"{DAY}.key"]


def test_a_key_is_readable_by_us_only(tmp_path: Path) -> None:
    keys = security_keys(tmp_path)
    assert len(keys.make(DAY)) == 32
    assert stat.S_IMODE(keys.folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((keys.folder / f"{DAY}.key").stat().st_mode) == 0o600
    assert keys.folder == tmp_path / "keys" / "security"


def test_each_day_has_a_key_of_its_own(tmp_path: Path) -> None:
    keys = Keys(tmp_path / "keys")
    assert keys.make("2026-11-24") != keys.make(DAY) == keys.make(DAY)
    (keys.folder / "README.key").touch()
    assert keys.days() == [DAY, "2026-11-24"]


def test_without_its_key_an_address_is_gone(tmp_path: Path) -> None:
    keys = Keys(tmp_path / "keys")
    sealed = encrypt(keys.make(DAY), ADDRESS)
    assert keys.destroy(DAY)
    assert not keys.destroy(DAY)
    assert keys.get(DAY) is None
    assert keys.days() == []
    assert list(keys.folder.iterdir()) == []
    assert decrypt(keys.make(DAY), sealed) != ADDRESS


@pytest.mark.parametrize("mode", [0o604, 0o640, 0o666])
def test_a_key_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    keys = Keys(tmp_path / "keys")
    keys.make(DAY)
    (keys.folder / f"{DAY}.key").chmod(mode)
    with pytest.raises(BookError, match="others may read this key"):
        keys.make(DAY)


def test_a_folder_where_others_may_write_is_refused(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys").chmod(0o777)
    with pytest.raises(BookError, match="not ours alone"):
        Keys(tmp_path / "keys").make(DAY)


def test_a_damaged_key_is_refused_and_never_replaced(tmp_path: Path) -> None:
    keys = Keys(tmp_path / "keys")
    keys.make(DAY)
    (keys.folder / f"{DAY}.key").write_bytes(b"short")
    with pytest.raises(BookError, match="expected 32 bytes, found 5"):
        keys.make(DAY)
    assert (keys.folder / f"{DAY}.key").read_bytes() == b"short"


def test_sweep_removes_what_a_dead_process_left_and_nothing_newer(tmp_path: Path) -> None:
    keys = Keys(tmp_path / "keys")
    keys.make(DAY)
    old, new = keys.folder / "a.part", keys.folder / "b.part"
    old.touch()
    new.touch()
    os.utime(old, (0, 0))
    keys.sweep()
    assert sorted(path.name for path in keys.folder.iterdir()) == [f"{DAY}.key", "b.part"]
