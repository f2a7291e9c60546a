"""Which purpose may use which class of data: what the privacy policy promises."""

import pytest

from frontdesk.policy.purposes import PURPOSES, DataClass, purposes_for
from frontdesk.policy.retention import VisitRetention


def test_purposes_are_those_of_the_privacy_policy() -> None:
    assert list(PURPOSES) == [
        "relationship_management",
        "marketing_analytics",
        "right_website",
        "service_delivery",
        "platform_operation",
        "alerts",
        "legal_audit",
        "crime_prevention",
        "development",
        "anonymous_statistics",
    ]


@pytest.mark.parametrize(
    ("data_class", "purposes"),
    [
        (DataClass.SYSTEM_DATA, list(PURPOSES)),
        (
            DataClass.IP_ADDRESS,
            ["right_website", "service_delivery", "platform_operation", "legal_audit", "crime_prevention"],
        ),
        (
            DataClass.ACCOUNT_INFORMATION,
            [
                "relationship_management",
                "marketing_analytics",
                "service_delivery",
                "alerts",
                "legal_audit",
                "crime_prevention",
            ],
        ),
        (DataClass.CONTENT, ["service_delivery"]),
        (DataClass.THREAT_PROTECTION_DATA, ["alerts", "crime_prevention"]),
    ],
)
def test_purposes_for_a_class(data_class: DataClass, purposes: list[str]) -> None:
    assert purposes_for(data_class) == purposes


@pytest.mark.parametrize("purpose", ["marketing_analytics", "development", "anonymous_statistics"])
@pytest.mark.parametrize("data_class", [DataClass.IP_ADDRESS, DataClass.CONTENT, DataClass.THREAT_PROTECTION_DATA])
def test_purposes_never_for(purpose: str, data_class: DataClass) -> None:
    assert data_class not in PURPOSES[purpose].classes


@pytest.mark.parametrize("purpose", PURPOSES)
def test_purposes_each_have_a_reason_and_a_class(purpose: str) -> None:
    assert PURPOSES[purpose].reason in {"contract", "legitimate interest", "legal duty"}
    assert PURPOSES[purpose].classes


def test_purposes_cannot_be_added_to() -> None:
    with pytest.raises(TypeError):
        PURPOSES["advertising"] = PURPOSES["alerts"]  # type: ignore[index]


def test_purposes_of_a_visit_by_default_may_use_system_data() -> None:
    assert set(VisitRetention().purposes) <= set(purposes_for(DataClass.SYSTEM_DATA))
