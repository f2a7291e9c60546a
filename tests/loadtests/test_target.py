"""Whom a load test may be aimed at."""

import pytest

from frontdesk.loadtests.load.target import TargetError, permit


@pytest.mark.parametrize(
    ("url", "owned"),
    [
        ("http://127.0.0.1:8000", None),
        ("http://127.9.9.9", None),
        ("http://[::1]:8000/x", None),
        ("http://localhost:8000", None),
        ("http://LOCALHOST", None),
        ("https://staging.example", "staging.example"),
        ("https://Staging.Example:8443", "STAGING.example"),
        ("http://192.0.2.7", "192.0.2.7"),
    ],
)
def test_this_machine_and_a_host_that_is_named_may_be_tested(url: str, owned: str | None) -> None:
    permit(url, owned)


@pytest.mark.parametrize(
    ("url", "owned", "told"),
    [
        ("https://staging.example", None, "--i-own-this-host staging.example"),
        ("https://staging.example", "", "--i-own-this-host staging.example"),
        ("https://staging.example", "example", "not this machine"),
        ("https://staging.example", "other.example", "not this machine"),
        ("https://127.0.0.1.example", None, "not this machine"),
        ("http://localhost.example", None, "not this machine"),
        ("http://127.0.0.1@staging.example", None, "staging.example is not this machine"),
        ("http://0.0.0.0:8000", None, "not this machine"),
        ("http://2130706433", None, "not this machine"),
        ("127.0.0.1:8000", None, "is no target"),
        ("ftp://127.0.0.1", None, "is no target"),
        ("http://", None, "is no target"),
        ("http://127.0.0.1:port", None, "is no target"),
        ("http://[::1", None, "is no target"),
        ("", "", "is no target"),
    ],
)
def test_any_other_host_is_refused_with_what_to_do(url: str, owned: str | None, told: str) -> None:
    with pytest.raises(TargetError) as refusal:
        permit(url, owned)
    assert told in str(refusal.value)
