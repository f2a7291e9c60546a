"""The group's privacy policy as data: read from `frontdesk.toml`, checked, frozen."""

from frontdesk.policy.errors import FrontdeskError, PolicyError
from frontdesk.policy.file import EXAMPLE, load
from frontdesk.policy.model import Entity, Policy, Proxies, Treatment
from frontdesk.policy.retention import RetentionClass

__all__ = [
    "EXAMPLE",
    "Entity",
    "FrontdeskError",
    "Policy",
    "PolicyError",
    "Proxies",
    "RetentionClass",
    "Treatment",
    "load",
]
