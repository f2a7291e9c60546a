"""What an address means: the network, the organisation with its evidence or the reason for none, the entity."""

from pathlib import Path
from typing import TYPE_CHECKING

from frontdesk.enrich.entity import Entities, EntityAnswer
from frontdesk.enrich.finding import Enricher, Finding
from frontdesk.enrich.name import Name, name_of
from frontdesk.enrich.organisation import Evidence, Organisation
from frontdesk.geodb import EMBEDDED
from frontdesk.policy.errors import FrontdeskError

if TYPE_CHECKING:
    import polars as pl

__all__ = ["Enricher", "Entities", "EntityAnswer", "Evidence", "Finding", "Name", "Organisation", "frame", "name_of"]


def frame(df: "pl.DataFrame", address: str = "ip", *, database: Path = EMBEDDED, prefix: str = "") -> "pl.DataFrame":
    """A table of Polars with what its addresses mean: see `frontdesk.enrich.frames`. It needs the extra `bulk`."""
    try:
        from frontdesk.enrich import frames  # noqa: PLC0415 - Polars is an extra
    except ImportError:
        raise FrontdeskError("frames need Polars: pip install 'frontdesk[bulk]'") from None
    return frames.frame(df, address, database=database, prefix=prefix)
