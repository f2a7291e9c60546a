"""IPLocate's CSV, by its header."""

import pytest

from frontdesk.geodb.sources import Facts, iplocate
from frontdesk.geodb.sources.terms import IPLOCATE

from .files import FileOf, facts_of, refusal

AS = "network,asn,country_code,name,org,domain"


@pytest.mark.parametrize(
    ("header", "row", "facts"),
    [
        ("network,continent_code,country_code,country_name", "5.0.0.0/24,EU,FR,France", Facts("FR")),
        (AS, "5.0.0.0/24,64500,US,EXAMPLE-AS,Example,x.example", Facts(as_number=64_500, as_name="Example")),
        (AS, "5.0.0.0/24,AS64500,US,EXAMPLE-AS,,", Facts(as_number=64_500, as_name="EXAMPLE-AS")),
        (AS, "5.0.0.0/24,,,,,\n5.0.1.0/24,1,US,,x,", Facts()),
    ],
)
def test_csv_by_its_header(file_of: FileOf, header: str, row: str, facts: Facts) -> None:
    assert facts_of(file_of(f"{header}\n{row}\n".encode()))[0] == facts


def test_columns_may_stand_in_any_order(file_of: FileOf) -> None:
    assert facts_of(file_of(b"country_name,country_code,network,continent_code\nFrance,FR,5.0.0.0/24,EU\n")) == [
        Facts("FR")
    ]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("5.0.0.0/24,ASx,US,A,B,c", "'x' is not an AS number"),
        ("5.0.0.0/x,1,US,A,B,c", "'5.0.0.0/x' is not a network"),
        ("5.0.0.0/24,1,US,A,B", "5 columns where the first line has 6"),
    ],
)
def test_a_wrong_line_is_refused(file_of: FileOf, row: str, reason: str) -> None:
    path = file_of(f"{AS}\n{row}\n".encode())
    assert str(refusal(path)) == f"{path}, line 2: {reason}"


def test_its_link_is_asked_for() -> None:
    assert iplocate.terms("any") == IPLOCATE
    assert "https://www.iplocate.io" in IPLOCATE.attributions[0]
