"""The group's privacy policy as data: read from `frontdesk.toml`, checked, frozen."""

from frontdesk.policy.errors import FrontdeskError, PolicyError
from frontdesk.policy.file import EXAMPLE, load
from frontdesk.policy.model import Entity, Policy, Proxies, Treatment

__all__ = ["EXAMPLE", "Entity", "FrontdeskError", "Policy", "PolicyError", "Proxies", "Treatment", "load"]
