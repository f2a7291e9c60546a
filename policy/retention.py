"""Retention classes: how long a record is kept, counted from what it tells of, and for which purposes.

The ceilings are the law's where it has one, else ours; each gives its reason. No policy may go beyond them.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated

from msgspec import Meta, Struct

from frontdesk.policy.purposes import DataClass

# CNIL's audience-measurement exemption lets collected data live 25 months; nothing may be set to outlive it.
LONGEST_VISIT_DAYS = 760
# CNIL 2021-122: six months to a year for security logs. It allows three with a documented need; we do not.
LONGEST_SECURITY_DAYS = 365
# No law ends a count that holds no person, but every record has an end: ten years, the longest of commercial law.
LONGEST_AGGREGATE_DAYS = 3650
# What frontdesk did proves that the other periods were kept, so it outlives them; ten years as above.
LONGEST_AUDIT_DAYS = 3650


class RetentionClass(StrEnum):
    """A kind of record, with a period of its own."""

    VISIT = "visit"
    SECURITY = "security"
    AGGREGATE = "aggregate"
    AUDIT = "audit"


TOUCHES: Mapping[RetentionClass, frozenset[DataClass]] = MappingProxyType(
    {
        RetentionClass.VISIT: frozenset({DataClass.SYSTEM_DATA}),
        # It may hold an account's opaque id and, encrypted, the whole address: its purposes may use both.
        RetentionClass.SECURITY: frozenset(
            {DataClass.SYSTEM_DATA, DataClass.IP_ADDRESS, DataClass.ACCOUNT_INFORMATION}
        ),
        RetentionClass.AGGREGATE: frozenset({DataClass.SYSTEM_DATA}),
        # Which company was named for a contract may be told of an account, by its opaque id.
        RetentionClass.AUDIT: frozenset({DataClass.SYSTEM_DATA, DataClass.ACCOUNT_INFORMATION}),
    }
)
"""The classes of data in each class of record: a purpose of the one must be allowed to use all of the other."""


class VisitRetention(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How long a visit is kept, in days from the visit, and for which purposes it may be used."""

    days: Annotated[int, Meta(ge=1, le=LONGEST_VISIT_DAYS)] = 90
    purposes: tuple[str, ...] = ("marketing_analytics", "right_website", "anonymous_statistics")


class SecurityRetention(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The same for what was identified as malicious. The days are also those of the key to its addresses."""

    days: Annotated[int, Meta(ge=1, le=LONGEST_SECURITY_DAYS)] = 14
    purposes: tuple[str, ...] = ("crime_prevention",)


class AggregateRetention(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The same for counts, which hold no person. 25 months let one year be compared with the next."""

    days: Annotated[int, Meta(ge=1, le=LONGEST_AGGREGATE_DAYS)] = 760
    purposes: tuple[str, ...] = ("anonymous_statistics", "marketing_analytics", "platform_operation")


class AuditRetention(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The same for what frontdesk itself did, and which company it named for a contract.

    Three years: as long as most claims about it can be brought.
    """

    days: Annotated[int, Meta(ge=1, le=LONGEST_AUDIT_DAYS)] = 1095
    purposes: tuple[str, ...] = ("legal_audit",)


class Retention(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The period and the purposes of each retention class."""

    visit: VisitRetention = VisitRetention()
    security: SecurityRetention = SecurityRetention()
    aggregate: AggregateRetention = AggregateRetention()
    audit: AuditRetention = AuditRetention()

    def of(
        self, retention_class: RetentionClass
    ) -> VisitRetention | SecurityRetention | AggregateRetention | AuditRetention:
        """What the policy says of a class."""
        match retention_class:
            case RetentionClass.VISIT:
                return self.visit
            case RetentionClass.SECURITY:
                return self.security
            case RetentionClass.AGGREGATE:
                return self.aggregate
            case RetentionClass.AUDIT:
                return self.audit
