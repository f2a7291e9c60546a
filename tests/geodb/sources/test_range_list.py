"""Plain lists of networks, and what their first lines say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontdesk.geodb.ranges import Range, number
from frontdesk.geodb.sources import TYPES, Facts, recognise

from ..addresses import address_at
from .files import V4, FileOf, facts_of, refusal


@pytest.mark.parametrize("kind", sorted(TYPES))
@pytest.mark.parametrize(
    "header", ["# type: {}", "#type:{}", "## Type : {} ", "# Some list\n# type: {}", "\n# type: {}\n\n"]
)
def test_type_is_told_above_the_networks(file_of: FileOf, kind: str, header: str) -> None:
    assert facts_of(file_of(f"{header.format(kind)}\n5.0.0.0/24\n".encode())) == [Facts(type=kind)]


@pytest.mark.parametrize(
    "header", ["# excluded", "#Excluded: objections under Art. 21", "# our objections\n# excluded"]
)
def test_the_excluded_are_told_above_the_networks(file_of: FileOf, header: str) -> None:
    assert facts_of(file_of(f"{header}\n5.0.0.0/24\n".encode())) == [Facts(excluded=True)]


@pytest.mark.parametrize(
    ("line", "ends"),
    [
        ("5.0.0.0/24", V4),
        ("5.0.0.0 - 5.0.0.255", V4),
        ("5.0.0.0-5.0.0.255", V4),
        ("  5.0.0.0/24  # a comment", V4),
        ("5.0.0.7", (number("5.0.0.7"),) * 2),
        ("2a00::/127", (number("2a00::"), number("2a00::1"))),
        ("2a00::1", (number("2a00::1"),) * 2),
        ("::ffff:5.0.0.0/120", V4),
        ("0.0.0.0/0", (0, 2**32 - 1)),
    ],
)
def test_a_line_is_a_network_a_range_or_an_address(file_of: FileOf, line: str, ends: tuple[int, int]) -> None:
    path = file_of(f"# type: tor\n\n# more\n{line}\n\n".encode())
    assert list(recognise(path).ranges()) == [Range(*ends, Facts(type="tor"))]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("5.0.0.1/24", "'5.0.0.1/24' is not a network: it has bits set beyond its prefix"),
        ("5.0.0.0/33", "'5.0.0.0/33' is not a network"),
        ("5.0.0.0/", "'5.0.0.0/' is not a network"),
        ("::/0", "'::' is in ::/96, which is kept for IPv4"),
        ("5.0.0.255 - 5.0.0.0", "the range 5.0.0.255 to 5.0.0.0 ends before it starts"),
        ("example.com", "'example.com' is not an address"),
        ("5.0.0.0/24 vpn", "'5.0.0.0/24 vpn' is not a network"),
        ("\udcff", r"'\udcff' is not an address"),
    ],
)
def test_a_wrong_line_is_refused(file_of: FileOf, line: str, reason: str) -> None:
    path = file_of(f"# type: tor\n5.0.0.0/24\n\n{line}\n".encode("utf-8", "surrogateescape"))
    assert str(refusal(path)) == f"{path}, line 4: {reason}"


@pytest.mark.parametrize(
    "content", [b"5.0.0.0/24\n", b"# a list\n5.0.0.0/24\n", b"5.0.0.7\n2a00::/32\n", b"5.0.0.0/24\n# type: vpn\n"]
)
def test_a_list_that_does_not_tell_what_it_is_is_refused_with_what_to_write(file_of: FileOf, content: bytes) -> None:
    message = str(refusal(file_of(content)))
    assert "write '# type: vpn' (or hosting, tor, relay, proxy, cdn) or '# excluded' on its first line" in message


def test_a_type_that_is_none_is_refused(file_of: FileOf) -> None:
    message = str(refusal(file_of(b"# type: bots\n5.0.0.0/24\n")))
    assert "'bots' is not a network type: write one of business, cdn," in message


@given(place=st.integers(0, 2**32 - 1) | st.integers(2**32, 2**128 - 1), data=st.data())
def test_any_network_is_read_back(tmp_path_factory: pytest.TempPathFactory, place: int, data: st.DataObject) -> None:
    bits = 32 if place < 2**32 else 128
    length = data.draw(st.integers(0 if bits == 32 else 97, bits))
    first = place >> (bits - length) << (bits - length)
    path = tmp_path_factory.getbasetemp() / "list"
    path.write_text(f"# type: cdn\n{address_at(first)}/{length}\n")
    if first < 2**32 <= place:
        refusal(path)
    else:
        assert list(recognise(path).ranges()) == [Range(first, first + 2 ** (bits - length) - 1, Facts(type="cdn"))]
