"""Registries' dumps: whose name is taken, what stands for no network, and what is passed over."""

import gzip

import pytest

from frontdesk.geodb import Holder
from frontdesk.geodb.ranges import number
from frontdesk.geodb.sources import Facts, recognise
from frontdesk.geodb.sources.terms import REGISTRIES, REGISTRY

from .files import V4, FileOf, facts_of, refusal

ORGANISATION = "organisation: ORG-A1-RIPE\norg-name: Acme\nsource: RIPE\n"

APNIC = """\
inetnum:        5.0.0.0 - 5.0.0.255
netname:        ACME-AP
descr:          Acme Pty Ltd
descr:          Level 3, 1 Some Street
country:        AU
org:            ORG-APL1-AP
status:         ASSIGNED PORTABLE
last-modified:  2020-06-09T03:33:21Z
source:         APNIC
"""
AFRINIC = """\
inetnum:        5.0.0.0 - 5.0.0.255
netname:        Acme
descr:          Acme Ltd
country:        ZA
status:         ASSIGNED PA
source:         AFRINIC # Filtered
parent:         5.0.0.0 - 5.255.255.255
"""


def inetnum(*lines: str, where: str = "5.0.0.0 - 5.0.0.255") -> str:
    return "\n".join([f"inetnum:        {where}", *lines, "source:         RIPE", ""])


def names(path_facts: list[Facts]) -> list[str | None]:
    return [facts.holder.name if facts.holder else None for facts in path_facts]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # RIPE
        (inetnum("netname: A", "descr: Somebody", "org: ORG-A1-RIPE") + "\n" + ORGANISATION, "Acme"),
        (ORGANISATION + "\n" + inetnum("netname: A", "org: org-a1-ripe"), "Acme"),
        (inetnum("netname: A", "descr: Beta GmbH", "org: ORG-B2-RIPE") + "\n" + ORGANISATION, "Beta GmbH"),
        (inetnum("netname: A", "descr: Beta GmbH", "descr: Hauptstr. 1"), "Beta GmbH"),
        (inetnum("netname: A", "descr:"), None),
        (inetnum("netname: A"), None),
        (APNIC, "Acme Pty Ltd"),
        (AFRINIC, "Acme Ltd"),
        # continued lines and comments
        (
            ORGANISATION.replace("Acme", "Acme\n             International") + "\n" + inetnum("org: ORG-A1-RIPE"),
            "Acme International",
        ),
        (ORGANISATION.replace("Acme", "Acme\n+Group") + "\n" + inetnum("org: ORG-A1-RIPE"), "Acme Group"),
        (inetnum("descr: Beta GmbH # since 2010", "org: ORG-X-RIPE # gone"), "Beta GmbH"),
        (inetnum("descr: Beta GmbH\n                Hauptstr. 1"), "Beta GmbH"),
        ("# a comment\n% another\n\n#\n" + inetnum("descr: Beta GmbH"), "Beta GmbH"),
        (inetnum("descr: Beta GmbH", where="5.0.0.0 - 5.0.0.255 # ours"), "Beta GmbH"),
        (inetnum("descr: Beta GmbH").replace("\n", "\r\n"), "Beta GmbH"),
        (inetnum("descr: Beta GmbH").upper().replace("INETNUM", "inetnum").replace("DESCR", "descr"), "BETA GMBH"),
        (inetnum("descr: Beta GmbH", where="5.0.0.0/24"), "Beta GmbH"),
    ],
)
def test_holder_of_a_network(file_of: FileOf, text: str, expected: str | None) -> None:
    for content in (text.encode(), gzip.compress(text.encode())):
        ranges = list(recognise(file_of(content)).ranges())
        assert [item[:2] for item in ranges] == [V4]
        assert ranges[0].value == Facts(holder=Holder(expected, "registered", 24) if expected else None)


@pytest.mark.parametrize(
    "line", ["3M Deutschland GmbH", "1&1 Internet SE", "E.ON SE", "Crédit Agricole", "株式会社", "KPN B.V."]
)
def test_a_description_that_is_a_name_is_taken(file_of: FileOf, line: str) -> None:
    assert names(facts_of(file_of(inetnum(f"descr: {line}").encode()))) == [line]


def test_names_may_be_latin_1_or_utf_8(file_of: FileOf) -> None:
    for encoding in ("latin-1", "utf-8"):
        assert names(facts_of(file_of(inetnum("descr: Müller & Söhne").encode(encoding)))) == ["Müller & Söhne"]


@pytest.mark.parametrize(
    "line",
    [
        "This is a fictitious assignment for the",
        "This network range is not allocated to us",
        "Dynamic IP Address for residential Broadband Customers",
        "DHCP pool",
        "648 Some street",
        "P.O. Box 10096",
        "hostmaster@beta.example",
        "see https://beta.example",
        "***************",
        "--",
        "7",
        "Reserved",
        "x" * 101,
        "for customers in Paris",
    ],
)
def test_a_description_that_is_no_name_is_not_taken(file_of: FileOf, line: str) -> None:
    assert names(facts_of(file_of(inetnum(f"descr: {line}", "descr: Beta GmbH").encode()))) == [None]


