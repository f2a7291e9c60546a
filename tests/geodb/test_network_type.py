"""The network type of an autonomous system: truth tables, hostile names; its goals are in tests/accuracy."""

import time
import tomllib
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontdesk.geodb import network_type
from frontdesk.geodb.extent import UNKNOWN_EXTENT, Extent
from frontdesk.geodb.network_type import NetworkTypes, Verdict

LOADED = NetworkTypes.load()
UNLISTED = 4_294_967_294  # the last private AS number, which no list may hold


@pytest.fixture(scope="module")
def types() -> NetworkTypes:
    return NetworkTypes.load()


def small(**lists: set[int]) -> NetworkTypes:
    rules: dict[str, Any] = {
        "aside": ["real estate"],
        "groups": {"firm": ["ltd"]},
        "table": [
            {"type": "isp", "words": ["telecom*"]},
            {"type": "education", "words": ["universit*", "*schule"]},
            {"type": "government", "unless": ["firm"], "words": ["city of", "estate"]},
        ],
    }
    return NetworkTypes(rules, {kind: frozenset(lists.get(kind, ())) for kind in ("hosting", "isp", "education")})


@pytest.mark.parametrize(
    "name",
    [
        "Massachusetts Institute of Technology",
        "The University of Auckland",
        "Universität zu Köln",
        "Universitaet Wien",
        "Technische Universiteit Delft",
        "Kungliga Tekniska Hogskolan",
        "Helsingin yliopisto",
        "Univerzita Karlova",
        "Uniwersytet Jagielloński",
        "Politechnika Warszawska",
        "Eötvös Loránd Tudományegyetem",
        "Université de Genève",
        "École polytechnique fédérale de Lausanne",
        "Politecnico di Milano",
        "Universidad Nacional Autónoma de México",
        "Instituto Federal de São Paulo",
        "İstanbul Üniversitesi",
        "Universitas Gadjah Mada",
        "Sekolah Tinggi Agama Islam Negeri",
        "Hochschule für Technik Stuttgart",
        "Fachhochschule Aachen",
        "Bergmannschule Berlin",
        "Goethe-Gymnasium",
        "Московский государственный университет",
        "清华大学",
        "Eton College",
        "Loudoun County Public Schools",
        "Colegio Alemán de Santiago",
        "Escuela Politecnica Nacional",
        "Max-Planck-Gesellschaft zur Foerderung der Wissenschaften e.V.",
        "Polish Academy of Sciences",
        "New York Public Library",
        "Renater",
        "Jisc Services Limited",
        "China Education and Research Network Center",
        "Rede Nacional de Ensino e Pesquisa",
        "Albert Einstein College of Medicine Inc.",
        "Moscow Technical University of Telecommunications and Informatics",
    ],
)
def test_network_type_of_places_of_learning(types: NetworkTypes, name: str) -> None:
    assert types.of(UNLISTED, name).type == "education"


@pytest.mark.parametrize(
    "name",
    [
        "Government of Yukon",
        "Ministry of Communications and Information Technology",
        "Ministère des Finances",
        "Ministerio de Defensa",
        "Bundesministerium des Innern",
        "Bundesamt für Sicherheit in der Informationstechnik",
        "Landratsamt Muenchen",
        "Stadt Wuppertal",
        "Gemeente Amsterdam",
        "Københavns Kommune",
        "Uppsala kommun",
        "Helsingin kaupunki",
        "Urząd Miasta Katowice",
        "Prefeitura Municipal de Bauru",
        "Senado Federal",
        "Tribunal de Justica do Estado da Bahia",
        "Ayuntamiento de Murcia",
        "Comune di Milano",
        "Regione Veneto",
        "İzmir Büyükşehir Belediyesi",
        "Dinas Komunikasi dan Informatika Kota Semarang",
        "Pemerintah Provinsi Jawa Timur",
        "Royal Thai Army",
        "United States Department of Defense (DoD)",
        "City of Vancouver",
        "County of Sonoma",
        "State of Maine",
        "Wisconsin Department of Justice",
        "Parliament of Western Australia",
        "Queen Creek Police Department",
        "Los Angeles Superior Court of California",
        "Reserve Bank of New Zealand",
        "National Aeronautics and Space Administration",
    ],
)
def test_network_type_of_public_bodies(types: NetworkTypes, name: str) -> None:
    assert types.of(UNLISTED, name).type == "government"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Deutsche Telekom AG", "isp"),
        ("Comcast Cable Communications, LLC", "isp"),
        ("Telefônica Brasil S.A", "isp"),
        ("College Station Telephone Company", "isp"),
        ("Orange County Broadband", "isp"),
        ("City of Longmont Broadband", "isp"),
        ("State Telecommunications Company", "isp"),
        ("Academy Internet Ltda", "isp"),
        ("Fibra Municipal Telecom", "isp"),
        ("Bredband i Kommunen AB", "isp"),
        ("Kommunal Kabel-TV", "isp"),
        ("Vodacom Cellular", "mobile"),
        ("GSM Bulgaria", "mobile"),
        ("Intelsat Satellite Services", "satellite"),
        ("Acme Content Delivery Network", "cdn"),
        ("Example Web Hosting GmbH", "hosting"),
        ("School Hosting Ltd", "hosting"),
    ],
)
def test_network_type_of_those_who_sell_access_or_space(types: NetworkTypes, name: str, expected: str) -> None:
    assert types.of(UNLISTED, name).type == expected


