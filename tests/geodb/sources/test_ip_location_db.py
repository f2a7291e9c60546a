"""ip-location-db's CSV, line by line; DB-IP's country and ASN CSV have the same shape."""

import csv

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frontdesk.geodb.ranges import Range
from frontdesk.geodb.sources import Facts, recognise

from ..addresses import address_at
from .files import COUNTRY, V4, FileOf, facts_of, refusal, text_csv

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


def test_city_csv_takes_the_country_alone(file_of: FileOf) -> None:
    # States are told by name, where a subdivision is a code.
    path = file_of(text_csv("FR,Bretagne,,Brest,29200,48.39,-4.49,Europe/Paris"))
    assert facts_of(path) == [COUNTRY, COUNTRY]


def test_city_csv_needs_a_place_where_a_place_stands(file_of: FileOf) -> None:
    assert "none of the formats" in str(refusal(file_of(text_csv("FR,a,b,c,d,e,f,g"))))