@pytest.mark.parametrize(
    "text",
    [
        inetnum("netname: IANA-BLK", "descr: The whole IPv4 address space", where="0.0.0.0 - 255.255.255.255"),
        inetnum("netname: ACME", "descr: Acme", "status: ALLOCATED UNSPECIFIED"),
        inetnum("netname: NON-RIPE-NCC-MANAGED-ADDRESS-BLOCK", "descr: IPv4 address block not managed by the RIPE NCC"),
        inetnum("netname: EU-ZZ-5", "descr: RIPE NCC"),
        inetnum("netname: ACME", "descr: Acme", where="4.0.0.0 - 5.255.255.255"),
        "inet6num: ::/0\nnetname: ROOT\ndescr: Root\nsource: RIPE\n",
        "inet6num: 0::/0\nnetname: IANA-BLK\ndescr: Root\nsource: RIPE\n",
        "inet6num: 2a00::/12\nnetname: ACME\ndescr: Acme\nsource: RIPE\n",
        "inetnum: 0.0.0.0/0\nnetname: ANY\ndescr: Acme\nsource: RIPE\n",
    ],
)
def test_a_block_that_stands_for_no_network_is_left_out(file_of: FileOf, text: str) -> None:
    assert facts_of(file_of(text.encode())) == []


def test_a_whole_eighth_of_one_company_is_kept(file_of: FileOf) -> None:
    path = file_of(inetnum("descr: Beta GmbH", where="5.0.0.0 - 5.255.255.255").encode())
    assert names(facts_of(path)) == ["Beta GmbH"]


def test_people_are_passed_over_unread(file_of: FileOf) -> None:
    people = b"person: Jean Exemple\naddress: \xff\xfe\norg: ORG-P1-RIPE\n\nrole: Team\norg-name: Wrong\n\n"
    path = file_of(people + inetnum("org: ORG-P1-RIPE").encode() + b"\n" + people)
    assert names(facts_of(path)) == [None]


def test_country_is_not_taken(file_of: FileOf) -> None:
    source = recognise(file_of(inetnum("country: FR", "descr: Beta GmbH").encode()))
    assert source.fields == {"holder"}
    assert [item.value.country for item in source.ranges() if isinstance(item.value, Facts)] == [None]


def test_networks_may_hold_one_another(file_of: FileOf) -> None:
    text = inetnum("descr: Beta GmbH", where="5.0.0.0 - 5.0.255.255") + "\n" + inetnum("descr: Gamma AG")
    lengths = [facts.holder.prefix_length for facts in facts_of(file_of(text.encode())) if facts.holder]
    assert lengths == [16, 24]


@pytest.mark.parametrize(
    ("where", "reason"),
    [
        ("5.0.0.0 - 5.0.0.256", "'5.0.0.256' is not an address"),
        ("5.0.0.9 - 5.0.0.0", "the range 5.0.0.9 to 5.0.0.0 ends before it starts"),
        ("5.0.0/24", "'5.0.0' is not an address"),
        ("", "'' is not an address"),
    ],
)
def test_a_wrong_range_is_refused_with_the_line_of_its_object(file_of: FileOf, where: str, reason: str) -> None:
    path = file_of(
        (ORGANISATION + "\n" + inetnum("descr: A") + "\n# more\n" + inetnum("descr: B", where=where)).encode()
    )
    error = refusal(path)
    assert str(error) == f"{path}, line 10: {reason}"


def test_organisations_alone_are_refused_with_what_to_do(file_of: FileOf) -> None:
    message = str(refusal(file_of(ORGANISATION.encode())))
    assert "no inetnum and no inet6num in it" in message
    assert "cat organisation.gz inetnum.gz > all.gz" in message


def test_organisations_and_networks_may_be_packed_one_after_the_other(file_of: FileOf) -> None:
    parts = (ORGANISATION + "\n", inetnum("org: ORG-A1-RIPE"))
    path = file_of(b"".join(gzip.compress(part.encode()) for part in parts))
    assert names(facts_of(path)) == ["Acme"]


def test_an_object_without_end_is_refused(file_of: FileOf) -> None:
    path = file_of((inetnum("descr: A") + "\n").encode() + b"mntner: X\n" + b"remarks: x\n" * 1_000_000)
    assert "an object is longer than" in str(refusal(path))


def test_many_objects_are_read_across_blocks(file_of: FileOf) -> None:
    text = "\n".join(
        inetnum(
            f"descr: Company {index}", where=f"5.{index // 256}.{index % 256}.0 - 5.{index // 256}.{index % 256}.255"
        )
        for index in range(20_000)
    )
    path = file_of(text.encode())
    assert path.stat().st_size > 1024 * 1024
    ranges = list(recognise(path).ranges())
    assert [item.first for item in ranges] == [number(f"5.{i // 256}.{i % 256}.0") for i in range(20_000)]
    assert names(facts_of(path)) == [f"Company {index}" for index in range(20_000)]


@pytest.mark.parametrize(
    ("source", "terms"),
    [(name, terms) for name, terms in REGISTRIES.items()] + [("TEST", REGISTRY)],
)
def test_terms_are_those_of_the_registry(file_of: FileOf, source: str, terms: object) -> None:
    found = recognise(file_of(inetnum("descr: A").replace("RIPE", source).encode())).terms
    assert found == terms
    assert "never redistribute" in found.licence
