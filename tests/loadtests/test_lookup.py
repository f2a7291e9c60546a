"""The look-up benchmark measures what it says: its files, its addresses, its ratios."""

from pathlib import Path
from random import Random

import maxminddb
import pytest

from frontdesk.geodb import Database
from frontdesk.geodb.build import build
from frontdesk.geodb.record import NetworkRecord
from frontdesk.loadtests import vendors
from frontdesk.loadtests.lookup import routed
from frontdesk.loadtests.rounds import measure, ratio, speed


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Database:
    folder = tmp_path_factory.mktemp("small")
    (folder / "package.json").write_text('{"name": "@ip-location-db/asn", "version": "2.3.2026061719"}')
    (folder / "country.csv").write_text("5.0.0.0,5.0.3.255,FR\n2a00::,2a00:ffff::,DE\n")
    (folder / "asn.csv").write_text("5.0.0.0,5.0.1.255,64500,Example University\n2a00::,2a00:ff::,64501,Example Bank\n")
    build([folder / "country.csv", folder / "asn.csv"], folder / "networks.mmdb")
    return Database(folder / "networks.mmdb")


def test_vendors_files_have_the_same_networks_in_the_vendors_shapes(small: Database, tmp_path: Path) -> None:
    files = vendors.write(small, tmp_path)
    answers = {}
    for name, file in files.items():
        with maxminddb.open_database(file) as reader:
            answers[name] = (reader.get("5.0.0.1"), reader.get("5.0.2.1"), reader.get("6.0.0.1"))
    city = answers["City"][0]
    assert isinstance(city, dict)
    assert set(city) >= {"city", "continent", "country", "registered_country", "subdivisions"}
    assert len(city["city"]["names"]) == 8  # type: ignore[call-overload, index, arg-type]
    system = {"autonomous_system_number": 64_500, "autonomous_system_organization": "Example University"}
    assert answers["ASN"] == (system, None, None)
    assert answers["two letters"] == ({"country_code": "FR"}, {"country_code": "FR"}, None)


def test_a_record_without_country_or_system_is_in_no_vendor_s_file() -> None:
    assert [shape(NetworkRecord()) for shape in vendors.SHAPES.values()] == [None] * 4


@pytest.mark.parametrize("v6", [False, True])
def test_addresses_are_such_as_are_routed(small: Database, v6: bool) -> None:
    found = routed(list(small.networks()), v6=v6, random=Random(1), count=50)
    assert len(set(found)) > 40
    for address in found:
        assert (":" in address) == v6
        assert small.lookup(address).as_number in {64_500, 64_501}


def test_subjects_are_measured_in_rounds_and_compared_round_by_round() -> None:
    asked: list[str] = []
    found = measure({"one": asked.append, "two": str.upper}, ["a", "b"], rounds=5)
    assert {name: len(rates) for name, rates in found.items()} == {"one": 5, "two": 5}
    assert asked == ["a", "b"] * 6, "one round before them warms up"
    assert ratio([2.0, 4.0, 9.0], [1.0, 2.0, 3.0]) == (2.0, 2.0, 2.5)
    assert speed([1.0, 2.0, 3.0]) == (2.0, 1.5, 2.5)
