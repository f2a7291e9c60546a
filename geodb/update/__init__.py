"""Keeping a database current: the policy's sources fetched, merged and put in place."""

from frontdesk.geodb.update.patience import Patience
from frontdesk.geodb.update.show import Outcome, Show
from frontdesk.geodb.update.update import Update, update
from frontdesk.geodb.update.vendors import Vendors

__all__ = ["Outcome", "Patience", "Show", "Update", "Vendors", "update"]
