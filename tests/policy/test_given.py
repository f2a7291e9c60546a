"""A policy that is given as an object, and is held to what a file is."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from frontdesk.policy import EXAMPLE, Entity, Policy, PolicyError, Proxies, load
from frontdesk.policy.declarations import GpcSupport
from frontdesk.policy.given import checked
from frontdesk.policy.model import Book, Log, Signals
from frontdesk.policy.networks import Networks
from frontdesk.policy.retention import Retention, SecurityRetention, VisitRetention
from frontdesk.policy.routing import ENGLISH, Routing

SMALLEST = Policy(version="1", default_entity="us", entities=(Entity(id="us", legal_name="Us"),))


@pytest.mark.parametrize(
    "policy",
    [
        load(EXAMPLE),
        SMALLEST,
        replace(SMALLEST, signals=Signals(gpc_support=GpcSupport(last_update=date(2026, 11, 1)))),
        replace(SMALLEST, proxies=Proxies(trusted=Networks(["10.0.0.0/8"]), hops=2)),
    ],
    ids=["example", "smallest", "a day", "networks"],
)
def test_a_policy_that_can_be_followed_is_given_back(policy: Policy) -> None:
    assert checked(policy) == policy


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            {"retention": Retention(visit=VisitRetention(days=900))},
            "retention.visit.days: Expected `int` <= 760 (the policy says 900)",
        ),
        (
            {"retention": Retention(security=SecurityRetention(purposes=("curiosity",)))},
            "retention.security.purposes[0]: no such purpose; known are ",
        ),
        (
            {"proxies": Proxies(trusted=Networks(["::1", "0.0.0.0/0"]))},
            "proxies.trusted[1]: this trusts everybody: name the networks of your proxies",
        ),
        (
            {"default_entity": "fr"},
            "default_entity: no entity has this id; known are us (the policy says 'fr')",
        ),
        ({"version": ""}, "version: expected 1 to 64 letters, digits, spaces or any of . : + - _ (the policy says '')"),
        ({"entities": ()}, "entities: Expected `array` of length >= 1 (the policy says ())"),
        ({"signals": Signals(dnt="maybe")}, "signals.dnt: not one of full, anonymous, count"),  # type: ignore[arg-type]
        (
            {"routing": Routing(text=(replace(ENGLISH, go="Go to {there"),))},
            "routing.text[0].go: a brace stands alone: ",
        ),
        ({"log": Log(directory=Path("a\0b"))}, "log.directory: expected a path as text"),
        ({"log": Log(directory=object())}, "holds what no policy can: nothing writes a object"),  # type: ignore[arg-type]
        (
            {"log": Log(directory=Path("book"), books=(Book(of="us", directory=Path("book").absolute()),))},
            "log.books[0].directory: is the same folder as book, written in another way",
        ),
    ],
)
def test_what_no_file_could_say_is_refused_in_the_same_words(change: dict[str, Any], told: str) -> None:
    with pytest.raises(PolicyError) as refused:
        checked(replace(SMALLEST, **change))
    assert str(refused.value).startswith(told)
    assert (refused.value.file, refused.value.line) == ("", None)
    assert refused.value.key == (told.partition(": ")[0] if "holds" not in told else "")


def test_what_an_object_holds_in_place_of_a_secret_is_not_shown() -> None:
    with pytest.raises(PolicyError) as refused:
        checked(replace(SMALLEST, log=Log(archive="s3://key:secret@bucket")))
    assert "secret@" not in str(refused.value)
