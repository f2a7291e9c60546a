"""The group's own list of accounts."""

from datetime import timedelta
from pathlib import Path

import pytest

from frontdesk.analytics import Accounts, QuestionError, read_accounts
from frontdesk.policy import Policy

from .books import TODAY, asked, crowd, rows, write


def _list(folder: Path, text: str | bytes) -> Path:
    file = folder / "accounts.csv"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def _accounts(folder: Path, *lines: str) -> Accounts:
    return read_accounts(_list(folder, "\n".join(["account,name,domain,networks", *lines])))


def test_accounts_are_matched_by_name_however_it_is_written(policy: Policy, tmp_path: Path) -> None:
    earlier = crowd(policy, 10, day=TODAY - timedelta(1))
    write(policy.log.directory, crowd(policy, 20) + crowd(policy, 20, "Other") + earlier)
    answer = asked(policy, "account", days=1, accounts=_accounts(tmp_path, "A-1,EXAMPLE GmbH,example.com,"))
    assert rows(answer) == {("A-1",): (20, 20)}
    assert answer.rows[0].trend == 100


@pytest.mark.parametrize("by", [("account",), ("account", "page"), ("account", "page", "hour")])
def test_accounts_are_matched_by_domain_where_a_record_has_one(
    policy: Policy, tmp_path: Path, by: tuple[str, ...]
) -> None:
    write(policy.log.directory, crowd(policy, 20, ORGANISATION_DOMAIN="Example.com") + crowd(policy, 20, "Other"))
    answer = asked(policy, *by, accounts=_accounts(tmp_path, "A-1,Acme,acme.example www.example.com,"))
    assert {key[0]: figures for key, figures in rows(answer).items()} == {"A-1": (20, 20)}


def test_accounts_are_matched_by_name_before_any_domain(policy: Policy, tmp_path: Path) -> None:
    write(policy.log.directory, crowd(policy, 20, ORGANISATION_DOMAIN="shared.example"))
    accounts = _accounts(tmp_path, "A-1,Example,,", "A-2,Acme,shared.example,")
    assert rows(asked(policy, "account", accounts=accounts)) == {("A-1",): (20, 20)}


def test_accounts_are_matched_by_network_where_no_rule_tells_what_kind_it_is(policy: Policy, tmp_path: Path) -> None:
    own = crowd(
        policy, 20, None, NETWORK_TYPE="unknown", ORGANISATION_REASON="unknown", CLIENT_NETWORK="203.0.113.0/24"
    )
    v6 = crowd(
        policy,
        10,
        None,
        NETWORK_TYPE="unknown",
        ORGANISATION_REASON="unknown",
        CLIENT_NETWORK="2001:db8:1::/48",
        entity="aurora-de",
    )
    write(policy.log.directory, own + v6 + crowd(policy, 20))
    accounts = _accounts(tmp_path, "A-1,Acme,,203.0.112.0/23 2001:db8::/32")
    assert rows(asked(policy, "account", accounts=accounts)) == {("A-1",): (30, 30)}


@pytest.mark.parametrize(
    "more",
    [
        {"NETWORK_TYPE": "isp", "ORGANISATION_REASON": "access_network"},
        {"NETWORK_TYPE": "hosting", "ORGANISATION_REASON": "hosting"},
        {"NETWORK_TYPE": "vpn", "ORGANISATION_REASON": "anonymiser"},
        {"NETWORK_TYPE": "unknown", "ORGANISATION_REASON": "excluded"},
        {"NETWORK_TYPE": "unknown", "ORGANISATION_REASON": "person", "MAY_IDENTIFY": True},
        {"NETWORK_TYPE": "unknown", "ORGANISATION_REASON": "person"},
        {"NETWORK_TYPE": "unknown", "ORGANISATION_REASON": "unknown", "GPC": True},
    ],
    ids=str,
)
def test_accounts_never_claim_people_s_networks_nor_objectors(
    policy: Policy, tmp_path: Path, more: dict[str, object]
) -> None:
    write(policy.log.directory, crowd(policy, 30, None, CLIENT_NETWORK="203.0.113.0/24", **more))
    assert asked(policy, "account", bots=True, accounts=_accounts(tmp_path, "A-1,Acme,,203.0.113.0/24")).rows == ()


def test_accounts_need_enough_visitors_like_any_row(policy: Policy, tmp_path: Path) -> None:
    write(policy.log.directory, crowd(policy, 9))
    assert asked(policy, "account", accounts=_accounts(tmp_path, "A-1,Example,,")).rows == ()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", ":1: the header says ''; expected account, name, domain, networks"),
        ("id,name\n1,Acme", ":1: the header says 'id, name'; expected account, name"),
        ("account\n1", ":1: the header says 'account'; expected account, name"),
        ("account,name\n", ": has no accounts"),
        ("account,name\n1,Acme,more", ":2: has 3 values, and the header 2"),
        ("account,name\n,Acme", ":2: account is ''; expected 1 to 200 printable characters"),
        ("account,name\n1,\x1b[31m", ":2: name is"),
        ("account,name\n1,Acme\n2,ACME Ltd", ":3: 'ACME Ltd' is the account '1' already"),
        ("account,name,domain\n1,Acme,nowhere", ":2: 'nowhere' is no domain, such as example.com"),
        (
            "account,name,domain\n1,A,a.example\n2,B,www.A.example",
            ":3: www.A.example is a domain of the account '1' already",
        ),
        ("account,name,networks\n1,Acme,10.0.0.1/24", ":2: '10.0.0.1/24' is no network, such as 203.0.113.0/24"),
        ("account,name,networks\n1,Acme,10.0.0.0/28", ":2: 10.0.0.0/28 cannot be told from its neighbours"),
        ("account,name,networks\n1,Acme,0.0.0.0/0", ":2: 0.0.0.0/0 cannot be told from its neighbours"),
        (
            "account,name,networks\n1,A,10.0.0.0/24\n2,B,10.0.0.0/24",
            ":3: 10.0.0.0/24 is a network of the account '1' already",
        ),
        ('account,name\n1,"Acme', ":2: is no CSV"),
        (b"account,name\n1,\xff", ": is not UTF-8 at byte 15"),
    ],
)
def test_accounts_errors_name_file_line_and_value(tmp_path: Path, text: str | bytes, says: str) -> None:
    file = _list(tmp_path, text)
    with pytest.raises(QuestionError) as wrong:
        read_accounts(file)
    assert str(wrong.value).startswith(f"{file}{says}")
    assert "\n" not in str(wrong.value)
    assert "\x1b" not in str(wrong.value)


def test_accounts_of_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(QuestionError, match="No such file"):
        read_accounts(tmp_path / "nowhere.csv")


def test_accounts_with_a_byte_order_mark(tmp_path: Path) -> None:
    assert read_accounts(_list(tmp_path, b"\xef\xbb\xbfaccount,name\n1,Acme\n")).keys == {"acme": "1"}
