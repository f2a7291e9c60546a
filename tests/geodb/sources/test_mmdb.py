"""The MMDB format: its tree, its records' shapes, and files that are damaged or hostile."""

import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import maxminddb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frontdesk.geodb import SourceError
from frontdesk.geodb.ranges import Range
from frontdesk.geodb.sources import Facts, recognise

from .files import COUNTRY, V4, FileOf, mmdb, mmdb_of, refusal
from .formats import AS_KEYS, FORMATS


@pytest.mark.parametrize(
    ("stored", "facts"),
    [
        ({"registered_country": {"iso_code": "US"}, "country_code": "FR"}, COUNTRY),
        ({"country": {"iso_code": "FR"}, "registered_country": {"iso_code": "US"}}, COUNTRY),
        ({"country": {"iso_code": "FR"}, "represented_country": {"iso_code": "US", "type": "military"}}, COUNTRY),
        ({"country": {"iso_code": "FR", "names": {"en": "France"}}, "city": {"geoname_id": 1}}, COUNTRY),
        ({"country": {"iso_code": "FR"}, "subdivisions": []}, COUNTRY),
        ({"country": {"iso_code": "FR"}, "traits": {}}, COUNTRY),
        (
            {"country": {"iso_code": "FR"}, "subdivisions": [{"iso_code": "IDF"}, {"iso_code": "75"}]},
            COUNTRY._replace(subdivision="IDF"),
        ),
    ],
)
def test_mmdb_takes_the_place_of_the_network(file_of: FileOf, stored: dict[str, Any], facts: Facts) -> None:
    assert list(recognise(file_of(mmdb_of((V4, stored)))).ranges()) == [Range(*V4, facts)]


@pytest.mark.parametrize(
    "stored",
    [
        {"ipv4_24": 3, "ipv4_32": 1},
        {"score": 7},
        {"registered_country": {"iso_code": "US"}},
        {"represented_country": {"iso_code": "US"}},
        {"is_anonymous": 0, "user_type": "no such type"},
        {"country": {}},
        {"country_code": ""},
        {"names": ["FR"]},
    ],
)
def test_mmdb_refuses_one_of_which_nothing_can_be_used(file_of: FileOf, stored: dict[str, Any]) -> None:
    path = file_of(mmdb_of((V4, stored)))
    reason = "is an MMDB ('Test') with neither country, AS, organisation nor network type in it"
    assert str(refusal(path)) == f"{path}: {reason}"


@pytest.mark.parametrize(
    ("stored", "reason"),
    [
        ({"country_code": "fr"}, "the network at 5.0.0.0 has a wrong country: 'fr'"),
        ({"country_code": "<b>"}, "the network at 5.0.0.0 has a wrong country: '<b>'"),
        ({"country_code": 33}, "the network at 5.0.0.0 has a wrong country: '33'"),
        ({"country_code": "F" * 999}, f"the network at 5.0.0.0 has a wrong country: '{'F' * 80}'"),
        ({"country_code": "F\nR"}, r"the network at 5.0.0.0 has a wrong country: 'F\nR'"),
        ({"autonomous_system_number": "AS64500"}, "the network at 5.0.0.0 has a wrong as_number: 'AS64500'"),
        ({**AS_KEYS, "autonomous_system_organization": 7}, "the network at 5.0.0.0 has a wrong as_name: '7'"),
        ({**AS_KEYS, "subdivisions": [{"iso_code": 7}]}, "the network at 5.0.0.0 has a wrong subdivision: '7'"),
    ],
)
def test_mmdb_refuses_a_wrong_value_and_names_its_network(file_of: FileOf, stored: dict[str, Any], reason: str) -> None:
    path = file_of(mmdb_of((V4, stored)))
    assert str(refusal(path)) == f"{path}: is a damaged MMDB: {reason}"


@pytest.mark.parametrize(
    "stored",
    [
        {"country_code": ["FR"]},
        {"country": "FR"},
        {"country": {"iso_code": "FR"}, "subdivisions": ["IDF"]},
        {"country": {"iso_code": "FR"}, "traits": 1},
        {"organization": {"name": "Acme"}},
        {"organization": 7},
        {"organization": "Acme", "domain": 7},
        {"organization": ["Acme"]},
        {"is_anonymous": "perhaps"},
    ],
)
def test_mmdb_refuses_values_of_the_wrong_shape(file_of: FileOf, stored: dict[str, Any]) -> None:
    assert ": is a damaged MMDB: " in str(refusal(file_of(mmdb_of((V4, stored)))))


@pytest.mark.parametrize(
    ("epoch", "expected"),
    [
        (1_781_654_400, date(2026, 6, 17)),
        (2**40, None),
        (2**64 - 1, None),
    ],
)
def test_mmdb_has_the_date_of_its_build_unless_it_cannot_be(file_of: FileOf, epoch: int, expected: date | None) -> None:
    assert recognise(file_of(mmdb_of((V4, {"country_code": "FR"}), epoch=epoch))).date == expected


