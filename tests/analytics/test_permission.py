"""Which question may be asked for which purpose, and which rule refuses it."""

import pytest
from msgspec.structs import replace

from frontdesk.analytics import DIMENSIONS, ForbiddenError
from frontdesk.analytics.permission import FACETS, RULES, may_ask, permit
from frontdesk.policy import EXAMPLE, Policy, load
from frontdesk.policy.purposes import PURPOSES, Facet
from frontdesk.policy.retention import Retention, VisitRetention

from .books import asked, crowd, question, write

_REPORTING = [name for name, purpose in PURPOSES.items() if purpose.reports]


def _keeping_for(*purposes: str) -> Policy:
    return replace(load(EXAMPLE), retention=Retention(visit=VisitRetention(purposes=purposes)))


_ALL = _keeping_for(*PURPOSES)


@pytest.mark.parametrize(
    ("purpose", "by", "rule"),
    [
        ("", ("day",), "purpose-missing"),
        ("advertising", ("day",), "purpose-unknown"),
        ("alerts", ("day",), "purpose-without-reports"),
        ("crime_prevention", ("country",), "purpose-without-reports"),
        ("right_website", ("account",), "purpose-class"),
        ("development", ("account", "day"), "purpose-class"),
        ("anonymous_statistics", ("account",), "purpose-class"),
        ("legal_audit", ("account",), "purpose-beyond"),
        ("right_website", ("organisation",), "purpose-beyond"),
        ("platform_operation", ("organisation",), "purpose-beyond"),
        ("development", ("country", "organisation"), "purpose-beyond"),
        ("relationship_management", ("hour",), "purpose-beyond"),
        ("anonymous_statistics", ("organisation",), "anonymous-only"),
        ("anonymous_statistics", ("page",), "anonymous-only"),
        ("anonymous_statistics", ("referrer", "day"), "anonymous-only"),
        ("anonymous_statistics", ("hour",), "anonymous-only"),
        ("anonymous_statistics", ("country", "day"), None),
        ("anonymous_statistics", ("entity", "kind", "week"), None),
        ("marketing_analytics", ("organisation",), None),
        ("marketing_analytics", ("account", "day"), None),
        ("relationship_management", ("account",), None),
        ("right_website", ("suggested", "suggestion"), None),
        ("service_delivery", ("page", "hour"), None),
        ("legal_audit", ("day",), None),
    ],
)
def test_permission_by_purpose_and_dimensions(purpose: str, by: tuple[str, ...], rule: str | None) -> None:
    if rule is None:
        permit(_ALL, question(*by, purpose=purpose))
        return
    with pytest.raises(ForbiddenError) as refused:
        permit(_ALL, question(*by, purpose=purpose))
    assert refused.value.rule == rule
    assert rule in RULES
    assert str(refused.value).startswith(f"refused by the rule {rule}: ")


def test_permission_a_filter_is_asked_like_a_dimension() -> None:
    with pytest.raises(ForbiddenError) as refused:
        permit(_ALL, question("country", purpose="anonymous_statistics", where={"organisation": "example"}))
    assert refused.value.rule == "anonymous-only"


def test_permission_visits_are_used_only_for_what_they_are_kept_for() -> None:
    with pytest.raises(ForbiddenError, match=r"keeps visits for right_website.*retention\.visit\.purposes") as refused:
        permit(_keeping_for("right_website"), question("country"))
    assert refused.value.rule == "purpose-not-kept"


@pytest.mark.parametrize("k", [-1, 0, 1, 4, 6, 12, 13, 999, 1001, 2000])
@pytest.mark.parametrize("purpose", _REPORTING)
def test_permission_no_threshold_but_its_steps(purpose: str, k: int) -> None:
    """By k = 12 and k = 13 one would learn which row has just twelve visitors."""
    told = f"k = {k} is none of 5, 10, 20, 50, 100, 200, 500, 1000"
    with pytest.raises(ForbiddenError, match=told) as refused:
        permit(_ALL, question("country", purpose=purpose, k=k))
    assert refused.value.rule == "threshold"


@pytest.mark.parametrize("k", [5, 10, 20, 50, 100, 200, 500, 1000])
def test_permission_every_step_is_allowed(k: int) -> None:
    permit(_ALL, question("country", k=k))


@pytest.mark.parametrize(
    ("purpose", "unnamed", "pages"),
    [
        ("anonymous_statistics", {}, None),
        ("right_website", {}, None),
        ("marketing_analytics", {"access_network": 50}, 1),
    ],
)
@pytest.mark.parametrize("where", [{}, {"entity": ["aurora-com"]}])
def test_permission_no_answer_holds_what_its_purpose_may_not_ask_by(
    where: dict[str, str], purpose: str, unnamed: dict[str, int], pages: int | None, policy: Policy
) -> None:
    write(policy.log.directory, crowd(policy, 30, "Large") + crowd(policy, 50, None))
    answer = asked(policy, "country", where=where, purpose=purpose)
    assert answer.summary.unnamed == unnamed
    assert [row.pages for row in answer.rows] == [pages]


def test_permission_every_dimension_has_a_facet() -> None:
    assert FACETS.keys() == DIMENSIONS.keys()


def test_permission_marketing_may_ask_everything_and_anonymous_statistics_least() -> None:
    assert may_ask("marketing_analytics") == list(DIMENSIONS)
    assert set(may_ask("anonymous_statistics")) == {"country", "entity", "kind", "month", "week", "day"}


def test_permission_only_purposes_that_may_use_accounts_have_reports_of_them() -> None:
    with_accounts = {name for name, purpose in PURPOSES.items() if Facet.ACCOUNTS in purpose.reports}
    assert with_accounts == {"relationship_management", "marketing_analytics"}
