"""IP2Location's CSV, whose columns are told by what stands in them, and its BIN."""

import importlib
from datetime import date
from typing import Any

import pytest

from frontdesk.geodb.sources import TYPES, Facts, ip2location, ip2location_bin, ip2location_csv, recognise
from frontdesk.geodb.sources.terms import IP2LOCATION, IP2LOCATION_LITE

from .files import V4, FileOf, bin_of, facts_of, refusal, vendor

# What stands in each column of a row that looks as they do.
VALUES = {
    "country_code": "FR",
    "country_name": "France",
    "region": "Ile-de-France",
    "city": "Paris",
    "latitude": "48.856614",
    "longitude": "2.352222",
    "zip_code": "75001",
    "time_zone": "+01:00",
    "isp": "Acme",
    "domain": "acme.example",
    "net_speed": "DSL",
    "idd_code": "33",
    "area_code": "01",
    "weather_code": "FRXX0076",
    "weather_name": "Paris",
    "mcc": "208",
    "mnc": "01",
    "mobile_brand": "Orange",
    "elevation": "35",
    "usage_type": "COM",
    "address_type": "U",
    "category": "IAB19",
    "district": "Paris",
    "asn": "64500",
    "as": "Example, Inc.",
    "as_domain": "x.example",
    "as_usage_type": "ISP",
    "as_cidr": "5.0.0.0/24",
    "proxy_type": "VPN",
    "last_seen": "3",
    "threat": "-",
    "provider": "-",
    "fraud_score": "7",
}


def csv_of(columns: tuple[str, ...], **values: str) -> bytes:
    told = {**VALUES, **values}
    rows = [(V4[0], V4[1], told), (V4[1] + 1, V4[1] + 256, {**told, "city": "Lyon", "isp": "Other Company"})]
    return "".join(
        f'"{first}","{last}",' + ",".join(f'"{row[column]}"' for column in columns) + "\n" for first, last, row in rows
    ).encode()


def facts_for(columns: tuple[str, ...]) -> Facts:
    """The facts that a row of the values above has."""
    kind = "vpn" if "proxy_type" in columns else "business" if "usage_type" in columns else None
    holder = vendor("Acme", "acme.example" if "domain" in columns else None) if "isp" in columns else None
    number, name = (64_500, "Example, Inc.") if "asn" in columns else (None, None)
    return Facts("FR", None, number, name, kind, holder)


@pytest.mark.parametrize("product", ip2location.DB)
def test_columns_of_each_product_are_told(file_of: FileOf, product: int) -> None:
    columns = ("country_code", "country_name", *ip2location.DB[product])
    path = file_of(csv_of(columns))
    assert facts_of(path)[0] == facts_for(columns)
    assert recognise(path).terms == (IP2LOCATION_LITE if product in ip2location.LITE else IP2LOCATION)


@pytest.mark.parametrize("product", ip2location.PX)
def test_columns_of_each_proxy_product_are_told(file_of: FileOf, product: int) -> None:
    columns = ip2location.PX[product]
    path = file_of(csv_of(columns))
    assert facts_of(path)[0] == facts_for(columns)
    assert recognise(path).terms == IP2LOCATION_LITE


def test_columns_of_autonomous_systems_are_told(file_of: FileOf) -> None:
    path = file_of(
        b'"83886080","83886335","5.0.0.0/24","64500","Example, Inc."\n"83886336","83886591","5.0.1.0/24","-","-"\n'
    )
    assert facts_of(path) == [Facts(as_number=64_500, as_name="Example, Inc."), Facts()]


def test_a_header_tells_the_columns(file_of: FileOf) -> None:
    path = file_of(b'"ip_from","ip_to","country_code","usage_type"\n"83886080","83886335","FR","GOV"\n')
    assert facts_of(path) == [Facts("FR", type="government")]


def test_ipv6_is_told_by_its_numbers(file_of: FileOf) -> None:
    path = file_of(
        b'"281470681743360","281470698520575","-","-"\n"42540488161975842760550356425300246528","42540488161975842760550356425300246529","FR","France"\n'
    )
    assert [facts.country for facts in facts_of(path)] == [None, "FR"]
    assert next(recognise(path).ranges())[:2] == (0, 2**24 - 1)


def test_a_dash_is_nothing(file_of: FileOf) -> None:
    columns = ("country_code", "country_name", *ip2location.DB[7])
    content = csv_of(columns) + b'"83887000","83887001"' + b',"-"' * len(columns) + b"\n"
    assert facts_of(file_of(content))[-1] == Facts()


def test_columns_that_could_be_two_products_are_not_guessed(file_of: FileOf) -> None:
    # Nine columns: with a post code or a company last.
    row = b'"83886080","83886335","FR","France","IDF","Paris","48.8","2.3","-"\n'
    assert facts_of(file_of(row.replace(b'"-"', b'"75001"'))) == [Facts("FR")]
    assert facts_of(file_of(row.replace(b'"-"', b'"Acme"')))[0].holder == vendor("Acme")
    assert "none of the formats" in str(refusal(file_of(row)))


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("COM", "business"),
        ("ORG", "business"),
        ("GOV", "government"),
        ("MIL", "government"),
        ("EDU", "education"),
        ("LIB", "education"),
        ("CDN", "cdn"),
        ("ISP", "isp"),
        ("MOB", "mobile"),
        ("ISP/MOB", "isp"),
        ("DCH", "hosting"),
        ("SES", "hosting"),
        ("RSV", None),
        ("-", None),
        ("NEW", None),
    ],
)
def test_type_by_usage(word: str, expected: str | None) -> None:
    assert ip2location.facts({"usage_type": word}).type == expected


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("VPN", "vpn"),
        ("TOR", "tor"),
        ("DCH", "hosting"),
        ("PUB", "proxy"),
        ("WEB", "proxy"),
        ("SES", "hosting"),
        ("RES", "proxy"),
        ("CPN", "relay"),
        ("EPN", "proxy"),
        ("-", "business"),
    ],
)
def test_type_by_proxy_comes_before_usage(word: str, expected: str) -> None:
    assert ip2location.facts({"proxy_type": word, "usage_type": "COM"}).type == expected


