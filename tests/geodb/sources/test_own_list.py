"""The group's own list, as CSV and as TOML."""

from collections.abc import Callable

import pytest

from frontdesk.geodb import Holder
from frontdesk.geodb.sources import Facts

from .files import FileOf, facts_of, refusal

Spell = Callable[..., bytes]


def held(name: str, domain: str | None = None, account: str | None = None) -> Holder:
    return Holder(name, "own_list", 24, domain, account)


ROWS = [
    ({"organisation": "Acme"}, Facts(holder=held("Acme"))),
    ({"organisation": " Acme "}, Facts(holder=held("Acme"))),
    ({"organisation": "Acme", "domain": "acme.example"}, Facts(holder=held("Acme", "acme.example"))),
    (
        {"domain": "acme.example", "kind": "business"},
        Facts(type="business", holder=held("acme.example", "acme.example")),
    ),
    ({"organisation": "Acme", "account": "A-17"}, Facts(holder=held("Acme", None, "A-17"))),
    ({"organisation": "大学", "kind": "education"}, Facts(type="education", holder=held("大学"))),
    ({"kind": "VPN"}, Facts(type="vpn")),
]
WRONG = [
    ({"organisation": "Acme", "kind": "bank"}, "'bank' is not a network type: write one of business, cdn, education"),
    ({"organisation": "", "kind": ""}, "a network needs an organisation, a domain or a kind"),
    ({"account": "A-17", "kind": "isp"}, "the account 'A-17' has no organisation"),
]


def as_csv(table: dict[str, str], network: str = "5.0.0.0/24") -> bytes:
    header, row = ["kind", *table], ["", *table.values()]
    if "kind" in table:
        header, row = header[1:], row[1:]
    return ",".join([*header, "network"]).encode() + b"\n" + ",".join([*row, network]).encode() + b"\n"


def as_toml(table: dict[str, str], network: str = "5.0.0.0/24") -> bytes:
    keys = {**table, "network": network}
    return "\n".join(["# ours", "[[network]]", *(f'{key} = "{value}"' for key, value in keys.items()), ""]).encode()


@pytest.mark.parametrize(("table", "facts"), ROWS)
@pytest.mark.parametrize("spell", [as_csv, as_toml])
def test_a_network_is_read(file_of: FileOf, spell: Spell, table: dict[str, str], facts: Facts) -> None:
    assert facts_of(file_of(spell(table))) == [facts]


@pytest.mark.parametrize(("table", "reason"), WRONG)
@pytest.mark.parametrize("spell", [as_csv, as_toml])
def test_a_wrong_network_is_refused_with_its_line(
    file_of: FileOf, spell: Spell, table: dict[str, str], reason: str
) -> None:
    path = file_of(spell(table))
    assert str(refusal(path)).startswith(f"{path}, line 2: {reason}")


@pytest.mark.parametrize("network", ["", "5.0.0.1/24", "acme.example"])
@pytest.mark.parametrize("spell", [as_csv, as_toml])
def test_a_network_that_is_none_is_refused_with_its_line(file_of: FileOf, spell: Spell, network: str) -> None:
    error = refusal(file_of(spell({"organisation": "Acme"}, network)))
    assert error.place == "line 2"


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("network,organization,kind", "'organization' is none of them"),
        ("organisation,domain", "each may stand once, and the network must"),
        ("network,network,organisation", "each may stand once, and the network must"),
    ],
)
def test_a_header_that_is_wrong_is_refused(file_of: FileOf, header: str, reason: str) -> None:
    path = file_of(f"{header}\na,b,c\n".encode())
    expected = f"the columns of an own list are network, organisation, domain, kind, account: {reason}"
    assert str(refusal(path)) == f"{path}, line 1: {expected}"


def test_spaces_and_a_byte_order_mark_of_a_spreadsheet_do_no_harm(file_of: FileOf) -> None:
    content = b"\xef\xbb\xbfnetwork, organisation\r\n5.0.0.0/24, Acme\r\n"
    assert facts_of(file_of(content)) == [Facts(holder=held("Acme"))]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            '[[network]]\nnetwork = "5.0.0.0/24"\norganization = "Acme"\n',
            "line 1: 'organization' is not one of network,",
        ),
        ('[[network]]\nnetwork = "5.0.0.0/24"\norganisation = 7\n', "line 1: organisation is '7', which is not text"),
        (
            '\n\n[[network]]\nnetwork = ["5.0.0.0/24"]\nkind = "isp"\n',
            "line 3: network is \"['5.0.0.0/24']\", which is not",
        ),
        ('[[network]]\nnetwork = "5.0.0.0/24\n', "Illegal character"),
        ('[[network]]\nkind = "isp"\n[other]\n', "an own list has [[network]] tables, and nothing else"),
    ],
)
def test_toml_that_is_wrong_is_refused(file_of: FileOf, text: str, reason: str) -> None:
    assert reason in str(refusal(file_of(text.encode())))


def test_toml_that_is_not_utf_8_is_refused(file_of: FileOf) -> None:
    assert "can't decode byte 0xff" in str(refusal(file_of(b'[[network]]\norganisation = "\xff"\n')))


def test_the_line_is_that_of_the_table(file_of: FileOf) -> None:
    good = '[[network]]\nnetwork = "5.0.0.0/24"\nkind = "isp"\n\n'
    error = refusal(file_of((good + good + '[[ network ]]\nnetwork = "x"\nkind = "isp"\n').encode()))
    assert error.place == "line 9"
