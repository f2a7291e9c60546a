"""What an address means: the network, the organisation with its evidence or the reason for none, the entity."""

from frontdesk.enrich.entity import Entities, EntityAnswer
from frontdesk.enrich.finding import Enricher, Finding
from frontdesk.enrich.name import Name, name_of
from frontdesk.enrich.organisation import Evidence, Organisation

__all__ = ["Enricher", "Entities", "EntityAnswer", "Evidence", "Finding", "Name", "Organisation", "name_of"]