def test_words_all_lead_to_network_types() -> None:
    assert {*ip2location.USAGE_TYPES.values(), *ip2location.PROXY_TYPES.values()} <= TYPES | {None}


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (b'"83886080","x","FR","France"', "'x' is not an address"),
        (b'"83886080","83886335","France","France"', "'France' is not a country code"),
        (b'"83886335","83886080","FR","France"', "ends before it starts"),
        (b'"83886080","83886335","FR"', "3 columns where the first line has 4"),
    ],
)
def test_csv_refuses_a_line_and_names_it(file_of: FileOf, row: bytes, reason: str) -> None:
    good = b'"83886080","83886335","FR","France"\n'
    error = refusal(file_of(good * 30 + row + b"\n" + good))
    assert error.place == "line 31"
    assert reason in str(error)


# BIN


def record(product: int, **values: str) -> list[str]:
    told = {**VALUES, **values}
    return [told["country_code"], *(told[column] for column in ip2location.DB[product])]


@pytest.mark.parametrize("product", ip2location.DB)
def test_bin_of_each_product_says_what_its_csv_says(file_of: FileOf, product: int) -> None:
    path = file_of(bin_of(product, record(product)))
    source = recognise(path)
    columns = ("country_code", "country_name", *ip2location.DB[product])
    expected = facts_for(columns)
    assert [item for item in source.ranges() if item.first == V4[0]] == [(*V4, expected)]
    assert source.date == date(2026, 11, 3)
    assert source.terms == (IP2LOCATION_LITE if product in ip2location.LITE else IP2LOCATION)


def test_bin_columns_are_the_librarys() -> None:
    database = importlib.import_module("IP2Location.database")
    for product, columns in ip2location.DB.items():
        for column, positions in {
            "isp": "_ISP",
            "domain": "_DOMAIN",
            "usage_type": "_USAGETYPE",
            "asn": "_ASN",
            "as": "_AS",
        }.items():
            place = getattr(database, f"{positions}_POSITION")[product]
            assert place == (columns.index(column) + 3 if column in columns else 0)


def test_bin_asks_the_library_once_for_each_record(file_of: FileOf, monkeypatch: pytest.MonkeyPatch) -> None:
    library = importlib.import_module("IP2Location")
    asked = []
    look_up = library.IP2Location.get_all

    def counted(self: Any, address: str) -> Any:
        asked.append(address)
        return look_up(self, address)

    path = file_of(bin_of(1, ["FR"]))
    monkeypatch.setattr(library.IP2Location, "get_all", counted)
    assert len(list(recognise(path).ranges())) == 6
    assert len(asked) == 2 * 2  # once to learn the fields, once for the ranges


def test_bin_without_its_library_tells_what_to_install(file_of: FileOf, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> Any:
        raise ImportError(name)

    monkeypatch.setattr(ip2location_bin, "import_module", missing)
    path = file_of(bin_of(1, ["FR"]))
    assert str(refusal(path)).endswith("its library is needed: pip install 'frontdesk[ip2location]'")


@pytest.mark.parametrize("cut", [1, 10, 40])
def test_bin_that_is_torn_is_refused(file_of: FileOf, cut: int) -> None:
    content = bin_of(1, ["FR"])
    path = file_of(content[:-cut])
    assert str(refusal(path)) == f"{path}: is a damaged BIN: it is torn, for it has {len(content) - cut} bytes"


def test_bin_of_proxies_is_refused_with_what_to_take(file_of: FileOf) -> None:
    assert "IP2Proxy BIN, which is not read: take its CSV" in str(refusal(file_of(bin_of(1, ["FR"], code=2))))


def test_bin_whose_rows_go_back_is_refused(file_of: FileOf) -> None:
    content = bytearray(bin_of(1, ["FR"]))
    content[64:68] = (V4[0] + 1).to_bytes(4, "little")
    assert "row 1 does not end after it starts" in str(refusal(file_of(bytes(content))))


def test_bin_with_a_pointer_out_of_the_file_is_refused_with_the_address(file_of: FileOf) -> None:
    content = bytearray(bin_of(1, ["FR"]))
    content[76:80] = b"\xff\xff\xff\x7f"  # the second row's country
    error = refusal(file_of(bytes(content)))
    assert error.place == "address 5.0.0.0"
    assert "is a damaged BIN: " in str(error)


def test_bin_with_a_wrong_country_is_refused_with_the_address(file_of: FileOf) -> None:
    error = refusal(file_of(bin_of(1, ["fr"])))
    assert error.place == "address 5.0.0.0"
    assert "'fr' is not a country code" in str(error)


def test_columns_that_are_taken_are_those_of_the_csv() -> None:
    assert set(ip2location_bin._NAMES) <= set(ip2location_csv._TAKEN)


def test_bin_may_close_with_the_last_address(file_of: FileOf) -> None:
    content = bytearray(bin_of(1, ["FR"]))
    content[80:84] = b"\xff\xff\xff\xff"  # the third row
    ranges = [item for item in recognise(file_of(bytes(content))).ranges() if item.first < 2**32]
    assert [(item.first, item.last) for item in ranges] == [(0, V4[0] - 1), (V4[0], 2**32 - 2)]
