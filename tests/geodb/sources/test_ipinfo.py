"""IPinfo's layouts, whose keys are alike and do not always mean the same."""

from typing import Any

import pytest

from frontdesk.geodb import Holder
from frontdesk.geodb.sources import TYPES, Facts, ipinfo, recognise
from frontdesk.geodb.sources.terms import IPINFO, IPINFO_LITE, Terms

from .files import V4, FileOf, facts_of, mmdb_of, refusal

LITE = "network,country,country_code,continent,continent_code,asn,as_name,as_domain"
CORE = (
    "network,city,region,region_code,country,country_code,continent,continent_code,latitude,longitude,timezone,"
    "postal_code,asn,as_name,as_domain,as_type,is_anonymous,is_anycast,is_hosting,is_mobile,is_satellite"
)
FLAGS = "is_anonymous,is_anycast,is_hosting,is_mobile,is_satellite,is_proxy,is_relay,is_tor,is_vpn"
PARIS = "Paris,Île-de-France,IDF,France,FR,Europe,EU,48.85,2.35,Europe/Paris,75001"
FRENCH = Facts("FR", "IDF", 64_500, "Acme")


@pytest.mark.parametrize(
    ("header", "row", "facts"),
    [
        (LITE, "5.0.0.0/24,France,FR,Europe,EU,AS64500,Acme,acme.example", Facts("FR", None, 64_500, "Acme")),
        (LITE, "5.0.0.0/24,France,FR,Europe,EU,,,", Facts("FR")),
        (LITE, "5.0.0.7,France,FR,Europe,EU,,,", Facts("FR")),
        (
            CORE,
            f"5.0.0.0/24,{PARIS},AS64500,Acme,acme.example,business,false,false,false,false,false",
            FRENCH._replace(type="business"),
        ),
        (
            CORE,
            f"5.0.0.0/24,{PARIS},AS64500,Acme,acme.example,isp,false,false,false,true,false",
            FRENCH._replace(type="mobile"),
        ),
        (
            "start_ip,end_ip,country,country_name,continent,continent_name",
            "5.0.0.0,5.0.0.255,FR,France,EU,Europe",
            Facts("FR"),
        ),
        (
            "network,asn,domain,name,type,country",
            "5.0.0.0/24,AS64500,acme.example,Acme,business,US",
            Facts(None, None, 64_500, "Acme", "business"),
        ),
        (
            "start_ip,end_ip,asn,name,domain",
            "5.0.0.0,5.0.0.255,AS64500,Acme,x.example",
            Facts(None, None, 64_500, "Acme"),
        ),
        (
            "start_ip,end_ip,join_key,name,domain,type,asn,as_name,as_domain,as_type,country",
            "5.0.0.0,5.0.0.255,5.0.0.0,Acme,acme.example,business,AS64500,Some ISP,isp.example,isp,US",
            Facts(None, None, 64_500, "Some ISP", "business", Holder("Acme", "vendor", 24, "acme.example")),
        ),
        (
            "network,name,domain,type",
            "5.0.0.0/24,Acme,acme.example,education",
            Facts(type="education", holder=Holder("Acme", "vendor", 24, "acme.example")),
        ),
        (
            "start_ip,end_ip,join_key,city,region,country,latitude,longitude,postal_code,timezone",
            "5.0.0.0,5.0.0.255,5.0.0.0,Paris,Île-de-France,FR,48.85,2.35,75001,Europe/Paris",
            Facts("FR"),
        ),
        (
            "network,city,region,region_code,country,country_code,continent,continent_code",
            "5.0.0.0/24,Paris,Île-de-France,IDF,France,FR,Europe,EU",
            Facts("FR", "IDF"),
        ),
        ("network,name,country,mcc,mnc", "5.0.0.0/24,Optus,AU/CC/CX,505,02", Facts(type="mobile")),
        (
            "start_ip,end_ip,join_key,carrier,cc,mcc,mnc",
            "5.0.0.0,5.0.0.255,5.0.0.0,Optus,AU,505,02",
            Facts(type="mobile"),
        ),
        ("network,hosting,proxy,tor,relay,vpn,service", "5.0.0.0/24,true,false,false,false,true,", Facts(type="vpn")),
        ("start_ip,end_ip,join_key,hosting,proxy,tor,vpn", "5.0.0.0,5.0.0.255,5.0.0.0,true,,,", Facts(type="hosting")),
    ],
)
def test_csv_by_its_header(file_of: FileOf, header: str, row: str, facts: Facts) -> None:
    assert facts_of(file_of(f"{header}\n{row}\n".encode())) == [facts]


