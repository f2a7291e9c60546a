"""The visitors' book: the record, its minimisation and retention tags, and the writer."""

from frontdesk.systemdata.errors import BookError
from frontdesk.systemdata.record import Exchange, Recorder
from frontdesk.systemdata.writer import Statistics, Writer

__all__ = ["BookError", "Exchange", "Recorder", "Statistics", "Writer"]
