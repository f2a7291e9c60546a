"""Addresses in what an app tells: each is found, in any spelling and whatever stands around it, and little else is."""

from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontdesk.systemdata import RefusedError
from frontdesk.systemdata.contract import check
from frontdesk.systemdata.incident import incident
from frontdesk.systemdata.spelling import holds_address


@pytest.mark.parametrize(
    "text",
    [
        "ip:203.0.113.7",
        "client:203.0.113.7:55",
        "x203.0.113.7",
        "203.0.113.7x",
        "9203.0.113.7",
        "203.000.113.007",
        "0313.0.0161.07",
        "0xcb.0x0.0x71.0x7",
        "v1.203.0.113.7",
        "203[.]0[.]113[.]7",
        "203.0.113.7",
        "203。0。113。7",
        "٢٠٣.٠.١١٣.٧",
        "२०३.०.११३.७",
        "x٢٠٣.0.११३.7x",
        "٢٠٠١:db٨::٧",
        "203. 0.113.7",
        "203 . 0 . 113 . 7",
        "203 [.] 0 [.] 113 [.] 7",
        "203[ . ]0[ . ]113[ . ]7",
        "from::ffff:203.0.113.7",
        "from::ffff:cb00:7107",
        "addr:2001:db8::7",
        "addr:55:2001:db8::7:55",
        "node2001:db8::7",
        "interface2001:db8::lan",
        "ip_2001:DB8::7",
        "x1:2:3:4:5:6:7:8",
        "[fe80::1%eth0]",
        "x[fe80::1]x",
        "2001[:]db8[:][:]7",
        "seen at 12:30:45:fe80::1",
        "::1",
        "dead::beef",
    ],
)
def test_an_address_is_refused_wherever_it_stands(text: str) -> None:
    assert holds_address(text)
    refusals: list[Callable[[], object]] = [
        lambda: incident("odd", 0, details={"note": text}),
        lambda: check(None, "aurora-de", f"for {text}"),
    ]
    for refused in refusals:
        with pytest.raises(RefusedError) as caught:
            refused()
        assert text not in str(caught.value)


@pytest.mark.parametrize("account", ["ip:2001:db8::7", "x2001:db8::7", "a:fe80::1", "from::ffff:cb00:7107"])
def test_an_account_that_is_an_address_is_refused_wherever_it_stands(account: str) -> None:
    with pytest.raises(RefusedError) as caught:
        incident("odd", 0, account=account)
    assert account not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "12:30:45",
        "2026-11-23T12:30:45.123Z",
        "from 12:30:45 to 12:31:00",
        "00:00:5e:00:53:af",
        "00-00-5E-00-53-AF",
        "0000.5e00.53af",
        "3.5.2",
        "frontdesk 10.12.1, step 4",
        "Chrome/120.0.6099.109",
        "10.0.19041",
        "300.300.300.300",
        "550e8400-e29b-41d4-a716-446655440000",
        "cb0071079f86d081884c7d659a2feaa0",
        "std::add",
        "node::42",
        "org::42",
        "tenant1::user",
        "Acme::Auth::decode",
        "tenant:eu:17:42",
        "1:2:3:4:5:6:7",
        "1.2, 3.4",
        "a.b.c.d",
        "203.0.28935",
        "3405803783",
        "on page 3. 5 of 7. 2 left",
        "٣.٥.٢",
    ],
)
def test_what_is_no_address_may_be_told(text: str) -> None:
    assert not holds_address(text)


FOUR: list[Callable[[IPv4Address], str]] = [
    str,
    lambda address: ".".join(f"{byte:03d}" for byte in address.packed),
    lambda address: ".".join(f"0{byte:o}" for byte in address.packed),
    lambda address: ".".join(f"0x{byte:X}" for byte in address.packed),
    lambda address: str(address).replace(".", "[.]"),
    lambda address: str(address).replace(".", " . "),
    lambda address: str(address).translate({ord("0") + digit: chr(0x660 + digit) for digit in range(10)}),
    lambda address: f"::ffff:{address}",
    lambda address: f"64:ff9b::{address}",
    lambda address: address.reverse_pointer,
]
SIX: list[Callable[[IPv6Address], str]] = [
    str,
    lambda address: str(address).upper(),
    lambda address: address.exploded,
    lambda address: ":".join(f"{int(group, 16):x}" for group in address.exploded.split(":")),
    lambda address: f"{address.exploded[:30]}{IPv4Address(address.packed[12:])}",
    lambda address: f"[{address}]:443",
    lambda address: f"{address}%eth0",
    lambda address: f"{address}/128",
]
ROUND_ABOUT = st.text(max_size=40)
MARKS = [*" :;,.-_=/|#+*'\"()[]<>{}@&?!~", "->"]
LEFT, RIGHT = (
    st.sampled_from([*MARKS, "ip:", "client="]),
    st.sampled_from(MARKS),
)  # a word after `::` may make it a name


@given(address=st.ip_addresses(v=4), spell=st.sampled_from(FOUR), before=ROUND_ABOUT, after=ROUND_ABOUT)
def test_any_ipv4_address_is_found_in_any_text(address: Any, spell: Any, before: str, after: str) -> None:
    assert holds_address(before + spell(address) + after)


@given(
    address=st.ip_addresses(v=6),
    spell=st.sampled_from(SIX),
    words=st.tuples(ROUND_ABOUT, LEFT, RIGHT, ROUND_ABOUT),
)
def test_any_ipv6_address_is_found_between_any_separators(address: Any, spell: Any, words: tuple[str, ...]) -> None:
    before, left, right, after = words
    assert holds_address(before + left + spell(address) + right + after)


@given(
    address=st.ip_addresses(v=6, network="2000::/3"),
    spell=st.sampled_from(SIX),
    before=ROUND_ABOUT,
    after=ROUND_ABOUT,
)
def test_any_ipv6_address_of_the_internet_is_found_in_any_text(
    address: Any, spell: Any, before: str, after: str
) -> None:
    assert holds_address(before + spell(address) + after)
