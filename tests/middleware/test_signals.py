"""DNT and Sec-GPC: the acceptance vectors of standards.md 1.1 and 2.1."""

import pytest

from frontdesk.middleware.signals import Signals, read, treatment
from frontdesk.policy import Treatment
from frontdesk.policy.model import Signals as SignalPolicy


@pytest.mark.parametrize(
    ("lines", "state"),
    [
        ([b"1"], "1"),
        ([b"0"], "0"),
        ([], "unset"),
        ([b"1xyz"], "1"),
        ([b"0abc"], "0"),
        ([b"1!~"], "1"),
        ([b"1 "], "1"),
        ([b"\t1\t"], "1"),
        ([b"1,2"], "invalid"),
        ([b"1 a"], "invalid"),
        ([b'1"a'], "invalid"),
        ([b"1\\a"], "invalid"),
        ([b"1\x7f"], "invalid"),
        ([b"1\xe9"], "invalid"),
        ([b"2"], "invalid"),
        ([b"null"], "invalid"),
        ([b"unspecified"], "invalid"),
        ([b""], "invalid"),
        ([b"x1"], "invalid"),
        ([b"0", b"1"], "1"),
        ([b"1", b"0"], "1"),
        ([b"0", b"0"], "invalid"),
        ([b"x", b" 1"], "1"),
    ],
)
def test_dnt_has_three_states_and_invalid(lines: list[bytes], state: str) -> None:
    assert read(lines, []).dnt == state


@pytest.mark.parametrize(
    ("lines", "on"),
    [
        ([b"1"], True),
        ([b"1 \t"], True),
        ([b"0", b"1"], True),
        ([b"1", b"1"], True),
        ([], False),
        ([b"0"], False),
        ([b"true"], False),
        ([b"1;x"], False),
        ([b"1, 1"], False),
        ([b"01"], False),
        ([b'"1"'], False),
        ([b"?1"], False),
        ([b""], False),
        ([b"\xef\xbc\x91"], False),  # a full-width one
        ([b"x", b"y"], False),
    ],
)
def test_gpc_is_on_only_where_a_field_is_exactly_one(lines: list[bytes], on: bool) -> None:
    assert read([], lines).gpc is on


@pytest.mark.parametrize("dnt", list(Treatment))
@pytest.mark.parametrize("gpc", list(Treatment))
def test_treatment_is_the_strictest_that_is_asked_for(dnt: Treatment, gpc: Treatment) -> None:
    order = list(Treatment)
    policy = SignalPolicy(dnt=dnt, gpc=gpc)
    assert treatment(policy, Signals("1", True)) is max(dnt, gpc, key=order.index)
    assert treatment(policy, Signals("1", False)) is dnt
    assert treatment(policy, Signals("unset", True)) is gpc


@pytest.mark.parametrize("dnt", ["0", "unset", "invalid"])
def test_treatment_is_full_without_an_objection(dnt: str) -> None:
    assert treatment(SignalPolicy(dnt=Treatment.COUNT, gpc=Treatment.COUNT), Signals(dnt, False)) is Treatment.FULL
