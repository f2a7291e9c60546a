"""The client address: standards.md 3.2 as truth tables, the shared vectors, and what no attacker can do."""

import json
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from frontdesk.middleware.address import Step, find_client
from frontdesk.policy import Proxies
from frontdesk.policy.networks import Networks

TRUSTED = ["10.0.0.0/8", "2001:db8:ffff::/48"]


def answer(
    peer: str | None,
    lines: list[str],
    *,
    header: str = "x-forwarded-for",
    trusted: list[str] | None = None,
    hops: int | None = None,
    trust_unix: bool = False,
) -> tuple[str | None, str]:
    proxies = Proxies(
        header=header,  # type: ignore[arg-type]
        trusted=Networks(TRUSTED if trusted is None else trusted),
        hops=hops,
        trust_unix=trust_unix,
    )
    client = find_client(proxies, peer, lines)
    return client.text, client.source


def test_find_client_agrees_with_the_shared_vectors(shared: Path) -> None:
    vectors = json.loads((shared / "client_address_vectors.json").read_text())
    for vector in vectors:
        asked = {key: vector[key] for key in ("header", "hops", "trust_unix") if key in vector}
        found = answer(vector["peer"], vector["headers"], trusted=vector.get("trusted", []), **asked)
        assert list(found) == vector["want"], vector["note"]
    assert len(vectors) > 20


@pytest.mark.parametrize(
    ("peer", "lines", "want"),
    [
        # nobody is believed unless trusted
        ("203.0.113.9", ["6.6.6.6"], ("203.0.113.9", "peer")),
        ("::ffff:203.0.113.9", [], ("203.0.113.9", "peer")),
        ("11.0.0.1", ["6.6.6.6"], ("11.0.0.1", "peer")),
        # a peer that is no address
        (None, ["6.6.6.6"], (None, "no_peer")),
        ("garbage<script>", ["6.6.6.6"], (None, "no_peer")),
        ("10.0.0.5:80", ["6.6.6.6"], (None, "no_peer")),
        ("0.0.0.0", ["6.6.6.6"], (None, "no_peer")),
        ("", [], (None, "no_peer")),
        # a trusted peer
        ("10.0.0.5", [], ("10.0.0.5", "header_missing")),
        ("10.0.0.5", ["203.0.113.9"], ("203.0.113.9", "header")),
        ("::ffff:10.0.0.5", ["203.0.113.9"], ("203.0.113.9", "header")),
        ("2001:db8:ffff::1", ["203.0.113.9"], ("203.0.113.9", "header")),
        # the walk from the right, over every field line
        ("10.0.0.5", ["1.2.3.4, 203.0.113.9, 10.0.0.1"], ("203.0.113.9", "header")),
        ("10.0.0.5", ["1.2.3.4", "203.0.113.9", "10.0.0.1"], ("203.0.113.9", "header")),
        ("10.0.0.5", ["203.0.113.9,10.0.0.1\t,\t 10.0.0.2"], ("203.0.113.9", "header")),
        ("10.0.0.5", ["10.1.1.1, ::ffff:10.0.0.1"], ("10.1.1.1", "all_trusted")),
        ("10.0.0.5", ["garbage, 203.0.113.9"], ("203.0.113.9", "header")),
        # the walk stops at the first element that is no address
        ("10.0.0.5", ["203.0.113.9, garbage"], (None, "invalid")),
        ("10.0.0.5", ["203.0.113.9, garbage, 10.0.0.1"], (None, "invalid")),
        ("10.0.0.5", ["203.0.113.9,"], (None, "invalid")),
        ("10.0.0.5", [""], (None, "invalid")),
        ("10.0.0.5", ["203.0.113.9", ""], (None, "invalid")),
        ("10.0.0.5", ["203.0.113.9, unknown"], (None, "unknown")),
        ("10.0.0.5", ["203.0.113.9, _hidden"], (None, "obfuscated")),
    ],
)
def test_find_client_with_x_forwarded_for(peer: str | None, lines: list[str], want: tuple[str | None, str]) -> None:
    assert answer(peer, lines) == want


