"""DB-IP's CSV layouts, as its own pages describe them."""

import pytest

from frontdesk.geodb import Holder
from frontdesk.geodb.sources import TYPES, Facts, dbip, recognise
from frontdesk.geodb.sources.terms import DB_IP, DB_IP_LITE, UNSTATED

from .files import FileOf, facts_of, refusal

LOCATION = (
    'NA,US,California,"Santa Clara County","Mountain View",94043,37.4229,-122.085,5375480,-7,America/Los_Angeles,'
    "USCA0746"
)


@pytest.mark.parametrize(
    ("row", "facts"),
    [
        ("EU,FR,Île-de-France,Paris,48.85,2.35", Facts("FR")),
        ("ZZ,ZZ,,,0,0", Facts()),
        (LOCATION, Facts("US")),
        (
            f'{LOCATION},"Level 3 Communications",15169,fttx,"Google Inc."',
            Facts("US", None, 15_169, holder=Holder("Google Inc.", "vendor", 24)),
        ),
        (
            'NA,US,"Level 3 Communications",15169,hosting,fttx,"Google Inc."',
            Facts("US", None, 15_169, None, "hosting", Holder("Google Inc.", "vendor", 24)),
        ),
        ("EU,FR,Some ISP,64500,consumer,cable,", Facts("FR", None, 64_500, None, "isp")),
        ("EU,FR,Some ISP,,corporate,dsl,Acme", Facts("FR", type="business", holder=Holder("Acme", "vendor", 24))),
        ("EU,FR,,0,,,", Facts("FR")),
    ],
)
def test_columns_by_their_number(file_of: FileOf, row: str, facts: Facts) -> None:
    path = file_of(f"5.0.0.0,5.0.0.255,{row}\n5.0.1.0,5.0.1.255,{row.replace('ZZ,ZZ', 'EU,FR')}\n".encode())
    assert facts_of(path)[0] == facts


def test_words_all_lead_to_network_types() -> None:
    assert set(dbip.USAGE_TYPES.values()) <= TYPES


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("5.0.0.0,5.0.0.255,XX,FR,,Paris,48.85,2.35", "'XX' is not a continent"),
        ("5.0.0.0,5.0.0.255,EU,France,,Paris,48.85,2.35", "'France' is not a country code"),
        ("5.0.0.9,5.0.0.0,EU,FR,,Paris,48.85,2.35", "the range 5.0.0.9 to 5.0.0.0 ends before it starts"),
        ("5.0.0.0,5.0.0.255,EU,FR,Paris,48.85,2.35", "7 columns where the first line has 8"),
    ],
)
def test_a_wrong_line_is_refused(file_of: FileOf, row: str, reason: str) -> None:
    path = file_of(f"5.0.1.0,5.0.1.255,EU,FR,,Paris,48.85,2.35\n{row}\n".encode())
    assert str(refusal(path)) == f"{path}, line 2: {reason}"


def test_only_the_lite_files_of_a_city_can_be_told_from_the_sold_ones(file_of: FileOf) -> None:
    rows = {"EU,FR,,Paris,48.85,2.35": DB_IP_LITE, LOCATION: DB_IP, "FR": UNSTATED}
    for row, terms in rows.items():
        assert recognise(file_of(f"5.0.0.0,5.0.0.255,{row}\n".encode())).terms == terms
    assert DB_IP_LITE.attributions == ("IP Geolocation by DB-IP (https://db-ip.com), CC BY 4.0",)
    assert "must link" in DB_IP_LITE.licence