def test_mmdb_cuts_names_that_nobody_bears(file_of: FileOf) -> None:
    long, blank = "x" * 5000, " "
    stored = {"autonomous_system_number": 64_500, "autonomous_system_organization": long, "organization": long}
    (found,) = recognise(file_of(mmdb_of((V4, stored)))).ranges()
    assert isinstance(found.value, Facts)
    assert found.value.as_name == long[:200]
    assert found.value.holder is not None
    assert found.value.holder.name == long[:200]
    (found,) = recognise(file_of(mmdb_of((V4, {**stored, "organization": blank})))).ranges()
    assert isinstance(found.value, Facts)
    assert found.value.holder is None


def test_mmdb_of_all_space_tells_of_ipv4_too(file_of: FileOf) -> None:
    everything = (0, 2**128 - 1)
    ranges = recognise(file_of(mmdb_of((everything, {"country_code": "FR"})))).ranges()
    assert list(ranges) == [Range(0, 2**127 - 1, COUNTRY), Range(2**127, 2**128 - 1, COUNTRY)]


def test_mmdb_with_ipv4_in_ipv6_clothes_tells_of_ipv4(file_of: FileOf) -> None:
    mapped = (0xFFFF_0500_0000, 0xFFFF_0500_00FF)
    assert list(recognise(file_of(mmdb_of((mapped, {"country_code": "FR"})))).ranges()) == [Range(*V4, COUNTRY)]


def test_mmdb_may_begin_where_ipv6_does(file_of: FileOf) -> None:
    # ::1:0:0/96, over which maxminddb's own iterator in Python stumbles.
    first = (2**32, 2**33 - 1)
    assert list(recognise(file_of(mmdb_of((first, {"country_code": "FR"})))).ranges()) == [Range(*first, COUNTRY)]


@pytest.mark.parametrize("share", [0.25, 0.5, 0.75])
def test_mmdb_refuses_a_torn_file(file_of: FileOf, share: float) -> None:
    content = mmdb({"country_code": "FR"})
    refusal(file_of(content[: int(len(content) * share)]))


# Runs apart, since a hostile file may crash the process. Two answers are right: a refusal, or a clean read.
JUDGE = """
import sys
from pathlib import Path
from frontdesk.geodb import SourceError
from frontdesk.geodb.build import build
from frontdesk.geodb.sources import recognise

file, out, dated = map(Path, sys.argv[1:])

for attempt in (
    lambda: list(recognise(file).ranges()),
    lambda: build([file], out),
    lambda: build([dated, file], out),
):
    try:
        attempt()
        print("read")
    except SourceError as error:
        assert str(error).isprintable() and str(file) in str(error), str(error)
        print("refused")
"""


def judged(file: Path, folder: Path) -> list[str]:
    (dated := folder / "dated.mmdb").write_bytes(mmdb({"country_code": "FR"}))
    command = [sys.executable, "-c", JUDGE, str(file), str(folder / "out.mmdb"), str(dated)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.split()


BAD_MMDB = [
    "bad-unicode-in-map-key",
    "invalid-bytes-length",
    "invalid-map-key-length",
    "libmaxminddb-corrupt-search-tree",
    "libmaxminddb-deep-nesting",
    "libmaxminddb-empty-map-last-in-metadata",
    "libmaxminddb-offset-integer-overflow",
    "libmaxminddb-oversized-map",
    "libmaxminddb-separator-record-min-left",
    "libmaxminddb-uint64-max-epoch",
    "metadata-is-an-uint128",
]


@pytest.mark.parametrize("name", BAD_MMDB)
def test_mmdb_that_is_hostile_is_refused_without_a_crash_or_a_hang(shared: Path, tmp_path: Path, name: str) -> None:
    assert judged(shared / "bad-mmdb" / f"{name}.mmdb", tmp_path) == ["refused"] * 3
    assert sorted(path.name for path in tmp_path.iterdir()) == ["dated.mmdb"]


@pytest.mark.parametrize("leaf", [0, 16])
def test_mmdb_whose_tree_has_networks_without_end_is_refused(file_of: FileOf, leaf: int) -> None:
    raw = mmdb({"country": {"iso_code": "FR"}})
    path = file_of(raw)
    with maxminddb.open_database(path, maxminddb.MODE_MEMORY) as reader:
        count = reader.metadata().node_count
    assert reader.metadata().record_size == 24
    # Both children of a node are the next node, 128 times: a leaf for each address that there is.
    children = [*range(1, 128), count + leaf]
    path.write_bytes(b"".join(child.to_bytes(3) * 2 for child in children) + raw[128 * 6 :])
    assert str(refusal(path)).endswith("is a damaged MMDB: the search tree has far more networks than nodes")


def test_mmdb_that_are_hostile_are_all_in_the_list(shared: Path) -> None:
    assert sorted(path.stem for path in (shared / "bad-mmdb").glob("*.mmdb")) == BAD_MMDB


@settings(deadline=None, max_examples=150)
@given(data=st.data())
def test_mmdb_with_a_changed_byte_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    content = bytearray(FORMATS["MMDB, all"].content)
    content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.getbasetemp() / "changed.mmdb"
    path.unlink(missing_ok=True)
    path.write_bytes(content)
    try:
        ranges = list(recognise(path).ranges())
        message = "read"
    except SourceError as error:
        ranges, message = [], str(error)
    assert message.isprintable()
    assert all(isinstance(item.value, Facts) for item in ranges)
