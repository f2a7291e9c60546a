"""The entity: by host, then by country, then the default one, with the reason."""

import pytest

from frontdesk.enrich import Entities
from frontdesk.policy import Policy


@pytest.mark.parametrize(
    ("host", "country", "entity", "reason"),
    [
        ("de.aurora.example", "US", "aurora-de", "host"),
        ("jp.aurora.example", None, "aurora-jp", "host"),
        ("elsewhere.example", "DE", "aurora-de", "country"),
        (None, "JP", "aurora-jp", "country"),
        (None, "BR", "aurora-com", "default"),
        (None, None, "aurora-com", "default"),
        ("", "", "aurora-com", "default"),
    ],
)
def test_an_entity_comes_with_its_reason(
    host: str | None, country: str | None, entity: str, reason: str, policy: Policy
) -> None:
    answer = Entities(policy).of(host, country)
    assert (answer.entity.id, answer.reason) == (entity, reason)


def test_only_the_group_s_hosts_are_ours(policy: Policy) -> None:
    entities = Entities(policy)
    assert entities.is_ours("www.aurora.example")
    assert not entities.is_ours("aurora.example")
    assert not entities.is_ours(None)