@pytest.mark.parametrize(
    "name",
    [
        "Barclays Bank PLC",
        "Schwyzer Kantonalbank",
        "Türkiye İş Bankası",
        "Banco de Ejemplo",
        "University Federal Credit Union",
        "Navy Federal Credit Union",
        "Hannover Rückversicherung",
        "Seguros Bolívar",
        "Ethiopian Airlines",
        "Flughafen Zürich AG",
        "Universitätsklinikum Heidelberg",
        "Thomas Jefferson University Hospitals, Inc.",
        "Montgomery County Hospital District",
        "Charité Krankenhaus der Stadt Berlin",
        "Rumah Sakit Umum",
        "Ukrainian National News Agency",
        "Süddeutsche Zeitung",
        "Boscov's Department Store, LLC",
        "Ford Motor Company",
        "Acme Steel",
        "Example Law Firm",
    ],
)
def test_network_type_of_businesses_whose_trade_is_plain(types: NetworkTypes, name: str) -> None:
    assert types.of(UNLISTED, name).type == "business"


@pytest.mark.parametrize(
    ("name", "extent", "expected"),
    [
        ("Acme Inc.", Extent(256, "US", announces_v6=False), "business"),
        ("Acme Inc.", Extent(1024, "US", announces_v6=True), "business"),
        ("Acme Inc.", Extent(8192, "US", announces_v6=False), "unknown"),
        ("Acme Inc.", Extent(256, "BR", announces_v6=False), "unknown"),
        ("Acme Inc.", Extent(0, "US", announces_v6=True), "unknown"),
        ("Acme Inc.", UNKNOWN_EXTENT, "unknown"),
        ("Acme LLC", Extent(1024, "US", announces_v6=False), "business"),
        ("Acme LLC", Extent(1024, "US", announces_v6=True), "unknown"),
        ("Acme Links Inc.", Extent(256, "US", announces_v6=False), "unknown"),
        ("Acme Cloud GmbH", Extent(256, "DE", announces_v6=False), "unknown"),
        ("Acme", Extent(256, "US", announces_v6=False), "unknown"),
        ("-Reserved AS-", Extent(256, "US", announces_v6=False), "unknown"),
        ("Jan Jansen trading as Acme Inc", Extent(256, "US", announces_v6=False), "unknown"),
        ("Acme Logistics", Extent(4096, "DE", announces_v6=True), "business"),
        ("Acme Logistics", Extent(4096, "IQ", announces_v6=True), "unknown"),
        ("Acme Bank", Extent(1 << 20, "JP", announces_v6=True), "unknown"),
        ("Acme Telecom Inc.", Extent(256, "US", announces_v6=False), "isp"),
        ("Acme Education Network", UNKNOWN_EXTENT, "isp"),
    ],
)
def test_network_type_of_a_firm_depends_on_how_far_it_reaches(
    types: NetworkTypes, name: str, extent: Extent, expected: str
) -> None:
    assert types.of(UNLISTED, name, extent).type == expected


@pytest.mark.parametrize("kind", ["isp", "hosting"])
def test_network_type_of_a_business_yields_to_the_lists(types: NetworkTypes, kind: str) -> None:
    listed = min(types._lists[kind])
    assert types.of(listed, "Barclays Bank PLC").type == kind


@given(st.text(max_size=60), st.none() | st.integers(0, 1 << 32), st.none() | st.sampled_from(["US", "DE", "RU", "??"]))
def test_network_type_is_always_one_of_those_known(name: str, announced: int | None, country: str | None) -> None:
    verdict = LOADED.of(UNLISTED, name, Extent(announced, country))
    assert verdict.type in network_type._DECIDED | {"unknown"}


def test_network_type_takes_no_longer_for_a_name_however_many_there_are(types: NetworkTypes) -> None:
    def spent(work: Callable[[str], object], names: list[str]) -> float:
        start = time.process_time()
        for name in names:
            work(name)
        return time.process_time() - start

    judging, splitting = [], []
    for first in range(0, 40_000, 2_000):
        names = [f"Example {number} Communications of the County Inc" for number in range(first, first + 2_000)]
        judging.append(spent(lambda name: types.of(UNLISTED, name), names))
        splitting.append(spent(lambda name: sorted(name.casefold().split()), names))
    assert median(judging[-5:]) < 4 * median(judging[:5])
    assert median(judging) < 300 * median(splitting)  # on any machine