@pytest.mark.parametrize(
    ("stored", "facts"),
    [
        (
            {"country": "France", "country_code": "FR", "asn": "AS64500", "as_name": "Acme"},
            Facts("FR", None, 64_500, "Acme"),
        ),
        (
            {"country": "FR", "country_name": "France", "asn": "AS64500", "as_name": "Acme"},
            Facts("FR", None, 64_500, "Acme"),
        ),
        ({"country": "FR", "city": "Paris", "region": "IDF"}, Facts("FR")),
        ({"hosting": "", "proxy": "", "tor": "", "vpn": "true", "service": "X"}, Facts(type="vpn")),
        ({"hosting": 0, "relay": 1, "vpn": 0}, Facts(type="relay")),
        (
            {"name": "Acme", "domain": "acme.example", "type": "business", "country": "US"},
            Facts(type="business", holder=Holder("Acme", "vendor", 24, "acme.example")),
        ),
        ({"asn": "AS64500", "name": "Acme", "type": "isp", "country": "US"}, Facts(None, None, 64_500, "Acme", "isp")),
        ({"name": "Optus", "country": "AU/CC/CX", "mcc": "505", "mnc": "02"}, Facts(type="mobile")),
        ({"asn": "AS0", "as_name": "nobody", "country": "FR"}, Facts("FR", None, None, "nobody")),
    ],
)
def test_mmdb_by_its_keys(file_of: FileOf, stored: dict[str, Any], facts: Facts) -> None:
    assert facts_of(file_of(mmdb_of((V4, stored), kind="ipinfo test.mmdb"))) == [facts]


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"is_tor": True, "is_vpn": True, "is_proxy": True, "is_hosting": True}, "tor"),
        ({"is_vpn": True, "is_proxy": True, "is_hosting": True}, "vpn"),
        ({"is_relay": True, "is_proxy": True, "is_hosting": True}, "relay"),
        ({"is_proxy": True, "is_hosting": True}, "proxy"),
        ({"is_hosting": True, "as_type": "business"}, "hosting"),
        ({"is_anonymous": True, "as_type": "business"}, "proxy"),
        ({"is_satellite": True, "as_type": "isp"}, "satellite"),
        ({"is_mobile": True, "as_type": "isp"}, "mobile"),
        ({"carrier_name": "SoftBank", "as_type": "isp"}, "mobile"),
        ({"carrier_name": "", "mcc": "", "as_type": "isp"}, "isp"),
        ({"type": "business", "as_type": "isp"}, "business"),
        ({"type": "education", "as_type": "isp"}, "education"),
        ({"type": "government"}, "government"),
        ({"type": "", "as_type": "isp"}, None),
        ({"as_type": "hosting"}, "hosting"),
        ({"as_type": "inactive"}, None),
        ({"is_anycast": True}, None),
        ({}, None),
    ],
)
def test_type_by_ipinfos_words(told: dict[str, Any], expected: str | None) -> None:
    assert ipinfo.network_type(told) == expected
    assert ipinfo.network_type({key: str(value).lower() for key, value in told.items()}) == expected


def test_words_all_lead_to_network_types() -> None:
    assert {*ipinfo.FLAGS.values(), *ipinfo.TYPES.values()} <= TYPES


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("5.0.0.1/24,France,FR,Europe,EU,AS64500,Acme,x", "'5.0.0.1/24' is not a network: it has bits set beyond its"),
        ("5.0.0.0/33,France,FR,Europe,EU,AS64500,Acme,x", "'5.0.0.0/33' is not a network"),
        ("5.0.0.0/24,France,France,Europe,EU,AS64500,Acme,x", "'France' is not a country code"),
        ("5.0.0.0/24,France,FR,Europe,EU,ASX,Acme,x", "'X' is not an AS number"),
        ("5.0.0.0/24,France,FR,Europe,EU,AS64500,Acme", "7 columns where the first line has 8"),
    ],
)
def test_csv_refuses_a_line_and_names_it(file_of: FileOf, row: str, reason: str) -> None:
    good = "5.0.1.0/24,France,FR,Europe,EU,AS64500,Acme,x"
    error = refusal(file_of(f"{LITE}\n{good}\n{row}\n{good}\n".encode()))
    assert error.place == "line 3"
    assert reason in str(error)


def test_a_flag_that_is_neither_true_nor_false_is_refused(file_of: FileOf) -> None:
    error = refusal(file_of(b"network,hosting,proxy,tor,relay,vpn,service\n5.0.0.0/24,true,maybe,false,false,false,\n"))
    assert str(error).endswith("line 2: 'maybe' is neither true nor false")


def test_a_file_without_anything_of_use_is_refused(file_of: FileOf) -> None:
    path = file_of(b"network,hosting,proxy,tor,relay,vpn,service\n5.0.0.0/24,false,false,false,false,false,\n")
    assert "with neither country, AS, organisation nor network type in it" in str(refusal(path))


def test_what_is_of_use_may_come_late_in_a_file(file_of: FileOf) -> None:
    nothing = "".join(f"5.0.{i // 256}.{i % 256},,,,,,\n" for i in range(3000))
    path = file_of(f"network,hosting,proxy,tor,relay,vpn,service\n{nothing}5.1.0.0/24,true,,,,,\n".encode())
    assert recognise(path).fields == {"type"}


@pytest.mark.parametrize(
    ("kind", "terms"),
    [
        ("ipinfo bundle_location_lite.mmdb", IPINFO_LITE),
        ("ipinfo generic_country_asn_free.mmdb", IPINFO_LITE),
        ("ipinfo bundle_location_plus.mmdb", IPINFO),
        ("ipinfo standard_company.mmdb", IPINFO),
    ],
)
def test_terms_by_the_type_of_the_database(kind: str, terms: Terms) -> None:
    assert ipinfo.terms(kind) == terms


@pytest.mark.parametrize(("header", "row", "terms"), [(LITE, "5.0.0.0/24,France,FR,Europe,EU,,,", IPINFO_LITE)])
def test_terms_by_the_header(file_of: FileOf, header: str, row: str, terms: Terms) -> None:
    assert recognise(file_of(f"{header}\n{row}\n".encode())).terms == terms


def test_core_is_not_taken_for_lite(file_of: FileOf) -> None:
    row = f"5.0.0.0/24,{PARIS},AS64500,Acme,acme.example,business,false,false,false,false,false"
    assert recognise(file_of(f"{CORE}\n{row}\n".encode())).terms == IPINFO
