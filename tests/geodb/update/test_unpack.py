"""Taking the one file out of its packing, whatever else somebody has put there."""

import io
import stat
import tarfile
from pathlib import Path

import pytest

from frontdesk.geodb.update.request import Packing
from frontdesk.geodb.update.unpack import unpack

from .files import gzipped, tar_of

MMDB = b"the database"


def unpacked(folder: Path, raw: bytes, packing: Packing, largest: int = 1 << 20) -> bytes:
    packed, out = folder / "packed", folder / "out"
    packed.write_bytes(raw)
    unpack(packed, packing, out, largest)
    assert stat.S_IMODE(out.stat().st_mode) == 0o600 or packing == "none"
    return out.read_bytes()


@pytest.mark.parametrize(
    ("raw", "packing"),
    [
        (MMDB, "none"),
        (gzipped(MMDB), "gzip"),
        (tar_of({"GeoLite2-ASN_20261103/COPYRIGHT.txt": b"c", "GeoLite2-ASN_20261103/GeoLite2-ASN.mmdb": MMDB}), "tar"),
    ],
)
def test_the_file_is_taken_out(tmp_path: Path, raw: bytes, packing: Packing) -> None:
    assert unpacked(tmp_path, raw, packing) == MMDB


@pytest.mark.parametrize("name", ["../../evil.mmdb", "/evil.mmdb", "a/../../evil.mmdb", ".mmdb"])
def test_a_name_in_a_tar_says_nothing_of_where_the_file_goes(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "inner"
    folder.mkdir()
    assert unpacked(folder, tar_of({name: MMDB}), "tar") == MMDB
    assert sorted(path.name for path in folder.iterdir()) == ["out", "packed"]
    assert list(tmp_path.iterdir()) == [folder]


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE])
def test_what_is_no_plain_file_in_a_tar_is_passed_over(tmp_path: Path, kind: bytes) -> None:
    member = tarfile.TarInfo("link.mmdb")
    member.type, member.linkname = kind, "/etc/hostname"
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as tar:
        tar.addfile(member)
    with pytest.raises(ValueError, match="holds no MMDB"):
        unpacked(tmp_path, stream.getvalue(), "tar")


@pytest.mark.parametrize(
    ("raw", "packing", "told"),
    [
        (tar_of({"README.txt": b"x"}), "tar", "holds no MMDB"),
        (tar_of({f"{number}.txt": b"x" for number in range(101)} | {"a.mmdb": MMDB}), "tar", "holds no MMDB"),
        (tar_of({"first.txt": bytes(2_000), "a.mmdb": MMDB}), "tar", "holds no MMDB"),
        (tar_of({"a.mmdb": bytes(2_000)}), "tar", "holds no MMDB"),
        (gzipped(bytes(2_000)), "gzip", "unpacks to more than 1,000 bytes"),
        (gzipped(MMDB)[:-9], "gzip", "is damaged: "),
        (gzipped(MMDB) + b"tail", "gzip", "is damaged: "),
        (MMDB, "gzip", "is damaged: "),
        (MMDB, "tar", "is damaged: "),
        (gzipped(MMDB * 100), "tar", "is damaged: "),
        (b"", "tar", "is damaged: "),
    ],
)
def test_what_is_damaged_or_too_large_is_refused(tmp_path: Path, raw: bytes, packing: Packing, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        unpacked(tmp_path, raw, packing, largest=1_000)