@pytest.mark.parametrize(
    "name",
    [
        "",
        "   ",
        "-Reserved AS-",
        "Volkswagen AG",
        "Hartford Real Estate Trust",
        "State Street Corporation",
        "Courtyard Management",
        "4/15 Dundas Court",
        "Jennifer Court",
        "College Park Realty LLC",
        "Airbus Defence and Space SASU",
        "ISD Networks S.A. de C.V.",
        "Jasper County REMC",
        "Lewis County PUD",
        "City of Lebanon - Lebanon Utilities",
        "Stadtwerke der Stadt Bochum",
        "County Connect LLC",
        "Academy Sports & Outdoors Ltd",
        "Data Science Institute Inc",
        "Universal Music Group",
        "The Ministry of Compute Inc.",
        "Oi S.A. - Em Recuperacao Judicial",
        "United Nations High Commissioner for Refugees",
        "Schumann Consulting",
        "Cityofnet",
    ],
)
def test_network_type_unknown_where_no_word_is_clear(types: NetworkTypes, name: str) -> None:
    assert types.of(UNLISTED, name) == Verdict("unknown", "no rule matches")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("UNIVERSITÄT", "education"),
        ("Universita\u0308t", "education"),
        ("\uff35\uff2e\uff29\uff36\uff25\uff32\uff33\uff29\uff34\uff39", "education"),
        ("university_of-nowhere", "education"),
        ("Univer\u200bsity", "unknown"),
        ("\x00\ud800 \U0010ffff", "unknown"),
        ("\u0301" * 200, "unknown"),
        ("\ufdfa" * 200, "unknown"),
        ("x" * 1_000_000, "unknown"),
        ("x " * 100 + "university", "unknown"),
        ("*", "unknown"),
        ("' OR 1=1; --", "unknown"),
    ],
)
def test_network_type_of_odd_unicode(types: NetworkTypes, name: str, expected: str) -> None:
    assert types.of(UNLISTED, name).type == expected


def test_network_type_in_reasonable_time_whatever_the_name(types: NetworkTypes) -> None:
    start = time.perf_counter()
    for _ in range(1_000):
        types.of(UNLISTED, "city of county of state of university " * 10)
    assert time.perf_counter() - start < 5


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Nowhere University", Verdict("education", "word: universit*")),
        ("Bergschule", Verdict("education", "word: *schule")),
        ("Schule", Verdict("education", "word: *schule")),
        ("City of Nowhere", Verdict("government", "word: city of")),
        ("City Of", Verdict("government", "word: city of")),
        ("City", Verdict("unknown", "no rule matches")),
        ("City of Nowhere Ltd", Verdict("unknown", "no rule matches")),
        ("Estate", Verdict("government", "word: estate")),
        ("Real Estate", Verdict("unknown", "no rule matches")),
        ("City Real Estate of", Verdict("unknown", "no rule matches")),
        ("University Telecommunications", Verdict("isp", "word: telecom*")),
    ],
)
def test_network_type_rules_match_as_their_header_says(name: str, expected: Verdict) -> None:
    assert small().of(1, name) == expected


@pytest.mark.parametrize(
    ("name", "lists", "expected"),
    [
        ("Nowhere", ("education",), Verdict("education", "list: education")),
        ("Nowhere", ("education", "isp"), Verdict("isp", "list: isp")),
        ("Nowhere", ("education", "isp", "hosting"), Verdict("hosting", "list: hosting")),
        ("Nowhere University", ("isp",), Verdict("isp", "list: isp")),
        ("Nowhere University", ("hosting",), Verdict("hosting", "list: hosting")),
        ("City of Nowhere", ("education",), Verdict("government", "word: city of")),
        ("Nowhere Telecom", ("education",), Verdict("isp", "word: telecom*")),
        ("Nowhere Telecom", ("hosting",), Verdict("isp", "word: telecom*")),
    ],
)
def test_network_type_from_words_and_lists(name: str, lists: tuple[str, ...], expected: Verdict) -> None:
    assert small(**{kind: {1} for kind in lists}).of(1, name) == expected


@pytest.mark.parametrize("rule", ["", "*", "uni*sity", "*uni*", "l'eau", "city - of"])
def test_network_type_refuses_a_rule_that_cannot_match(rule: str) -> None:
    rules = {"aside": [], "groups": {}, "table": [{"type": "education", "words": [rule]}]}
    with pytest.raises(ValueError, match="rule"):
        NetworkTypes(rules, {})


@pytest.mark.parametrize(
    "table",
    [
        {"type": "relay", "words": ["shop"]},
        {"type": "isp", "countries": ["atlantis"], "words": ["shop"]},
        {"type": "education", "unless": ["nobody"], "words": ["school"]},
    ],
)
def test_network_type_refuses_a_table_it_cannot_use(table: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"decide|groups"):
        NetworkTypes({"aside": [], "groups": {}, "table": [table]}, {})


def test_network_type_file_holds_no_rule_twice_and_no_number() -> None:
    path = Path(network_type.__file__).with_name("network_type.toml")
    rules = tomllib.loads(path.read_text("utf-8"))
    for words in (rules["aside"], *rules["groups"].values(), *(table["words"] for table in rules["table"])):
        assert [word for word, times in Counter(words).items() if times > 1] == []
        assert [word for word in words if word.isdecimal()] == []


def test_network_type_file_uses_every_group() -> None:
    path = Path(network_type.__file__).with_name("network_type.toml")
    rules = tomllib.loads(path.read_text("utf-8"))
    assert {name for table in rules["table"] for name in table.get("unless", ())} == set(rules["groups"])
