"""iptoasn.com's TSV, line by line."""

import pytest

from frontdesk.geodb.sources import Facts

from .files import FileOf, facts_of, refusal

GOOD = "5.0.0.0\t5.0.0.255\t64500\tFR\tEXAMPLE - Example, Inc.\n"


@pytest.mark.parametrize(
    ("line", "facts"),
    [
        (GOOD, Facts("FR", None, 64_500, "EXAMPLE - Example, Inc.")),
        ("83886080\t83886335\t64500\tFR\tExample\n", Facts("FR", None, 64_500, "Example")),
        ("5.0.0.0\t5.0.0.255\t0\tNone\tNot routed\n", Facts()),
        ("5.0.0.0\t5.0.0.255\t64500\tUnknown\tExample\n", Facts(None, None, 64_500, "Example")),
        ('5.0.0.0\t5.0.0.255\t64500\tFR\t"A" said\n', Facts("FR", None, 64_500, '"A" said')),
        ('5.0.0.0\t5.0.0.255\t64500\tFR\t"A said\n', Facts("FR", None, 64_500, '"A said')),
        ("5.0.0.0\t5.0.0.255\tFR\n", Facts("FR")),
        ("5.0.0.0\t5.0.0.255\tNone\n", Facts()),
        ("2a00::\t2a00::ffff\tFR\n", Facts("FR")),
    ],
)
def test_a_line_is_read(file_of: FileOf, line: str, facts: Facts) -> None:
    assert facts_of(file_of(line.encode())) == [facts]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("5.0.0.0\t5.0.0.255\tAS1\tFR\tx", "'AS1' is not an AS number"),
        ("5.0.0.0\t5.0.0.255\t1\tfr\tx", "'fr' is not a country code"),
        ("5.0.0.0\t5.0.0.255\t1\tFR", "4 columns where the first line has 5"),
        ("5.0.0.0,5.0.0.255,1,FR,x", "1 columns where the first line has 5"),
    ],
)
def test_a_wrong_line_is_refused(file_of: FileOf, line: str, reason: str) -> None:
    path = file_of(f"{GOOD}{line}\n{GOOD}".encode())
    assert str(refusal(path)) == f"{path}, line 2: {reason}"
