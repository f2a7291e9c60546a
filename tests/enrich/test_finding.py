"""Findings from a database of which a part is older than its licence allows."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from frontdesk.enrich import Enricher
from frontdesk.geodb import Database
from frontdesk.geodb.age import State
from frontdesk.geodb.build import build

from ..geodb.sources.files import V4, mmdb_of


def maxmind(folder: Path, kind: str, stored: dict[str, Any], days: int) -> Path:
    """A database as MaxMind's, so many days old."""
    file = folder / f"{kind}.mmdb"
    made = datetime.now(UTC) - timedelta(days)
    file.write_bytes(mmdb_of((V4, stored), kind=kind, epoch=int(made.timestamp())))
    return file


def sources(folder: Path, *, countries: int, systems: int) -> list[Path]:
    """MaxMind's countries and systems, each so many days old."""
    system = {"autonomous_system_number": 64_500, "autonomous_system_organization": "Example University"}
    return [
        maxmind(folder, "GeoLite2-Country", {"country": {"iso_code": "FR"}}, countries),
        maxmind(folder, "GeoLite2-ASN", system, systems),
    ]


def enricher(files: list[Path], out: Path) -> Enricher:
    build(files, out)
    return Enricher(Database(out))


def test_a_fresh_database_is_used_whole(tmp_path: Path) -> None:
    found = enricher(sources(tmp_path, countries=1, systems=1), tmp_path / "networks.mmdb").find("5.0.0.1")
    assert found.organisation is not None
    assert (found.record.country, found.organisation.name) == ("FR", "Example University")


def test_a_database_that_is_only_stale_is_used_whole(tmp_path: Path) -> None:
    made = enricher(sources(tmp_path, countries=20, systems=20), tmp_path / "networks.mmdb")
    assert made.age.state is State.STALE
    assert made.find("5.0.0.1").organisation is not None


@pytest.mark.parametrize(
    ("countries", "systems", "country", "name", "reason"),
    [
        (40, 1, None, "Example University", None),
        (1, 40, "FR", None, "database_expired"),
        (40, 40, None, None, "database_expired"),
    ],
)
def test_what_is_older_than_its_licence_allows_is_not_used(
    tmp_path: Path, countries: int, systems: int, country: str | None, name: str | None, reason: str | None
) -> None:
    files = sources(tmp_path, countries=countries, systems=systems)
    found = enricher(files, tmp_path / "networks.mmdb").find("5.0.0.1")
    assert (found.record.country, found.reason) == (country, reason)
    assert (found.organisation.name if found.organisation else None) == name
    if systems == 40:
        assert (found.record.as_number, found.record.as_name, found.record.type) == (None, None, "unknown")


def test_an_own_list_goes_on_where_all_else_has_expired(tmp_path: Path) -> None:
    own = tmp_path / "own.csv"
    own.write_text("network,organisation,kind\n5.0.0.0/25,Our Partner,business\n")
    files = [own, *sources(tmp_path, countries=40, systems=40)]
    made = enricher(files, tmp_path / "networks.mmdb")
    partner = made.find("5.0.0.1")
    assert partner.organisation is not None
    assert (partner.organisation.name, partner.organisation.confidence) == ("Our Partner", "high")
    assert made.find("5.0.0.200").reason == "database_expired"
    assert made.find("10.0.0.1").reason == "reserved"
    assert made.find("9.9.9.9").reason == "not_listed"