@pytest.mark.parametrize(
    ("element", "want"),
    [
        ("203.0.113.9", "203.0.113.9"),
        (" \t203.0.113.9\t ", "203.0.113.9"),
        ("203.0.113.9:0", "203.0.113.9"),
        ("203.0.113.9:65535", "203.0.113.9"),
        ("2001:DB8::1", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("[::ffff:203.0.113.9]:443", "203.0.113.9"),
        ("fe80::2%eth0", "fe80::2"),
        ("[fe80::2%25eth0]:80", "fe80::2"),
        ("255.255.255.255", "255.255.255.255"),
        # no addresses
        ("203.0.113.9:65536", None),
        ("203.0.113.9:", None),
        ("203.0.113.9:-1", None),
        ("203.0.113.9:８０", None),
        ("203.0.113.9:80:80", None),
        ("203.0.113.009", None),
        ("203.0.113", None),
        ("203.0.113.9.1", None),
        ("0x7f.0.0.1", None),
        ("3405803785", None),
        ("[203.0.113.9]", None),
        ("[2001:db8::1", None),
        ("2001:db8::1]", None),
        ("[2001:db8::1]443", None),
        ("[2001:db8::1]:", None),
        ("[]", None),
        ("0.0.0.0", None),
        ("::", None),
        ("::ffff:0.0.0.0", None),
        ("224.0.0.1", None),
        ("239.255.255.255", None),
        ("ff02::1", None),
        ("２０３.0.113.9", None),
        ("203.0.113.9\x00", None),
        ("203.0.113.9 10.0.0.1", None),
        ("example.com", None),
        ("<script>", None),
        ("2001:db8::1" + "0" * 60, None),
        ("fe80::2%" + "a" * 60, None),
    ],
)
def test_an_element_is_one_address_or_none(element: str, want: str | None) -> None:
    text, source = answer("10.0.0.5", [element])
    assert (text, source) == (want, "header" if want else "invalid")


@pytest.mark.parametrize(
    ("lines", "want"),
    [
        (["for=192.0.2.43"], ("192.0.2.43", "header")),
        (["For=192.0.2.43;proto=http;by=203.0.113.43"], ("192.0.2.43", "header")),
        (["proto=http;FOR=192.0.2.43"], ("192.0.2.43", "header")),
        (["for=192.0.2.43 , for=10.0.0.1"], ("192.0.2.43", "header")),
        (['for="[2001:db8:cafe::17]:4711"'], ("2001:db8:cafe::17", "header")),
        (['for="192.0.2.43:47011"'], ("192.0.2.43", "header")),
        (['for="192.0.2.43:_p1"'], ("192.0.2.43", "header")),
        (['for="\\1\\92.0.2.43"'], ("192.0.2.43", "header")),
        (['for=192.0.2.43;ext="a, b; c=\\"d\\""'], ("192.0.2.43", "header")),
        (["for=192.0.2.43;"], ("192.0.2.43", "header")),
        (["for=6.6.6.6, for=192.0.2.43", "for=10.0.0.1"], ("192.0.2.43", "header")),
        (["for=10.1.1.1", "for=10.0.0.1"], ("10.1.1.1", "all_trusted")),
        (["for=unknown"], (None, "unknown")),
        (["for=UNKNOWN"], (None, "unknown")),
        (['for="unknown:80"'], (None, "unknown")),
        (["for=_hidden"], (None, "obfuscated")),
        (['for="_SEVKISEK:_x"'], (None, "obfuscated")),
        (["for=_"], (None, "invalid")),
        (["proto=https"], (None, "absent")),
        (["for=6.6.6.6, proto=https;by=10.0.0.1"], (None, "absent")),
        (["for=6.6.6.6,"], (None, "absent")),
        ([""], (None, "absent")),
        (["for=192.0.2.43;for=192.0.2.43"], (None, "invalid")),
        (["for=192.0.2.43;FOR=6.6.6.6"], (None, "invalid")),
        (["for =192.0.2.43"], (None, "invalid")),
        (["for= 192.0.2.43"], (None, "invalid")),
        (["for=192.0.2.43:80"], (None, "invalid")),
        (["for=[2001:db8::1]"], (None, "invalid")),
        (["for"], (None, "invalid")),
        (["for="], (None, "invalid")),
        (['for=""'], (None, "invalid")),
        (['for="192.0.2.43'], (None, "invalid")),
        (['for="1.1.1.1, for=192.0.2.43'], ("192.0.2.43", "header")),
        (["192.0.2.43"], (None, "invalid")),
        (["for=192.0.2.43\x00"], (None, "invalid")),
    ],
)
def test_find_client_with_forwarded(lines: list[str], want: tuple[str | None, str]) -> None:
    assert answer("10.0.0.5", lines, header="forwarded") == want


@pytest.mark.parametrize(
    ("peer", "lines", "hops", "want"),
    [
        ("10.0.0.5", ["6.6.6.6, 203.0.113.9, 198.51.100.7"], 2, ("203.0.113.9", "hop")),
        ("10.0.0.5", ["203.0.113.9"], 1, ("203.0.113.9", "hop")),
        ("10.0.0.5", ["203.0.113.9"], 2, (None, "short")),
        ("10.0.0.5", ["203.0.113.9, garbage"], 2, ("203.0.113.9", "hop")),  # invalid elements count
        ("10.0.0.5", ["garbage, 203.0.113.9"], 2, (None, "invalid")),
        ("10.0.0.5", ["unknown, 203.0.113.9"], 2, (None, "unknown")),
        ("10.0.0.5", ["6.6.6.6", "203.0.113.9", "198.51.100.7"], 2, ("203.0.113.9", "hop")),
        ("10.0.0.5", [], 1, ("10.0.0.5", "header_missing")),
        (None, ["203.0.113.9"], 1, (None, "no_peer")),
    ],
)
def test_find_client_by_hops(peer: str | None, lines: list[str], hops: int, want: tuple[str | None, str]) -> None:
    assert answer(peer, lines, trusted=[], hops=hops) == want


def test_hops_with_trusted_networks_believe_no_other_peer() -> None:
    assert answer("192.0.2.1", ["203.0.113.9"], hops=1) == ("192.0.2.1", "peer")
    assert answer("10.0.0.5", ["203.0.113.9"], hops=1) == ("203.0.113.9", "hop")


def test_a_unix_socket_is_believed_only_when_told_so() -> None:
    assert answer(None, ["203.0.113.9"], trust_unix=False) == (None, "no_peer")
    assert answer(None, ["203.0.113.9"], trust_unix=True) == ("203.0.113.9", "header")
    assert answer(None, [], trust_unix=True) == (None, "header_missing")


def test_no_trusted_proxy_means_no_header_is_read() -> None:
    assert answer("10.0.0.5", ["203.0.113.9"], trusted=[]) == ("10.0.0.5", "peer")


@pytest.mark.parametrize(
    ("lines", "want"),
    [
        (["203.0.113.9"], ("203.0.113.9", "header")),
        (["10.0.0.1"], ("10.0.0.1", "all_trusted")),
        (["203.0.113.9", "203.0.113.9"], (None, "invalid")),
        (["6.6.6.6, 203.0.113.9"], (None, "invalid")),
        ([""], (None, "invalid")),
        ([], ("10.0.0.5", "header_missing")),
    ],
)
def test_a_single_address_header_holds_exactly_one(lines: list[str], want: tuple[str | None, str]) -> None:
    assert answer("10.0.0.5", lines, header="cf-connecting-ip") == want


OURS = st.sampled_from(
    [
        ("203.0.113.9", 'for=203.0.113.9;proto=https;by="_a"'),
        ("203.0.113.9", 'for="203.0.113.9:4711"'),
        ("2001:db8::1", 'for="[2001:db8::1]"'),
        ("2001:db8::1", 'proto=https;for="[2001:db8::1]:80";ext="x, y"'),
    ]
)
HOSTILE = st.text(st.sampled_from(list('for=;,"\\ \t[]:._1269abx')), max_size=40) | st.text(
    st.characters(max_codepoint=255, exclude_characters="\r\n"), max_size=40
)


@given(attack=HOSTILE)
@example(attack='"')
@example(attack="203.0.113.9, 10.0.0.1,")
def test_no_prefix_changes_x_forwarded_for(attack: str) -> None:
    assert answer("10.0.0.5", [f"{attack}, 203.0.113.9"]) == ("203.0.113.9", "header")
    assert answer("10.0.0.5", [attack, "203.0.113.9, 10.9.9.9"]) == ("203.0.113.9", "header")
    assert answer("10.0.0.5", [f"{attack},203.0.113.9,198.51.100.7"], trusted=[], hops=2) == ("203.0.113.9", "hop")


@given(attack=HOSTILE, ours=OURS)
@example(attack='for="', ours=("2001:db8::1", 'for="[2001:db8::1]"'))
@example(attack='a="\\', ours=("2001:db8::1", 'for="[2001:db8::1]"'))
@example(attack='for="x;', ours=("2001:db8::1", 'proto=https;for="[2001:db8::1]:80";ext="x, y"'))
def test_no_prefix_changes_forwarded(attack: str, ours: tuple[str, str]) -> None:
    address, element = ours
    assert answer("10.0.0.5", [f"{attack}, {element}"], header="forwarded") == (address, "header")
    assert answer("10.0.0.5", [attack, element], header="forwarded") == (address, "header")


@pytest.mark.parametrize("attack", ["for=9.9.9.9", 'for="', 'x="', "for=9.9.9.9,,"])
@pytest.mark.parametrize("host", ["a,1,2,3,4,5,6,7,8,9,for=6.6.6.6,z", ",,for=6.6.6.6;x=", "a" * 100 + ",for=6.6.6.6"])
def test_what_a_proxy_quotes_of_a_stranger_is_no_element(attack: str, host: str) -> None:
    line = f'{attack}, for=203.0.113.9, for=10.0.0.7;host="{host}", for=10.0.0.6'
    assert answer("10.0.0.5", [line], header="forwarded", hops=3) == ("203.0.113.9", "hop")
    assert answer("10.0.0.5", [line], header="forwarded") == ("203.0.113.9", "header")


def test_no_element_is_counted_beyond_what_is_read() -> None:
    line = f'for=203.0.113.9, for=10.0.0.7;host="{"a" * 8200},for=6.6.6.6,z"'
    assert answer("10.0.0.5", [line], header="forwarded", hops=2) == (None, "invalid")
    assert answer("10.0.0.5", [line], header="forwarded") == (None, "invalid")
    assert answer("10.0.0.5", ["1" * 9000 + ",203.0.113.9"], trusted=[], hops=2) == (None, "invalid")
    assert answer("10.0.0.5", ["10.0.0.1", "," * 9000], trusted=[], hops=2) == (None, "invalid")


@pytest.mark.parametrize("header", ["x-forwarded-for", "forwarded"])
def test_a_huge_header_is_read_from_its_right_end_only(header: str) -> None:
    ours = "for=203.0.113.9" if header == "forwarded" else "203.0.113.9"
    for attack in ("for=10.0.0.1, " * 9000, "," * 90_000, '"' * 90_000, "10.0.0.1,"):
        assert answer("10.0.0.5", [attack, f"{attack}, {ours}"], header=header) == ("203.0.113.9", "header")


@given(peer=st.text(max_size=60), lines=st.lists(st.text(max_size=200), max_size=4), hops=st.none() | st.integers(1, 5))
def test_find_client_never_raises(peer: str, lines: list[str], hops: int | None) -> None:
    for header in ("x-forwarded-for", "forwarded", "x-real-ip"):
        for candidate in (peer, "10.0.0.5"):
            text, source = answer(candidate, lines, header=header, hops=hops)
            assert (text is None) == (source in {"no_peer", "invalid", "unknown", "obfuscated", "absent", "short"})


@pytest.mark.parametrize(
    ("peer", "lines", "told"),
    [
        # what a gateway adds: an address within, or none
        ("10.0.0.1", ["192.168.1.5, 132.239.0.1"], (True, False)),
        ("10.0.0.1", ["fd12::7, unknown, _hidden, 132.239.0.1"], (True, False)),
        ("132.239.0.1", ["192.168.1.5"], (True, False)),
        # another's address, a proxy's of ours, this machine's, what is none, and more than any chain has
        ("10.0.0.1", ["128.112.0.1, 132.239.0.1"], (True, True)),
        ("10.0.0.1", ["10.0.0.1, 132.239.0.1"], (True, True)),
        ("10.0.0.1", ["127.0.0.1, 132.239.0.1"], (True, True)),
        ("132.239.0.1", ["::1"], (True, True)),
        ("10.0.0.1", ["' or 1=1, 132.239.0.1"], (True, True)),
        ("10.0.0.1", [", 132.239.0.1"], (True, True)),
        ("10.0.0.1", ["192.168.1.5, 128.112.0.1, 192.168.1.6, 132.239.0.1"], (True, True)),
        ("10.0.0.1", ["192.168.1.5, " * 20 + "132.239.0.1"], (True, True)),
        ("10.0.0.1", ["132.239.0.1"], (False, False)),
        ("132.239.0.1", [], (False, False)),
    ],
)
def test_what_a_visitors_own_gateway_adds_is_not_believed_and_no_forgery(
    peer: str, lines: list[str], told: tuple[bool, bool]
) -> None:
    found = find_client(Proxies(trusted=Networks(["10.0.0.1"])), peer, lines)
    assert (found.ignored, found.forged) == told
    assert found.text == "132.239.0.1"


def test_a_walk_tells_its_steps() -> None:
    steps: list[Step] = []
    find_client(Proxies(trusted=Networks(TRUSTED)), "10.0.0.5", ["6.6.6.6, 203.0.113.9, 10.0.0.1"], steps)
    assert steps == [
        Step("10.0.0.5", "trusted proxy"),
        Step("10.0.0.1", "trusted proxy"),
        Step("203.0.113.9", "the client"),
        Step("6.6.6.6", "not believed: anybody can have written it"),
    ]
